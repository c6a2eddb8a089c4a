using System.Collections.Frozen;
using System.Collections.Immutable;

namespace FilterGate.Policy.Search;

/// <summary>A search engine: the safe mode that a gateway can hold it to, or that it has none.</summary>
/// <remarks>
/// An engine with an <see cref="Address"/> is held to it there whether its pages are read or tunnelled: the same site, its own certificate, at an address that knows no other mode. One with a parameter alone
/// can be held to it only where addresses are read; in a tunnel it counts as an engine without a safe mode. Where both are known both are used.
/// </remarks>
public sealed record SearchEngine
{
    private SearchEngine(string name) => Name = name;

    /// <summary>Its name, for people.</summary>
    public string Name { get; }

    /// <summary>The name, or the address where its maker names only that, to connect to instead of the host; null where it has none.</summary>
    public string? Address { get; private init; }

    /// <summary>The query parameter that sets the safe mode; null where it has none.</summary>
    public string? Parameter { get; private init; }

    /// <summary>What the parameter is set to.</summary>
    public string ParameterValue { get; private init; } = "";

    /// <summary>Names of parameters that carry the words of a search: where one stands, the parameter is set.</summary>
    internal ImmutableArray<string> Terms { get; private init; } = [];

    /// <summary>Beginnings of paths that are searches however they carry their words (a form, an "advanced search").</summary>
    internal ImmutableArray<string> SearchPaths { get; private init; } = ["/search"];

    /// <summary>True for an engine that no gateway can hold to a safe mode, read or unread: it has none, or takes its words where nothing can be added to them.</summary>
    public bool IsNeverSafe { get; private init; }

    private static readonly SearchEngine Google = new("Google") { Address = "forcesafesearch.google.com", Parameter = "safe", ParameterValue = "active", Terms = ["q"], SearchPaths = ["/search", "/images", "/imgres", "/videosearch"] };
    private static readonly SearchEngine Bing = new("Bing") { Address = "strict.bing.com", Parameter = "adlt", ParameterValue = "strict", Terms = ["q"], SearchPaths = ["/search", "/images", "/videos", "/shop", "/news"] };
    private static readonly SearchEngine DuckDuckGo = new("DuckDuckGo") { Address = "safe.duckduckgo.com", Parameter = "kp", ParameterValue = "1", Terms = ["q"], SearchPaths = [] };
    private static readonly SearchEngine Ecosia = new("Ecosia") { Address = "strict-safe-search.ecosia.org" };
    private static readonly SearchEngine Pixabay = new("Pixabay") { Address = "safesearch.pixabay.com" };
    // Its maker publishes the address, not a name.
    private static readonly SearchEngine Yandex = new("Yandex") { Address = "213.180.193.56" };
    private static readonly SearchEngine Yahoo = new("Yahoo") { Parameter = "vm", ParameterValue = "r", Terms = ["p", "q"] };
    private static readonly SearchEngine Brave = new("Brave Search") { Parameter = "safesearch", ParameterValue = "strict", Terms = ["q"], SearchPaths = ["/search", "/images", "/videos", "/news", "/goggles", "/ask"] };
    private static readonly SearchEngine Qwant = new("Qwant") { Parameter = "safesearch", ParameterValue = "2", Terms = ["q"], SearchPaths = ["/v3/search", "/search"] };

    /// <summary>Every engine.</summary>
    public static ImmutableArray<SearchEngine> All { get; } = [Google, Bing, DuckDuckGo, Ecosia, Pixabay, Yandex, Yahoo, Brave, Qwant];

