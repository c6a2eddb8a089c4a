using System.Net;
using System.Text;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>A hosts file that sends names nowhere: an unspecified or loopback address, then names (<c>hosts(5)</c>).</summary>
/// <remarks>
/// A name covers its sub-domains here, though a resolver would take it alone (docs/decisions/0020). A line that gives a name another address answers instead of blocking and is left out, and so are the names
/// that every machine gives itself.
/// </remarks>
internal sealed class HostsLines(IEntrySink sink) : ILineParser
{
    private const string OwnName = "a name of the machine itself, such as localhost";
    private const string Elsewhere = "gives a name another address instead of blocking it";

    // What the heads of published hosts files hold, after those of Debian, macOS and Windows.
    private static readonly HashSet<string> OwnNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "localhost", "localhost.localdomain", "local", "broadcasthost", "loopback", "0.0.0.0", "ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts",
        "localhost4", "localhost6", "localhost4.localdomain4", "localhost6.localdomain6",
    };

    public void Read(ReadOnlySpan<byte> line, int number, bool startsWithBlank)
    {
        line = LineText.WithoutRemark(line);
        if (line.IsEmpty) return;
        var whole = line;
        var address = LineText.TakeWord(ref line);
        var isNowhere = address.SequenceEqual("0.0.0.0"u8) || address.SequenceEqual("127.0.0.1"u8);
        if (!isNowhere && !TryReadAddress(address, out isNowhere))
        {
            sink.Reject(number, LineText.Show(whole), "a line begins with an address such as 0.0.0.0, and names follow");
            return;
        }
        var name = LineText.TakeWord(ref line);
        if (name.IsEmpty)
        {
            sink.Reject(number, LineText.Show(whole), "names follow the address, and there is none");
            return;
        }
        for (; !name.IsEmpty; name = LineText.TakeWord(ref line)) ReadName(name, number, isNowhere);
    }

    public void Finish()
    {
    }

    /// <summary>True for an address; <paramref name="isNowhere"/> for one at which no other machine is.</summary>
    internal static bool TryReadAddress(ReadOnlySpan<byte> word, out bool isNowhere)
    {
        isNowhere = false;
        Span<char> text = stackalloc char[48];
        // 0 alone is an address to inet_aton, and the short form of some lists.
        if (word.SequenceEqual("0"u8)) return isNowhere = true;
        if (word.Length is < 2 or > 48 || !Ascii.IsValid(word) || word.IndexOfAny((byte)'.', (byte)':') < 0) return false;
        if (!IPAddress.TryParse(text[..Encoding.ASCII.GetChars(word, text)], out var address)) return false;
        isNowhere = IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        return true;
    }

    private void ReadName(ReadOnlySpan<byte> name, int number, bool isNowhere)
    {
        if (isNowhere && PlainHost.Is(name) && !name.EndsWith("localdomain"u8))
        {
            sink.AddHost(name, number);
            return;
        }
        if (!LineText.TryDecode(name, number, sink, out var text)) return;
        if (OwnNames.Contains(text)) sink.LeaveOut(OwnName);
        else if (!isNowhere) sink.LeaveOut(Elsewhere);
        else if (HostNames.TryRead(text, out var place, out var why)) sink.Add(new(EntryKind.Place, place.Text, number) { Written = place.Text == text ? null : text });
        else sink.Reject(number, text, why);
    }
}
