using System.Buffers.Binary;
using System.Text;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>Holds the rules of one ad-block list until its end, and then gives those that are left once exceptions, <c>$important</c> and <c>$badfilter</c> are worked out.</summary>
/// <remarks>
/// <para>In an ad-block list an exception beats a block however specific each is; in ours, of one list the most specific entry wins and of equals the block. The two agree once these are not given on:
/// (1) what a <c>$badfilter</c> names; (2) an exception that lies within an important block; (3) a block that lies within an exception, unless the block is important and the exception is not.
/// An exception that is narrower than a block stays, and wins by being more specific; so does an important block within an exception. Where they cross (an exception for a path of a whole domain, a block of
/// one host of it) the deeper host would win, so the exception is given once more for that host.</para>
/// <para>This holds for places. Plain hosts are kept as bytes, about their length and five bytes more each; nothing is worked out for them in a list without exceptions.</para>
/// </remarks>
internal sealed class AdBlockRules(IEntrySink sink) : IEntrySink
{
    /// <summary>Most exceptions of one list: far more than people write, few enough to hold.</summary>
    public const int ExceptionsMax = 100_000;

    /// <summary>Most entries given where an exception's path crosses a block's host. Real lists have a handful; a hostile one could have its exceptions times its blocks.</summary>
    public const int CrossingsMax = 100_000;

    private const string TooManyExceptions = "more than 100,000 exceptions";
    private const string TooManyCrossings = "more than 100,000 places where exceptions and blocks cross";

