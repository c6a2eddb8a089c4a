using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Search;

/// <summary>A search found in an address.</summary>
/// <param name="Engine">The engine's name, for people.</param>
/// <param name="Key">The same for the same words of the same engine within one run of the program: a further page of results, pictures, news.</param>
public readonly record struct FoundSearch(string Engine, long Key)
{
    internal SearchTerms.Engine? Definition { get; init; }

    /// <summary>The words, decoded: white space folded, at most <see cref="SearchTerms.WordsMax"/> characters; null where nothing is left of them. Allocates.</summary>
    /// <param name="target">Path and query that this was found in.</param>
    public string? Words(string target) => Definition?.Decode(target);
}

/// <summary>Which addresses are searches, and where their words stand: what matomo's <c>SearchEngines.yml</c> says, read from a file of the same form. Immutable; safe from any thread.</summary>
/// <remarks>
/// A host finds its engine by at most four look-ups: whole, without <c>www.</c>, and with <c>{}</c> for its country (<c>www.google.{}</c>) or its first label (<c>{}.wikipedia.org</c>). Of several definitions the longest path holds. What browsers ask while
/// somebody types, and what is no search though it has such a parameter, stands under <c>not_counted</c>.
/// </remarks>
public sealed partial class SearchTerms
{
    /// <summary>Most characters of words that are kept: engines take 30 to 100 words, people type 3.</summary>
    public const int WordsMax = 200;

    private readonly HostTable<Engine> _engines;
    private readonly HostTable<string> _notCounted;

    private SearchTerms(HostTable<Engine> engines, HostTable<string> notCounted) => (_engines, _notCounted) = (engines, notCounted);

    /// <summary>Knows no engine.</summary>
    public static SearchTerms None { get; } = new(HostTable<Engine>.Of([]), HostTable<string>.Of([]));

    /// <summary>The engines of <c>blocklists/search-engines.yml</c>, built into the program; read once.</summary>
    public static SearchTerms Shipped => ReadShipped.Value;

    private static readonly Lazy<SearchTerms> ReadShipped = new(static () =>
    {
        using var reader = new StreamReader(typeof(SearchTerms).Assembly.GetManifestResourceStream("blocklists/search-engines.yml")!);
        var problems = new List<PolicyProblem>();
        return Read(reader.ReadToEnd(), problems) is { } terms && problems.Count == 0 ? terms : throw new InvalidOperationException($"blocklists/search-engines.yml: {problems[0].Message}");
    });

    /// <summary>How many engines are known.</summary>
    public int Count => _engines.All.Select(e => e.Name).Distinct(StringComparer.Ordinal).Count();

    /// <summary>This and another file over it: its engines come first, and what either does not count is not counted.</summary>
    public SearchTerms With(SearchTerms over)
    {
        ArgumentNullException.ThrowIfNull(over);
        return new SearchTerms(HostTable<Engine>.Of(over._engines.Pairs.Concat(_engines.Pairs)), HostTable<string>.Of(over._notCounted.Pairs.Concat(_notCounted.Pairs)));
    }

    /// <summary>True when the host is a search engine's, whatever is asked of it. No allocation.</summary>
    public bool IsEngine(string host) => _engines.Find(host, out _, out _, out _, out _);

    /// <summary>Finds the search in an address; false for what is none, for suggestions, and where nothing was searched for. No allocation, but for the few engines whose words are found by a pattern.</summary>
    /// <param name="host">Canonical host.</param>
    /// <param name="target">Path and query as the client sent them: the canonical form has lost which <c>+</c> was a blank.</param>
    /// <param name="found">The search.</param>
    public bool TryFind(string host, string target, out FoundSearch found)
    {
        found = default;
        if (!_engines.Find(host, out var a, out var b, out var c, out var d)) return false;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target.AsSpan() : target.AsSpan(0, query);
        if (_notCounted.Find(host, out var n1, out var n2, out var n3, out var n4) && (Begins(n1, path) || Begins(n2, path) || Begins(n3, path) || Begins(n4, path))) return false;

        Engine? best = null;
        long key = 0;
        Look(a, path, target, ref best, ref key);
        Look(b, path, target, ref best, ref key);
        Look(c, path, target, ref best, ref key);
        Look(d, path, target, ref best, ref key);
        if (best is null) return false;
        found = new FoundSearch(best.Name, key) { Definition = best };
        return true;
    }

