using System.Buffers.Binary;
using System.Text;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>Holds the rules of one ad-block list until its end, and then gives those that are left once exceptions, <c>$important</c> and <c>$badfilter</c> are worked out.</summary>
/// <remarks>
/// <para>In an ad-block list an exception beats a block however specific each is; in ours, of one list the most specific entry wins and of equals the block. The two agree once these are not given on:
/// (1) what a <c>$badfilter</c> names; (2) an exception that lies within an important block; (3) a block that lies within an exception, unless the block is important and the exception is not.
/// An exception that is narrower than a block stays, and wins by being more specific; so does an important block within an exception.</para>
/// <para>This holds for places. Plain hosts are kept as bytes, about their length and five bytes more each; nothing is worked out for them in a list without exceptions.</para>
/// </remarks>
internal sealed class AdBlockRules(IEntrySink sink) : IEntrySink
{
    /// <summary>Most exceptions of one list; the largest list known has 6,000.</summary>
    public const int ExceptionsMax = 100_000;

    private const string TooManyExceptions = "more than 100,000 exceptions";

    private readonly List<Held> _rules = [];
    private readonly Dictionary<string, List<Held>> _exceptions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Held>> _important = new(StringComparer.Ordinal);
    private readonly HashSet<(EntryKind Kind, string Text, bool IsException, bool IsImportant)> _disabled = [];
    private readonly PatternLines _patterns = new(sink);
    private byte[] _hosts = [];
    private int _hostsLength;
    private int _exceptionCount;

    /// <inheritdoc/>
    public void AddHost(ReadOnlySpan<byte> host, int line)
    {
        var length = sizeof(int) + 1 + host.Length;
        if (_hosts.Length - _hostsLength < length) Array.Resize(ref _hosts, (int)Math.Min(Array.MaxLength, Math.Max(_hosts.Length * 2L, 4096)));
        var room = _hosts.AsSpan(_hostsLength);
        BinaryPrimitives.WriteInt32LittleEndian(room, line);
        room[sizeof(int)] = (byte)host.Length;
        host.CopyTo(room[(sizeof(int) + 1)..]);
        _hostsLength += length;
    }

    /// <inheritdoc/>
    public void Add(in ListEntry entry) => Hold(entry, isImportant: false);

    /// <inheritdoc/>
    public void Reject(int line, string text, string why) => sink.Reject(line, text, why);

    /// <inheritdoc/>
    public void LeaveOut(string why) => sink.LeaveOut(why);

    /// <summary>Takes a rule of the list.</summary>
    public void Add(AdBlockRule rule, int line, string text)
    {
        if (rule.Options.IsBadFilter)
        {
            _disabled.Add((rule.Kind, rule.Text, rule.IsException, rule.Options.IsImportant));
            return;
        }
        var pattern = rule.Text;
        if (rule.IsOwnExpression && !PatternSyntax.TryTranslate(rule.Text, out pattern, out var why))
        {
            sink.Reject(line, text, why);
            return;
        }
        // Read before the rule itself: a rule whose spared sites cannot be told would block them.
        var spared = new List<ListEntry>();
        foreach (var site in rule.Options.DenyAllow)
        {
            if (!ListPlace.TryParse(site, out var place, out why))
            {
                sink.Reject(line, text, $"of the sites it spares one cannot be used: {why}");
                return;
            }
            spared.Add(new(EntryKind.Place, place.Text, line) { IsException = true, Written = text });
        }
        if (spared.Count > 0 && rule.Kind != EntryKind.Place)
        {
            // As an exception for the whole site it would open there what other rules block.
            sink.LeaveOut("spares some sites of all that it matches");
            return;
        }
        Hold(new(rule.Kind, pattern, line) { IsException = rule.IsException, Written = text }, rule.Options.IsImportant, rule.Text);
        // Part of this rule, not an exception of the list: it wins where it is more specific, and takes nothing else out.
        foreach (var entry in spared) _rules.Add(new(entry, default, IsImportant: false, IsWeak: true, entry.Text));
    }

