using System.Globalization;
using System.Text;
using FilterGate.Matching;

namespace FilterGate.Benchmarks;

/// <summary>Lists of a size that no list at hand has: made-up names of the length and shape of real ones, the same each time.</summary>
/// <remarks>Unique domains of 13.6 bytes on average under some hundred endings, one in twenty below a hoster; 100 categories by Zipf's law, one entry in ten in two of them; URL rules of two segments, a third of them on hosters.
/// Names share syllables, as real ones do, so their texts are kinder to a cache than random letters and unkinder than real ones.</remarks>
internal sealed class SyntheticLists
{
    public const int CategoryCount = 100;

    private static readonly string[] Syllables =
        "ba be bi bo bu ca ce ci co da de di do fa fe fi fo ga ge gi go ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe pi po ra re ri ro sa se si so ta te ti to va ve vi vo xa zu online shop web my the best free".Split(' ');

    private static readonly string[] Endings =
        [.. "com com com com net org de fr co.uk org.uk info ru nl it pl io xyz top shop online site ch es eu us".Split(' '), .. Enumerable.Range(0, 76).Select(i => $"{(char)('a' + i % 26)}{(char)('a' + i / 26)}z")];

    private static readonly string[] Hosters =
        "blogspot.com wordpress.com tumblr.com github.io netlify.app weebly.com wixsite.com free.fr sites.net pages.dev myshop.com over-blog.com altervista.org jimdo.com page.tl hostfree.org".Split(' ');

    private readonly Random _random;
    private readonly byte[] _text;
    private readonly int[] _starts;

    private SyntheticLists(int domains, int urls, int seed)
    {
        _random = new(seed);
        (Domains, Urls) = (domains, urls);
        using var text = new MemoryStream(domains * 16 + urls * 34);
        _starts = new int[domains + urls + 1];
        var seen = new HashSet<ulong>(domains);
        for (var i = 0; i < domains;)
        {
            var name = _random.Next(20) == 0 ? $"{Name()}.{Hosters[_random.Next(Hosters.Length)]}" : $"{Name()}.{Endings[_random.Next(Endings.Length)]}";
            if (!seen.Add(System.IO.Hashing.XxHash64.HashToUInt64(Encoding.ASCII.GetBytes(name)))) continue;
            _starts[i++] = (int)text.Length;
            text.Write(Encoding.ASCII.GetBytes(name));
        }
        for (var i = 0; i < urls; i++)
        {
            // The end of the last domain is where the first rule begins.
            _starts[domains + i] = (int)text.Length;
            var host = Hosters[_random.Next(Hosters.Length)];
            if (i % 3 != 0)
            {
                var of = _random.Next(domains);
                host = Encoding.ASCII.GetString(text.GetBuffer(), _starts[of], _starts[of + 1] - _starts[of]);
            }
            text.Write(Encoding.ASCII.GetBytes($"{host}/{Name()}/{Name()}"));
        }
        _starts[domains + urls] = (int)text.Length;
        _text = text.ToArray();
        Categories = [.. Enumerable.Range(0, CategoryCount).Select(i => new Category(i, $"c{i}", $"c{i}", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, null, []))];
    }

    /// <summary>How many hosts.</summary>
    public int Domains { get; }

    /// <summary>How many URL rules.</summary>
    public int Urls { get; }

    public Category[] Categories { get; }

    /// <summary>Entries, of which the first are hosts.</summary>
    public int Count => Domains + Urls;

    public static SyntheticLists Make(int domains, int urls) => new(domains, urls, seed: 7);

    public ReadOnlySpan<byte> this[int index] => _text.AsSpan(_starts[index].._starts[index + 1]);

    /// <summary>The first category of an entry: small numbers are frequent, as Zipf has it.</summary>
    public static int CategoryOf(int index)
    {
        // 1/k without a table: the harmonic sum grows as the logarithm.
        var u = (uint)(index * 2654435761u) / (double)uint.MaxValue;
        return Math.Min(CategoryCount - 1, (int)Math.Exp(u * Math.Log(CategoryCount)) - 1);
    }

    /// <summary>The second category, for one entry in ten; else -1.</summary>
    public static int SecondCategoryOf(int index) => index % 10 == 3 ? (CategoryOf(index) + 1 + index % 7) % CategoryCount : -1;

