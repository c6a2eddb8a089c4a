using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Lists;
using FilterGate.Lists.Formats;
using FilterGate.Lists.Locked;
using FilterGate.Lists.Sources;
using FilterGate.Matching;
using FilterGate.Matching.Tests.Compiled;

namespace FilterGate.Fuzz;

/// <summary>Everything that reads what strangers write, and what must be true of it whatever they write.</summary>
internal static class FuzzTargets
{
    private static readonly Category[] Categories =
        [.. Enumerable.Range(0, 4).Select(i => new Category(i, $"category-{i}", $"Category {i}", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, Theme: null, []))];

    private static readonly Taxonomy Few = new(Categories);

    private static readonly CanonicalUrl[] Asked = [.. new[] { "example.test", "www.example.test/path/q?x=1&y", "a.b.below.test", "fine.example.test/x", "any.org/only/this", "1.2.3.4/x", "10.1.2.3", "[2001:db8::1]/x", "casino7.test/ads/", "unknown.test" }.Select(Url)];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        .. Enum.GetValues<ListFormat>().Select(format => new FuzzTarget($"list-{format.ToString().ToLowerInvariant()}", () => Seeds.Lists, input => ParseList(format, input))),
        new("list-detect", () => Seeds.Lists, input => ListFormats.Detect("list.txt", input)),
        new("place", () => Seeds.Urls, ParsePlace),
        new("url", () => Seeds.Urls, ParseUrl),
        new("request", () => Seeds.Urls, ParseRequest),
        new("embedded-url", () => Seeds.Urls, FindEmbedded),
        new("compiled-list", CompiledSeeds, OpenCompiled),
        new("catalogue", () => Seeds.Yaml("catalogue.yaml"), input => ReadYaml(input, text => Catalogue.Parse(text, ListLoader.ShippedTaxonomy))),
        new("bundle", () => Seeds.Yaml("bundles/"), input => ReadYaml(input, text => BundleFile.Parse("zoom.yaml", text))),
        .. new[] { LockedFormat.Urls, LockedFormat.Csv, LockedFormat.Hashed }.Select(format => new FuzzTarget($"locked-{format.ToString().ToLowerInvariant()}", () => Seeds.Lists, input => ReadLocked(format, input))),
    ];

    /// <summary>The target of a name, or null.</summary>
    public static FuzzTarget? Find(string name) => All.FirstOrDefault(t => t.Name == name);

    /// <summary>Each line gives entries or a reason, and what is given as a place is one in its one spelling.</summary>
    private static void ParseList(ListFormat format, ReadOnlySpan<byte> input)
    {
        using var stream = new MemoryStream(input.ToArray());
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var builder = new ListMatcher.Builder(seed: 1);
        var sink = new CheckingSink(builder.NewPart(), builder.AddSource(new("list", Categories[0], "")));
        ListParser.Parse(format, new LineReader(stream, digest), sink);
        // Compiling asks for far more than a parse: only what is small.
        if (sink.Places.Count is 0 or > 8) return;
        var matcher = builder.Build();
        foreach (var place in sink.Places)
        {
            var host = place.IncludesHost ? place.Host : "x." + place.Host;
            if (host.Length > CanonicalUrl.HostLengthMax || !CanonicalUrl.TryCreate("http", host, 80, place.Path ?? "/", out var url) || !IsSamePath(url, place.Path)) continue;
            if (!matcher.Matches(url, Seen.Url)) throw new WrongAnswerException($"the entry {place.Text} does not match {url}");
        }
    }

    // A few odd rules (example.com/?/) have a path that no request has: see ListPlace.
    private static bool IsSamePath(CanonicalUrl url, string? path) => path is null || string.Equals(url.Query is null ? url.Path : $"{url.Path}?{url.Query}", path, StringComparison.OrdinalIgnoreCase);

    private static void ParsePlace(ReadOnlySpan<byte> input)
    {
        if (!ListPlace.TryParse(Encoding.UTF8.GetString(input), out var place, out var error))
        {
            if (string.IsNullOrEmpty(error)) throw new WrongAnswerException("refused without a reason");
            return;
        }
        if (!ListPlace.TryParse(place.Text, out var again, out _) || again != place) throw new WrongAnswerException($"{place.Text} is read as another place: {again}");
        if (!place.Covers(place)) throw new WrongAnswerException($"{place.Text} does not cover itself");
    }

    private static void ParseUrl(ReadOnlySpan<byte> input)
    {
        if (!CanonicalUrl.TryParse(Encoding.UTF8.GetString(input), out var url, out var error))
        {
            if (string.IsNullOrEmpty(error)) throw new WrongAnswerException("refused without a reason");
            return;
        }
        Check(url);
    }

    /// <summary>The first line is the host, the second the target.</summary>
    private static void ParseRequest(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        var end = text.IndexOf('\n');
        var (host, target) = end < 0 ? (text, "/") : (text[..end], text[(end + 1)..]);
        var fromStrings = CanonicalUrl.TryCreate("http", host, 80, target, out var url);
        if (fromStrings != CanonicalUrl.TryCreate("http", host.AsSpan(), 80, target, out var other) || !Equals(url, other)) throw new WrongAnswerException("strings and spans are read differently");
        if (url is not null) Check(url);
    }

    private static void Check(CanonicalUrl url)
    {
        if (url.Host.Length > CanonicalUrl.HostLengthMax) throw new WrongAnswerException("a host that is too long");
        if (url.Path[0] != '/' || url.Path.Any(c => c is <= ' ' or > '~') || url.Host.Any(c => c is <= ' ' or > '~') || url.Query?.Any(c => c is <= ' ' or > '~') == true) throw new WrongAnswerException($"not canonical: {url}");
        var text = url.ToString();
        if (text.Length <= CanonicalUrl.LengthMax && (!CanonicalUrl.TryParse(text, out var again, out _) || !again.Equals(url))) throw new WrongAnswerException($"{text} is read as another address: {again}");
    }

    private static void FindEmbedded(ReadOnlySpan<byte> input)
    {
        if (!CanonicalUrl.TryParse(Encoding.UTF8.GetString(input), out var url, out _)) return;
        foreach (var seen in Enum.GetValues<Seen>())
        {
            var found = EmbeddedUrls.Find(url, seen);
            if (found.Length > EmbeddedUrls.AddressesMax) throw new WrongAnswerException("more addresses than may be");
            if (!found.IsEmpty && !EmbeddedUrls.MayHold(url, seen)) throw new WrongAnswerException("the quick look says that there is none");
            foreach (var address in found) Check(address.Url);
        }
    }

    /// <summary>A length of four bytes, the list, its provenance: sealed anew, so that what is wrong is found by its references alone.</summary>
    private static void OpenCompiled(ReadOnlySpan<byte> input)
    {
        if (input.Length < 4) return;
        var length = Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(input), 0, input.Length - 4);
        var (list, provenance) = (input.Slice(4, length).ToArray(), input[(4 + length)..].ToArray());
        if (list.Length >= 512 && provenance.Length >= 136) Seal.Make(list, provenance);
        ListMatcher matcher;
        try
        {
            matcher = ListMatcher.Open(list, provenance, Few);
        }
        catch (ListFormatException)
        {
            return;
        }
        foreach (var url in Asked)
        {
            var found = matcher.Classify(url, Seen.Url);
            foreach (var index in found)
                if (index >= Categories.Length) throw new WrongAnswerException("a category that is not there");
            matcher.Explain(url, Seen.Url);
            matcher.TryFindMostSpecific(url, Seen.Url, out _);
        }
    }

    private static List<byte[]> CompiledSeeds()
    {
        string[] places = ["example.test", "=exact.test", "*.below.test", "deep.er.example.test", "example.test/path", "example.test/path/q?x=1", "org/only", "1.2.3.4", "[2001:db8::1]/x", "EXAMPLE.test"];
        var seeds = new List<byte[]>();
        for (var kinds = 0; kinds < 3; kinds++)
        {
            var builder = new ListMatcher.Builder(seed: 3);
            int[] sources = [.. Categories.Select(c => builder.AddSource(new("list-" + c.Slug, c, "v1")))];
            for (var i = 0; i < places.Length; i++) builder.TryAdd(sources[i % sources.Length], new(EntryKind.Place, places[i], i + 1), out _);
            if (kinds > 0) builder.TryAdd(sources[0], new(EntryKind.Place, "fine.example.test", 20) { IsException = true }, out _);
            if (kinds > 0) builder.TryAdd(sources[1], new(EntryKind.HostPattern, "casino[0-9]", 21), out _);
            if (kinds > 1) builder.TryAdd(sources[2], new(EntryKind.Network, "2001:db8::/32", 22), out _);
            var (list, provenance) = builder.Compile();
            byte[] seed = [.. BitConverter.GetBytes(list.Length), .. list, .. provenance];
            if (seed.Length <= Mutator.LengthMax) seeds.Add(seed);
        }
        return seeds;
    }

    private static void ReadLocked(LockedFormat format, ReadOnlySpan<byte> input) =>
        Expecting<ListLoadException>(input.ToArray(), text => new LockedFeedReader("locked/fuzz", new LockedFeedSource(LockedFeedKind.All[0], "feed", format), ListLoader.ShippedTaxonomy, new byte[LockedKey.Length], hashKey: null).Read(text, format));

    private static void ReadYaml(ReadOnlySpan<byte> input, Action<string> read)
    {
        // Both files come with the program. Nesting without end would use up the stack, which nothing can catch; files of strangers are read by a reader with a bound (DocumentSource).
        const int BracketsMax = 300, LineLengthMax = 1_000;
        var text = Encoding.UTF8.GetString(input);
        if (text.Count(c => c is '[' or '{') > BracketsMax || text.Split('\n').Any(l => l.Length > LineLengthMax)) return;
        Expecting<ListLoadException>(input.ToArray(), _ => read(text));
    }

    /// <summary>Refused with the one exception that callers know, and with words.</summary>
    private static void Expecting<TException>(byte[] input, Action<byte[]> read)
        where TException : Exception
    {
        try
        {
            read(input);
        }
        catch (TException e)
        {
            if (e.Message.Length < 10) throw new WrongAnswerException("refused without a reason");
        }
    }

    private static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));

    private sealed class CheckingSink(ListMatcher.Builder.Part part, int source) : IEntrySink
    {
        public List<ListPlace> Places { get; } = [];

        public void Add(in ListEntry entry)
        {
            if (entry.Line < 1) throw new WrongAnswerException("a line before the first");
            if (entry.Kind == EntryKind.Place)
            {
                if (!ListPlace.TryParse(entry.Text, out var place, out var error)) throw new WrongAnswerException($"an entry that is none: {entry.Text}: {error}");
                if (place.Text != entry.Text) throw new WrongAnswerException($"an entry not in its one spelling: {entry.Text}, {place.Text}");
                if (!entry.IsException && Places.Count <= 8) Places.Add(place);
            }
            if (!part.TryAdd(source, entry with { IsException = false }, out var why) && entry.Kind is EntryKind.Place or EntryKind.Network) throw new WrongAnswerException($"an entry that cannot be compiled: {entry.Text}: {why}");
        }

        public void AddHost(ReadOnlySpan<byte> host, int line)
        {
            if (!PlainHost.Is(host)) throw new WrongAnswerException($"not a plain host: {Encoding.Latin1.GetString(host)}");
            part.AddHost(source, host, line);
            if (Places.Count <= 8 && ListPlace.TryParse(Encoding.ASCII.GetString(host), out var place, out _)) Places.Add(place);
        }

        public void Reject(int line, string text, string why)
        {
            if (why.Length == 0) throw new WrongAnswerException("rejected without a reason");
        }

        public void LeaveOut(string why)
        {
            if (why.Length == 0) throw new WrongAnswerException("left out without a reason");
        }
    }
}
