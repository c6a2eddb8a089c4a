using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>dnsmasq's settings that block names: <c>address=/example.com/</c> (also with <c>0.0.0.0</c>, <c>::</c> or <c>#</c> behind), <c>server=/example.com/</c> and <c>local=/example.com/</c>.</summary>
/// <remarks>
/// A name covers its sub-domains, as in dnsmasq; <c>*.example.com</c> its sub-domains alone. <c>server=/example.com/#</c> (asks the usual servers after all) is an exception. Names that are given another
/// address or another server are left out, and so are all other settings.
/// <see href="https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html">dnsmasq(8)</see>
/// </remarks>
internal sealed class DnsmasqLines(IEntrySink sink) : ILineParser
{
    private const string OtherSetting = "a setting that blocks nothing";
    private const string Elsewhere = "gives a name another address or server instead of blocking it";

    public void Read(ReadOnlySpan<byte> line, int number, bool startsWithBlank)
    {
        line = LineText.WithoutRemark(line);
        if (line.IsEmpty) return;
        var equals = line.IndexOf((byte)'=');
        var setting = LineText.Trim(equals < 0 ? line : line[..equals]);
        var isAddress = setting.SequenceEqual("address"u8);
        if (!isAddress && !setting.SequenceEqual("server"u8) && !setting.SequenceEqual("local"u8))
        {
            if (IsSettingName(setting)) sink.LeaveOut(OtherSetting);
            else sink.Reject(number, LineText.Show(line), "not a setting of dnsmasq, such as address=/example.com/");
            return;
        }
        var value = equals < 0 ? default : LineText.Trim(line[(equals + 1)..]);
        if (value.IsEmpty || value[0] != '/')
        {
            // server=192.0.2.1 names a server for all, which is no rule about a name.
            if (!isAddress && !value.IsEmpty) sink.LeaveOut(OtherSetting);
            else sink.Reject(number, LineText.Show(line), "names stand between slashes: address=/example.com/");
            return;
        }
        var end = value.LastIndexOf((byte)'/');
        if (end == 0)
        {
            sink.Reject(number, LineText.Show(line), "names stand between slashes: address=/example.com/");
            return;
        }
        var target = LineText.Trim(value[(end + 1)..]);
        var isUsualServer = !isAddress && target.SequenceEqual("#"u8);
        if (!target.IsEmpty && !isUsualServer && !(isAddress && IsNowhere(target)))
        {
            sink.LeaveOut(Elsewhere);
            return;
        }
        var names = value[1..end];
        while (true)
        {
            var slash = names.IndexOf((byte)'/');
            ReadName(slash < 0 ? names : names[..slash], number, isUsualServer);
            if (slash < 0) return;
            names = names[(slash + 1)..];
        }
    }

    public void Finish()
    {
    }

    private static bool IsNowhere(ReadOnlySpan<byte> target) => target.SequenceEqual("#"u8) || (HostsLines.TryReadAddress(target, out var isNowhere) && isNowhere);

    private static bool IsSettingName(ReadOnlySpan<byte> setting) => !setting.IsEmpty && setting.IndexOfAnyExceptInRange((byte)'a', (byte)'z') is var at && (at < 0 || (at > 0 && setting[at] is (byte)'-' or (byte)'6'));

    private void ReadName(ReadOnlySpan<byte> name, int number, bool isException)
    {
        name = LineText.Trim(name);
        if (!isException && PlainHost.Is(name))
        {
            sink.AddHost(name, number);
            return;
        }
        if (!LineText.TryDecode(name, number, sink, out var text)) return;
        if (text.Length == 0) sink.Reject(number, "//", "an empty name means all names without a dot, which no URL of the web has");
        else if (text == "#") sink.Reject(number, "/#/", "would block everything");
        else if (HostNames.TryRead(text, out var place, out var why)) sink.Add(new(EntryKind.Place, place.Text, number) { IsException = isException, Written = place.Text == text ? null : text });
        else sink.Reject(number, text, why);
    }
}