    private static bool Begins(string[]? paths, ReadOnlySpan<char> path)
    {
        if (paths is null) return false;
        foreach (var prefix in paths)
            if (path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static void Look(Engine[]? engines, ReadOnlySpan<char> path, string target, ref Engine? best, ref long key)
    {
        if (engines is null) return;
        foreach (var engine in engines)
        {
            if (best is not null && engine.Path.Length <= best.Path.Length) continue;
            if (!path.StartsWith(engine.Path, StringComparison.OrdinalIgnoreCase) || engine.Find(target) is not { Length: > 0 } words) continue;
            // Two reads of the same words differ in case and blanks at most; both hashes are keyed for this run of the program.
            key = ((long)StringComparer.Ordinal.GetHashCode(engine.Name) << 32) | (uint)string.GetHashCode(words, StringComparison.OrdinalIgnoreCase);
            best = engine;
        }
    }

    /// <summary>One definition of an engine: where its words stand on some of its hosts.</summary>
    internal sealed class Engine(string name, string path, ImmutableArray<string> parameters, ImmutableArray<Regex> patterns, ImmutableArray<System.Text.Encoding> charsets)
    {
        public string Name { get; } = name;

        /// <summary>The beginning of the path; empty for any.</summary>
        public string Path { get; } = path;

        /// <summary>The words as they stand in the address; empty for none.</summary>
        public ReadOnlySpan<char> Find(string target)
        {
            var query = target.IndexOf('?', StringComparison.Ordinal);
            if (query >= 0)
            {
                foreach (var parameter in parameters)
                    if (Value(target.AsSpan(query + 1), parameter) is { Length: > 0 } value) return value;
            }
            foreach (var pattern in patterns)
            {
                try
                {
                    if (pattern.Match(target) is { Success: true, Groups: { Count: > 1 } groups } && Piece(groups[1].ValueSpan) is { Length: > 0 } value) return value;
                }
                catch (RegexMatchTimeoutException)
                {
                    // An address made to be slow has no words.
                }
            }
            return default;
        }

        public string? Decode(string target) => SearchWords.Decode(Find(target), charsets);

        /// <summary>What a pattern found, to the end of the piece of the path: most say "up to the next stroke" and mean that.</summary>
        private static ReadOnlySpan<char> Piece(ReadOnlySpan<char> found) => found.IndexOfAny('?', '&', '#') is >= 0 and var end ? found[..end] : found;

        /// <summary>The last value that is not blank of a parameter, as engines take it.</summary>
        private static ReadOnlySpan<char> Value(ReadOnlySpan<char> query, string parameter)
        {
            ReadOnlySpan<char> found = default;
            // A fragment is the browser's own, but some clients send it.
            if (query.IndexOf('#') is >= 0 and var fragment) query = query[..fragment];
            foreach (var range in query.Split('&'))
            {
                var pair = query[range];
                if (pair.Length <= parameter.Length || pair[parameter.Length] != '=' || !pair.StartsWith(parameter, StringComparison.Ordinal)) continue;
                var value = pair[(parameter.Length + 1)..];
                if (value.ContainsAnyExcept('+', ' ')) found = value;
            }
            return found;
        }
    }

    /// <summary>Things by host, by a host with <c>{}</c> at its end, and by one with <c>{}</c> at its beginning.</summary>
    private sealed class HostTable<T>
    {
        private readonly FrozenDictionary<string, T[]> _exact, _stems, _tails;

        private HostTable(ImmutableArray<(string Host, T Value)> pairs)
        {
            Pairs = pairs;
            _exact = Group(pairs.Where(p => !p.Host.Contains('{', StringComparison.Ordinal)), static h => h);
            _stems = Group(pairs.Where(p => p.Host.EndsWith(".{}", StringComparison.Ordinal)), static h => h[..^2]);
            _tails = Group(pairs.Where(p => p.Host.StartsWith("{}.", StringComparison.Ordinal)), static h => h[2..]);
        }

        public ImmutableArray<(string Host, T Value)> Pairs { get; }

        public IEnumerable<T> All => Pairs.Select(p => p.Value);

        public static HostTable<T> Of(IEnumerable<(string, T)> pairs) => new([.. pairs]);

        /// <summary>What is there for a host, the most particular first.</summary>
        public bool Find(ReadOnlySpan<char> host, out T[]? exact, out T[]? withoutWww, out T[]? stem, out T[]? tail)
        {
            withoutWww = stem = tail = null;
            _exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(host, out exact);
            var bare = host.StartsWith("www.", StringComparison.Ordinal) ? host[4..] : host;
            if (bare.Length < host.Length) _exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(bare, out withoutWww);
            var stems = _stems.GetAlternateLookup<ReadOnlySpan<char>>();
            for (var from = host; stem is null; from = bare)
            {
                // The country is one label, or two short ones: "de", "co.uk", "com.au".
                if (from.LastIndexOf('.') is > 0 and var last)
                {
                    if (!stems.TryGetValue(from[..(last + 1)], out stem) && from[..last].LastIndexOf('.') is > 0 and var second && last - second - 1 <= 3 && from.Length - last - 1 == 2)
                        stems.TryGetValue(from[..(second + 1)], out stem);
                }
                if (from.Length == bare.Length) break;
            }
            if (host.IndexOf('.') is > 0 and var first) _tails.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(host[first..], out tail);
            return exact is not null || withoutWww is not null || stem is not null || tail is not null;
        }

        private static FrozenDictionary<string, T[]> Group(IEnumerable<(string Host, T Value)> pairs, Func<string, string> key) =>
            pairs.GroupBy(p => key(p.Host), p => p.Value, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
    }
}