    private readonly List<Held> _rules = [];
    private readonly Dictionary<string, List<Held>> _exceptions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Held>> _important = new(StringComparer.Ordinal);
    // What $denyallow spares, under its host and every parent of it; and of those what another rule blocks all the same.
    private readonly Dictionary<string, List<Held>> _sparedBelow = new(StringComparer.Ordinal);
    private readonly HashSet<Held> _notSpared = [];
    private readonly HashSet<(EntryKind Kind, string Text, bool IsException, bool IsImportant)> _disabled = [];
    private readonly PatternLines _patterns = new(sink);
    private byte[] _hosts = [];
    private int _hostsLength;
    private int _exceptionCount;
    private int _crossings;

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
        foreach (var entry in spared)
        {
            if (!ListPlace.TryParse(entry.Text, out var place, out _)) continue;
            var held = new Held(entry, place, IsImportant: false, IsWeak: true, entry.Text);
            _rules.Add(held);
            for (var rest = place.Host.AsSpan(); ; rest = rest[(rest.IndexOf('.') + 1)..])
            {
                var above = _sparedBelow.GetAlternateLookup<ReadOnlySpan<char>>();
                if (!above.TryGetValue(rest, out var there)) above[rest] = there = [];
                there.Add(held);
                if (!rest.Contains('.')) break;
            }
        }
    }

    /// <summary>Gives on what is left, in the order of the list.</summary>
    public void Finish()
    {
        FindNotSpared();
        var rules = 0;
        for (var at = 0; at < _hostsLength;)
        {
            var line = BinaryPrimitives.ReadInt32LittleEndian(_hosts.AsSpan(at));
            var host = _hosts.AsSpan(at + sizeof(int) + 1, _hosts[at + sizeof(int)]);
            at += sizeof(int) + 1 + host.Length;
            for (; rules < _rules.Count && _rules[rules].Entry.Line < line; rules++) Give(_rules[rules]);
            if (IsAlone(host)) sink.AddHost(host, line);
            else Give(ToHeld(host, line));
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
        if (IsDisabled(rule) || (rule.IsWeak && _notSpared.Contains(rule))) return;
        var isPlace = rule is { IsWeak: false, Entry.Kind: EntryKind.Place };
        if (isPlace && IsCovered(Opponents(rule), rule)) return;
        if (rule.Entry.Kind is EntryKind.Place or EntryKind.Network) sink.Add(rule.Entry);
        else _patterns.AddReady(rule.Entry);
        if (isPlace) GiveCrossings(rule);
    }

    /// <summary>The rules that can beat one: of an exception the important blocks, of a block the exceptions.</summary>
    private Dictionary<string, List<Held>> Opponents(in Held rule) => rule.Entry.IsException ? _important : _exceptions;

    /// <summary>True when a rule beats another wherever both match.</summary>
    private bool Beats(in Held opponent, in Held rule) => (rule.Entry.IsException ? !rule.IsImportant : opponent.IsImportant || !rule.IsImportant) && !IsDisabled(opponent);

    /// <summary>Gives what an opponent wins of a rule although it stands above it: a path there against a host here. Ours would let the deeper host win.</summary>
    private void GiveCrossings(in Held rule)
    {
        var index = Opponents(rule);
        if (index.Count == 0) return;
        var look = index.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var dot = rule.Place.Host.IndexOf('.'); dot >= 0; dot = rule.Place.Host.IndexOf('.', dot + 1))
        {
            if (!look.TryGetValue(rule.Place.Host.AsSpan(dot + 1), out var there)) continue;
            foreach (var opponent in there)
            {
                if (opponent.Place.Path is not { } path || !opponent.Place.IncludesBelow || !Beats(opponent, rule)) continue;
                var mark = rule.Place.IncludesHost ? rule.Place.IncludesBelow ? "" : "=" : "*.";
                if (!ListPlace.TryParse(mark + rule.Place.Host + path, out var both, out _) || both.Path is null || !rule.Place.Covers(both)) continue;
                if (++_crossings > CrossingsMax)
                {
                    sink.LeaveOut(TooManyCrossings);
                    return;
                }
                Give(new(opponent.Entry with { Text = both.Text, Line = rule.Entry.Line, Written = opponent.Entry.Written }, both, opponent.IsImportant, IsWeak: false, both.Text));
            }
        }
    }

    /// <summary>True for a plain host that no other rule can concern.</summary>
    private bool IsAlone(ReadOnlySpan<byte> host)
    {
        if (_disabled.Count > 0) return false;
        if (_exceptions.Count == 0) return true;
        Span<char> text = stackalloc char[PlainHost.LengthMax];
        return !HasRuleAbove(_exceptions, text[..Encoding.ASCII.GetChars(host, text)]);
    }

    private static Held ToHeld(ReadOnlySpan<byte> host, int line)
    {
        var text = Encoding.ASCII.GetString(host);
        return new(new(EntryKind.Place, text, line), new(text, text, Path: null, IncludesHost: true, IncludesBelow: true), IsImportant: false, IsWeak: false, text);
    }

    /// <summary>A site that one rule spares stays blocked where another rule blocks it.</summary>
    private void FindNotSpared()
    {
        if (_sparedBelow.Count == 0) return;
        foreach (var rule in _rules)
            if (rule is { IsWeak: false, Entry: { Kind: EntryKind.Place, IsException: false } } && !IsDisabled(rule)) FindNotSpared(rule);
        Span<char> text = stackalloc char[PlainHost.LengthMax];
        for (var at = 0; at < _hostsLength;)
        {
            var host = _hosts.AsSpan(at + sizeof(int) + 1, _hosts[at + sizeof(int)]);
            if (_sparedBelow.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(text[..Encoding.ASCII.GetChars(host, text)]))
                FindNotSpared(ToHeld(host, BinaryPrimitives.ReadInt32LittleEndian(_hosts.AsSpan(at))));
            at += sizeof(int) + 1 + host.Length;
        }
    }

    private void FindNotSpared(in Held rule)
    {
        if (!_sparedBelow.TryGetValue(rule.Place.Host, out var there)) return;
        foreach (var spared in there)
            if (spared.Entry.Line != rule.Entry.Line && rule.Place.Covers(spared.Place)) _notSpared.Add(spared);
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

    /// <summary>True when a rule of the index beats all of another: one at its host or at a parent of it.</summary>
    private bool IsCovered(Dictionary<string, List<Held>> index, in Held rule)
    {
        if (index.Count == 0) return false;
        var look = index.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = rule.Place.Host.AsSpan(); ; rest = rest[(rest.IndexOf('.') + 1)..])
        {
            if (look.TryGetValue(rest, out var there))
                foreach (var opponent in there)
                    if (Beats(opponent, rule) && opponent.Place.Covers(rule.Place)) return true;
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