    /// <summary>Engines that are blocked wherever safe search is forced, whatever lists are in use; with their sub-domains. Common knowledge of the authors, 2026-11-23: keep in step with <c>blocklists/starter/search-unsafe</c>.</summary>
    private static readonly FrozenDictionary<string, SearchEngine> NeverSafe = new (string Name, string[] Hosts)[]
    {
        // Forms that are posted, and read no setting from their address.
        ("DuckDuckGo without script", ["html.duckduckgo.com", "lite.duckduckgo.com"]),
        ("Startpage", ["startpage.com", "ixquick.com"]),
        ("SearX", ["searx.be", "searx.space"]),
        ("MetaGer", ["metager.org", "metager.de"]),
        ("Presearch", ["presearch.com"]), ("Gibiru", ["gibiru.com"]), ("Dogpile", ["dogpile.com"]), ("WebCrawler", ["webcrawler.com"]), ("Excite", ["excite.com"]), ("Info.com", ["infospace.com", "info.com"]),
        ("Zapmeta", ["zapmeta.com"]), ("Baidu", ["baidu.com"]), ("Sogou", ["sogou.com"]), ("Yahoo Japan", ["search.yahoo.co.jp"]), ("AOL Search", ["search.aol.com", "search.aol.co.uk"]),
        ("Yep", ["yep.com"]), ("Lycos", ["search.lycos.com"]), ("Seznam", ["search.seznam.cz"]), ("Naver", ["search.naver.com"]), ("360 Search", ["so.com"]),
    }.SelectMany(e => e.Hosts, (e, host) => (host, Engine: new SearchEngine(e.Name) { IsNeverSafe = true })).ToFrozenDictionary(e => e.host, e => e.Engine, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, SearchEngine> ByHost = new (SearchEngine Engine, string[] Hosts)[]
    {
        (Google, ["ipv4.google.com", "ipv6.google.com", "encrypted.google.com", "cse.google.com"]),
        (Bing, ["www.bing.com", "edgeservices.bing.com", "bing.com", "m.bing.com", "cn.bing.com", "global.bing.com", "www2.bing.com", "www4.bing.com", "images.bing.com"]),
        (DuckDuckGo, ["duckduckgo.com", "www.duckduckgo.com", "start.duckduckgo.com"]),
        (Ecosia, ["www.ecosia.org", "ecosia.org"]),
        (Pixabay, ["pixabay.com", "www.pixabay.com"]),
        (Yandex, ["ya.ru", "www.ya.ru"]),
        (Brave, ["search.brave.com"]),
        (Qwant, ["www.qwant.com", "qwant.com", "api.qwant.com", "lite.qwant.com"]),
    }.SelectMany(e => e.Hosts, (e, host) => (host, e.Engine)).ToFrozenDictionary(e => e.host, e => e.Engine, StringComparer.Ordinal);

    /// <summary>The engine that a host belongs to, or null: exactly its search hosts, never its mail or its maps.</summary>
    /// <param name="canonicalHost">A host in canonical form.</param>
    /// <remarks>A look-up for most hosts, no allocation.</remarks>
    public static SearchEngine? Find(string canonicalHost)
    {
        ArgumentNullException.ThrowIfNull(canonicalHost);
        if (ByHost.TryGetValue(canonicalHost, out var engine)) return engine;
        if (FindNeverSafe(canonicalHost) is { } unsafeEngine) return unsafeEngine;
        if (canonicalHost.EndsWith(".search.yahoo.com", StringComparison.Ordinal) || canonicalHost == "search.yahoo.com") return Yahoo;
        var name = canonicalHost.AsSpan();
        if (name.StartsWith("www.")) name = name[4..];
        else if (name.StartsWith("images.google.")) name = name[7..];
        if (name.StartsWith("google.") && IsCountry(name[7..])) return Google;
        return name.StartsWith("yandex.") && IsCountry(name[7..]) ? Yandex : null;
    }

    private static SearchEngine? FindNeverSafe(string canonicalHost)
    {
        var look = NeverSafe.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = canonicalHost.AsSpan(); ;)
        {
            if (look.TryGetValue(rest, out var engine)) return engine;
            var dot = rest.IndexOf('.');
            if (dot < 0) return null;
            rest = rest[(dot + 1)..];
        }
    }

    /// <summary>The end of a national name: <c>com</c>, <c>de</c>, <c>co.uk</c>, <c>com.au</c>, <c>cat</c>. Makers add countries; a name that no maker holds finds no certificate at the safe address.</summary>
    private static bool IsCountry(ReadOnlySpan<char> ending)
    {
        if (ending is "com" or "cat") return true;
        if (ending.StartsWith("co.")) ending = ending[3..];
        else if (ending.StartsWith("com.")) ending = ending[4..];
        return ending.Length == 2 && char.IsAsciiLetterLower(ending[0]) && char.IsAsciiLetterLower(ending[1]);
    }
}