    /// <summary>Gives on what is left, in the order of the list.</summary>
    public void Finish()
    {
        var rules = 0;
        for (var at = 0; at < _hostsLength;)
        {
            var line = BinaryPrimitives.ReadInt32LittleEndian(_hosts.AsSpan(at));
            var host = _hosts.AsSpan(at + sizeof(int) + 1, _hosts[at + sizeof(int)]);
            at += sizeof(int) + 1 + host.Length;
            for (; rules < _rules.Count && _rules[rules].Entry.Line < line; rules++) Give(_rules[rules]);
            if (IsLeft(host)) sink.AddHost(host, line);
        }
        for (; rules < _rules.Count; rules++) Give(_rules[rules]);
    }

    private void Hold(in ListEntry entry, bool isImportant, string? ruleText = null)
    {
        ListPlace place = default;
        if (entry.Kind == EntryKind.Place && !ListPlace.TryParse(entry.Text, out place, out _)) return;
        if (entry.IsException && ++_exceptionCount > ExceptionsMax)
        {
            sink.LeaveOut(TooManyExceptions);
            return;
        }
        var held = new Held(entry, place, isImportant, IsWeak: false, ruleText ?? entry.Text);
        _rules.Add(held);
        if (entry.Kind != EntryKind.Place || !(entry.IsException || isImportant)) return;
        var index = entry.IsException ? _exceptions : _important;
        if (!index.TryGetValue(place.Host, out var there)) index[place.Host] = there = [];
        there.Add(held);
    }

    private void Give(in Held rule)
    {
        if (IsDisabled(rule)) return;
        if (rule is { IsWeak: false, Entry.Kind: EntryKind.Place })
        {
            var place = rule.Place;
            if (rule.Entry.IsException)
            {
                if (!rule.IsImportant && IsCovered(_important, place, place.Host, onlyImportant: false)) return;
            }
            else if (IsCovered(_exceptions, place, place.Host, onlyImportant: rule.IsImportant))
            {
                return;
            }
        }
        if (rule.Entry.Kind is EntryKind.Place or EntryKind.Network) sink.Add(rule.Entry);
        else _patterns.AddReady(rule.Entry);
    }

    /// <summary>The same for a plain host, which is never important.</summary>
    private bool IsLeft(ReadOnlySpan<byte> host)
    {
        if (_exceptions.Count == 0 && _disabled.Count == 0) return true;
        Span<char> chars = stackalloc char[PlainHost.LengthMax];
        chars = chars[..Encoding.ASCII.GetChars(host, chars)];
        if (_disabled.Count == 0 && !HasRuleAbove(_exceptions, chars)) return true;
        var text = chars.ToString();
        if (_disabled.Contains((EntryKind.Place, text, false, false))) return false;
        return !IsCovered(_exceptions, new(text, text, Path: null, IncludesHost: true, IncludesBelow: true), text, onlyImportant: false);
    }

    private static bool HasRuleAbove(Dictionary<string, List<Held>> index, ReadOnlySpan<char> host)
    {
        var look = index.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = host; ; rest = rest[(rest.IndexOf('.') + 1)..])
        {
            if (look.ContainsKey(rest)) return true;
            if (!rest.Contains('.')) return false;
        }
    }

    private bool IsDisabled(in Held rule) => _disabled.Count > 0 && _disabled.Contains((rule.Entry.Kind, rule.RuleText, rule.Entry.IsException, rule.IsImportant));

    /// <summary>True when a rule of the index covers a place: one at its host or at a parent of it.</summary>
    private bool IsCovered(Dictionary<string, List<Held>> index, in ListPlace place, string host, bool onlyImportant)
    {
        if (index.Count == 0) return false;
        var look = index.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = host.AsSpan(); ; rest = rest[(rest.IndexOf('.') + 1)..])
        {
            if (look.TryGetValue(rest, out var there))
                foreach (var rule in there)
                    if ((rule.IsImportant || !onlyImportant) && rule.Place.Covers(place) && !IsDisabled(rule)) return true;
            if (!rest.Contains('.')) return false;
        }
    }

    /// <param name="Entry">What is given on.</param>
    /// <param name="Place">Its place, for places.</param>
    /// <param name="IsImportant">It had <c>$important</c>.</param>
    /// <param name="IsWeak">It is what another rule spares.</param>
    /// <param name="RuleText">The rule's text before translation, which <c>$badfilter</c> compares.</param>
    private readonly record struct Held(ListEntry Entry, ListPlace Place, bool IsImportant, bool IsWeak, string RuleText);
}
