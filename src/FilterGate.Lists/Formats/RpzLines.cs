using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>A DNS response policy zone, as a zone file: <c>example.com CNAME .</c> blocks that name, <c>*.example.com CNAME .</c> its sub-domains.</summary>
/// <remarks>
/// <para>Exact: a name alone and its sub-domains are two records, and two entries here. <c>CNAME .</c> (no such name), <c>CNAME *.</c> (no such record) and <c>CNAME rpz-drop.</c> block;
/// <c>CNAME rpz-passthru.</c> and the old form, a name that points at itself, are exceptions. <c>rpz-ip</c> becomes a range of addresses, which matches a host that is an address; what a name resolves to is another stage's.</para>
/// <para>Left out: rules about clients and name servers, answers with other data, <c>rpz-tcp-only</c>, and the zone's own records.
/// <see href="https://datatracker.ietf.org/doc/html/draft-vixie-dnsop-dns-rpz-00"/></para>
/// </remarks>
internal sealed class RpzLines(IEntrySink sink) : ILineParser
{
    private const string OwnRecord = "a record of the zone itself";
    private const string OtherAnswer = "answers with other data instead of blocking";
    private const string OtherTrigger = "a rule about clients, name servers or their addresses";
    private const string OtherAction = "an action that blocks nothing (rpz-tcp-only)";
    // An SOA in round brackets has seven lines; a file that never closes one must not swallow the rest.
    private const int BracketLinesMax = 100;

    private string _origin = "";
    private string? _owner;
    private int _bracketLines;

    public void Read(ReadOnlySpan<byte> line, int number, bool startsWithBlank)
    {
        var remark = line.IndexOf((byte)';');
        if (remark >= 0) line = LineText.Trim(line[..remark]);
        if (line.IsEmpty) return;
        if (_bracketLines > 0)
        {
            // Only the records of the zone itself are written over several lines.
            _bracketLines = line.Contains((byte)')') || _bracketLines >= BracketLinesMax ? 0 : _bracketLines + 1;
            return;
        }
        if (!LineText.TryDecode(line, number, sink, out var text)) return;
        if (text[0] == '$') ReadDirective(text, number);
        else ReadRecord(text, number, startsWithBlank);
    }

    public void Finish()
    {
    }

    private void ReadDirective(string text, int number)
    {
        var words = Split(text);
        if (words[0].Equals("$ORIGIN", StringComparison.OrdinalIgnoreCase) && words.Length == 2) _origin = words[1].Trim('.').ToLowerInvariant();
        else if (!words[0].Equals("$TTL", StringComparison.OrdinalIgnoreCase)) sink.Reject(number, text, "only $ORIGIN and $TTL are understood");
    }

    private void ReadRecord(string text, int number, bool startsWithBlank)
    {
        var words = Split(text);
        var next = 0;
        if (!startsWithBlank) _owner = words[next++];
        if (_owner is null)
        {
            sink.Reject(number, text, "the first record of a zone begins with a name");
            return;
        }
        // A time to live and a class may stand before the type, in either order.
        while (next < words.Length && (char.IsAsciiDigit(words[next][0]) || words[next] is "IN" or "in" or "CH" or "HS")) next++;
        if (next >= words.Length - 1)
        {
            sink.Reject(number, text, "not a record: a name, CNAME and a target");
            return;
        }
        var type = words[next].ToUpperInvariant();
        if (type is "SOA" or "NS" || _owner == "@")
        {
            if (type == "SOA" && _origin.Length == 0 && _owner.EndsWith('.')) _origin = _owner.Trim('.').ToLowerInvariant();
            if (text.Contains('(') && !text.Contains(')')) _bracketLines = 1;
            sink.LeaveOut(OwnRecord);
            return;
        }
        if (!TryRelativeName(_owner, out var trigger))
        {
            sink.Reject(number, text, $"its name is outside the zone {_origin}");
            return;
        }
        if (type != "CNAME")
        {
            sink.LeaveOut(OtherAnswer);
            return;
        }
        var target = words[next + 1].ToLowerInvariant();
        var isException = target == "rpz-passthru." || target.TrimEnd('.') == trigger;
        if (target == "rpz-tcp-only.") sink.LeaveOut(OtherAction);
        else if (target is not ("." or "*." or "rpz-drop.") && !isException) sink.LeaveOut(OtherAnswer);
        else AddTrigger(trigger, number, isException, text);
    }

    private void AddTrigger(string trigger, int number, bool isException, string text)
    {
        if (trigger.EndsWith(".rpz-ip", StringComparison.Ordinal))
        {
            if (TryReadNetwork(trigger[..^".rpz-ip".Length], out var network)) sink.Add(new(EntryKind.Network, network, number) { IsException = isException, Written = text });
            else sink.Reject(number, text, "not a range of addresses as a zone writes it: 24.0.2.0.192.rpz-ip");
            return;
        }
        if (trigger.EndsWith(".rpz-client-ip", StringComparison.Ordinal) || trigger.EndsWith(".rpz-nsip", StringComparison.Ordinal) || trigger.EndsWith(".rpz-nsdname", StringComparison.Ordinal))
        {
            sink.LeaveOut(OtherTrigger);
            return;
        }
        if (trigger is "*" or "") sink.Reject(number, text, "would block everything");
        else if (HostNames.TryRead(trigger, out var place, out var why)) sink.Add(new(EntryKind.Place, place.IncludesHost ? "=" + place.Text : place.Text, number) { IsException = isException, Written = text });
        else sink.Reject(number, text, why);
    }

    /// <summary>The name without the zone's own at its end. A name with a dot at its end is whole, another one lies below the origin already.</summary>
    private bool TryRelativeName(string owner, out string name)
    {
        name = owner.ToLowerInvariant();
        if (!name.EndsWith('.')) return true;
        name = name[..^1];
        // Without an origin nobody can tell how much of the name is the zone's.
        if (_origin.Length == 0) return false;
        if (!name.EndsWith("." + _origin, StringComparison.Ordinal)) return false;
        name = name[..^(_origin.Length + 1)];
        return true;
    }

    /// <summary><c>24.0.2.0.192</c> is 192.0.2.0/24: length first, then the address backwards; of version 6 with <c>zz</c> for a run of zeros.</summary>
    private static bool TryReadNetwork(string text, out string network)
    {
        network = "";
        var dot = text.IndexOf('.');
        if (dot < 0 || !int.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var length)) return false;
        var parts = text[(dot + 1)..].Split('.');
        Array.Reverse(parts);
        var isV4 = parts.Length == 4 && !parts.Contains("zz", StringComparer.Ordinal);
        var written = isV4 ? string.Join('.', parts) : string.Join(':', parts).Replace("zz", parts.Length == 1 ? "::" : "", StringComparison.Ordinal);
        if (!isV4 && parts.Length > 1)
        {
            // ":..." and "...:" come of a run at an end.
            if (written.StartsWith(':')) written = ":" + written;
            if (written.EndsWith(':')) written += ":";
        }
        if (!IPAddress.TryParse(written, out var address) || address.AddressFamily != (isV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6)) return false;
        if (!AddressRange.TryParse($"{address}/{length}", out var range)) return false;
        network = range;
        return true;
    }

    private static string[] Split(string text) => text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
}