    public string TextOf(int index) => Encoding.ASCII.GetString(this[index]);

    /// <summary>What a trace asks for. The URLs are made one after another in the order in which they are asked for, so that walking them costs no more than reading memory in order; in the gateway a request's URL has just been made too.</summary>
    public CanonicalUrl[] Trace(TraceKind kind, int length)
    {
        var random = new Random((int)kind + 99);
        // Nine tenths of the mix are sites in no list, the popular ones again and again; a fifth of these hosts have URL rules of others' pages.
        (string Host, string Path)[] sites = kind == TraceKind.Mix
            ? [.. Enumerable.Range(0, 300_000).Select(_ => random.Next(100) < 19 ? (HostOf(Domains + random.Next(Urls)), $"/{Name()}/{Name()}") : ($"q{Name()}.{Endings[random.Next(Endings.Length)]}", $"/{Name()}"))]
            : [];
        var trace = new CanonicalUrl[length];
        for (var i = 0; i < length; i++)
        {
            var (host, path) = kind switch
            {
                TraceKind.Hit => (TextOf(random.Next(Domains)), "/"),
                TraceKind.Miss => ("x" + TextOf(random.Next(Domains)), "/"),
                _ when random.Next(10) == 0 => (TextOf(random.Next(Domains)), "/"),
                _ => sites[(int)(sites.Length * Math.Pow(random.NextDouble(), 4))],
            };
            trace[i] = CanonicalUrl.TryCreate("http", new string(host), 80, new string(path), out var url) ? url : throw new InvalidOperationException(host);
        }
        return trace;
    }

    /// <summary>Compiles all of it, in the memory of this process.</summary>
    public (byte[] List, byte[] Provenance) Compile(out int entries)
    {
        var builder = new ListMatcher.Builder();
        var sources = Categories.Select(c => builder.AddSource(new($"c{c.Index}", c, "synthetic"))).ToArray();
        var part = builder.NewPart();
        entries = 0;
        for (var i = 0; i < Count; i++)
        {
            entries += Add(part, sources, i, CategoryOf(i));
            if (SecondCategoryOf(i) is var second and >= 0) entries += Add(part, sources, i, second);
        }
        return builder.Compile();
    }

    private int Add(ListMatcher.Builder.Part part, int[] sources, int index, int category)
    {
        if (index < Domains) part.AddHost(sources[category], this[index], index + 1);
        else if (!part.TryAdd(sources[category], new(EntryKind.Place, TextOf(index), index + 1), out var error)) throw new InvalidOperationException(error);
        return 1;
    }

    /// <summary>Writes it as a folder in UT1 layout.</summary>
    public void Write(string folder)
    {
        var files = new Dictionary<(int Category, bool IsUrl), StreamWriter>();
        for (var i = 0; i < Count; i++)
        {
            foreach (var category in (ReadOnlySpan<int>)[CategoryOf(i), SecondCategoryOf(i)])
            {
                if (category < 0) continue;
                if (!files.TryGetValue((category, i >= Domains), out var writer))
                {
                    var path = Path.Combine(folder, $"c{category.ToString(CultureInfo.InvariantCulture)}");
                    Directory.CreateDirectory(path);
                    files.Add((category, i >= Domains), writer = new StreamWriter(Path.Combine(path, i >= Domains ? "urls" : "domains")) { NewLine = "\n" });
                }
                writer.WriteLine(TextOf(i));
            }
        }
        foreach (var writer in files.Values) writer.Dispose();
    }

    private string HostOf(int url)
    {
        var text = TextOf(url);
        return text[..text.IndexOf('/', StringComparison.Ordinal)];
    }

    private string Name()
    {
        var name = new StringBuilder();
        for (var i = _random.Next(2, 6); i > 0; i--) name.Append(Syllables[_random.Next(Syllables.Length)]);
        if (_random.Next(4) == 0) name.Append(_random.Next(1000));
        return name.ToString();
    }
}

/// <summary>What is asked.</summary>
public enum TraceKind
{
    /// <summary>Hosts in no list, each another one: the worst case.</summary>
    Miss,

    /// <summary>Listed hosts, spread evenly: the worst case.</summary>
    Hit,

    /// <summary>Nine in ten in no list, by popularity; one in ten listed; host, path and all.</summary>
    Mix,
}
