using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace FilterGate.Matching;

/// <summary>What an address does with the one that stands in it.</summary>
public enum EmbeddedUse : byte
{
    /// <summary>It names it: a link, a redirect, a log-in that comes back, a thumbnail. Whoever follows it makes a request of its own, which is decided too.</summary>
    Named,

    /// <summary>It shows it: a translator, a page cache, an archive. What comes back is the other site's page, so it is treated as that page.</summary>
    Shown,
}

/// <summary>An address that stands in another one.</summary>
/// <param name="Url">The inner address.</param>
/// <param name="Use">What the outer one does with it.</param>
public readonly record struct EmbeddedUrl(CanonicalUrl Url, EmbeddedUse Use);

/// <summary>Finds the addresses that stand in an address: <c>www-example-com.translate.goog</c>, <c>web.archive.org/web/2020/http://example.com/</c>, <c>?url=https://example.com/</c>.</summary>
/// <remarks>
/// <para>In this order: the host forms of Google's translator and of the AMP caches; the viewers known by name; parameters whose name says that an address follows and whose value begins with
/// <c>http:</c>, <c>https:</c> or <c>//</c>; a path that goes on with <c>/http://</c>. An address in the address found is looked for too, <see cref="DepthMax"/> deep, <see cref="AddressesMax"/> in all. What stands beyond that, or
/// encoded in another way than by percent-escapes (Base64, a number for a link), is not found; a short link cannot be seen through without a request and is a category of its own. The words of a search (<c>q=</c>) are nobody's address.</para>
/// <para>Static and without state: safe from any thread. For the usual address without one nothing is allocated: two vectorised searches and one look-up of the host (<see cref="MayHold"/>).</para>
/// </remarks>
public static class EmbeddedUrls
{
    /// <summary>Most addresses found in one. A page translated out of an archive has two; a share button one.</summary>
    public const int AddressesMax = 4;

    /// <summary>How deep addresses are looked for in addresses.</summary>
    public const int DepthMax = 2;

    private const string TranslateGoog = ".translate.goog";

    /// <summary>Domains of AMP caches (<see href="https://cdn.ampproject.org/caches.json"/>).</summary>
    private static readonly string[] AmpCaches = [".cdn.ampproject.org", ".bing-amp.com"];

    /// <summary>What <c>http:</c>, <c>https:</c> and <c>//</c> cannot do without.</summary>
    private static readonly SearchValues<char> Marks = SearchValues.Create(":/");

    /// <summary>Names of parameters that hold an address, in lower case. Words of a search and addresses of the page that a request comes from are not among them.</summary>
    private static readonly FrozenSet<string> Names = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "url", "u", "uri", "link", "href", "web", "page", "site", "target", "target_url", "targeturl", "dest", "dest_url", "destination", "redirect", "redirect_to", "redirect_uri", "redirect_url",
        "redirecturl", "redir", "goto", "go", "to", "out", "next", "continue", "return", "return_to", "return_url", "returnto", "returnurl", "forward", "location", "view", "src", "source_url", "img", "imgurl",
        "image", "image_url", "imageurl", "imgrefurl", "mediaurl", "murl", "riu", "purl", "rurl", "uddg", "file", "feed", "proxy", "browse");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> NameLookup = Names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Viewers by host: what they show stands in this parameter, with or without a scheme, or in the path.</summary>
    private static readonly FrozenDictionary<string, Viewer> Viewers = new Dictionary<string, Viewer>(StringComparer.Ordinal)
    {
        ["translate.googleusercontent.com"] = new(Form.Parameter, "u"),
        ["webcache.googleusercontent.com"] = new(Form.GoogleCache, "q"),
        ["cc.bingj.com"] = new(Form.Parameter, "u"),
        ["www.translatetheweb.com"] = new(Form.Parameter, "a"),
        ["translatetheweb.com"] = new(Form.Parameter, "a"),
        ["www.microsofttranslator.com"] = new(Form.Parameter, "a"),
        ["ssl.microsofttranslator.com"] = new(Form.Parameter, "a"),
        ["translate.yandex.com"] = new(Form.Parameter, "url"),
        ["translate.yandex.net"] = new(Form.Parameter, "url"),
        ["translate.yandex.ru"] = new(Form.Parameter, "url"),
        ["web.archive.org"] = new(Form.Archive, ""),
        ["archive.org"] = new(Form.Archive, ""),
        ["archive.fo"] = new(Form.Archive, ""),
        ["archive.is"] = new(Form.Archive, ""),
        ["archive.li"] = new(Form.Archive, ""),
        ["archive.md"] = new(Form.Archive, ""),
        ["archive.ph"] = new(Form.Archive, ""),
        ["archive.today"] = new(Form.Archive, ""),
        ["archive.vn"] = new(Form.Archive, ""),
        ["i0.wp.com"] = new(Form.Thumbnail, ""),
        ["i1.wp.com"] = new(Form.Thumbnail, ""),
        ["i2.wp.com"] = new(Form.Thumbnail, ""),
        ["i3.wp.com"] = new(Form.Thumbnail, ""),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private enum Form : byte
    {
        /// <summary>In a parameter.</summary>
        Parameter,

        /// <summary><c>q=cache:ID:example.com/path+words</c>.</summary>
        GoogleCache,

        /// <summary><c>/web/TIME/ADDRESS</c>, <c>/TIME/ADDRESS</c>, <c>/newest/ADDRESS</c>.</summary>
        Archive,

        /// <summary><c>/example.com/picture.jpg</c>: a picture, made smaller.</summary>
        Thumbnail,
    }

    /// <summary>False when no address can stand in this one: nearly always, and cheaply.</summary>
    public static bool MayHold(CanonicalUrl url, Seen seen)
    {
        if (seen == Seen.Url && ((url.Query is { Length: > 0 } query && query.AsSpan().ContainsAny(Marks)) || url.Path.Contains(':'))) return true;
        var host = url.Host;
        return Viewers.ContainsKey(host) || IsGoogle(host) || host.EndsWith(TranslateGoog, StringComparison.Ordinal) || CacheOf(host) is not null;
    }

    /// <summary>Finds them.</summary>
    /// <param name="url">The outer address.</param>
    /// <param name="seen">With <see cref="Seen.Host"/> the host forms alone are read, and the path of what they show is not known.</param>
    /// <returns>At most <see cref="AddressesMax"/>, outermost first; empty for none (then nothing is allocated). The address itself is never among them.</returns>
    public static ImmutableArray<EmbeddedUrl> Find(CanonicalUrl url, Seen seen)
    {
        if (!MayHold(url, seen)) return [];
        var found = new Found(url);
        FindIn(url, seen, EmbeddedUse.Shown, ref found);
        if (seen == Seen.Url)
        {
            // One level for each round: what the last round found is looked into, and what this one finds waits for the next.
            for (var (depth, from) = (1, 0); depth < DepthMax; depth++)
                for (var end = found.Count; from < end; from++)
                    if (MayHold(found[from].Url, seen)) FindIn(found[from].Url, seen, found[from].Use, ref found);
        }
        return found.ToImmutable();
    }

    /// <summary>The host that a viewer's own host name stands for: <c>www.example.com</c> for <c>www-example-com.translate.goog</c>; null for any other host.</summary>
    public static string? HostShownBy(string canonicalHost)
    {
        var text = canonicalHost.EndsWith(TranslateGoog, StringComparison.Ordinal) ? DecodeTranslateGoog(canonicalHost, query: null)
            : CacheOf(canonicalHost) is { } cache ? DecodeAmp(canonicalHost[..^cache.Length])
            : null;
        return text is not null && CanonicalUrl.TryCanonicalizeHost(text, out var host) ? host : null;
    }

    /// <param name="url">Where to look.</param>
    /// <param name="seen">How much of it is known.</param>
    /// <param name="useMax">What the way here does with the address: what a link leads to is only named, whatever it shows.</param>
    /// <param name="found">Takes what is found.</param>
    private static void FindIn(CanonicalUrl url, Seen seen, EmbeddedUse useMax, ref Found found)
    {
        if (FindShownByHost(url, seen, useMax, ref found) || seen == Seen.Host) return;
        if (FindInViewer(url, useMax, ref found)) return;
        if (url.Query is { Length: > 0 } query)
        {
            foreach (var (name, value, rest) in new Parameters(query))
            {
                // The parameter q is a search nearly everywhere; the redirects of Google's results are the exception.
                if (!NameLookup.Contains(name) && !(name is "q" && url.Path == "/url" && IsGoogle(url.Host))) continue;
                if (HasScheme(value)) found.AddValue(value, rest, EmbeddedUse.Named);
            }
        }
        if (url.Path.Contains(':') && IndexOfScheme(url.Path) is >= 0 and var at) found.AddPath(url, at, EmbeddedUse.Named);
    }

    private static bool FindShownByHost(CanonicalUrl url, Seen seen, EmbeddedUse use, ref Found found)
    {
        if (url.Host.EndsWith(TranslateGoog, StringComparison.Ordinal))
        {
            if (DecodeTranslateGoog(url.Host, seen == Seen.Url ? url.Query : null) is not { } host) return false;
            var query = seen == Seen.Url ? WithoutTranslatorsOwn(url.Query) : null;
            // _x_tr_sch=http says that the page itself is not HTTPS.
            var scheme = Parameters.Find(url.Query, "_x_tr_sch") is "http" ? "http" : "https";
            return found.Add($"{scheme}://{host}{(seen == Seen.Url ? url.Path : "/")}{(query is null ? "" : "?" + query)}", use);
        }
        if (CacheOf(url.Host) is not { } cache) return false;
        // /c/s/example.com/page: a kind, s for HTTPS, and the address without its scheme.
        if (seen == Seen.Url && SkipAmpPrefix(url.Path) is >= 0 and var start) return found.AddPath(url, start, use);
        return DecodeAmp(url.Host[..^cache.Length]) is { } shown && found.Add($"https://{shown}/", use);
    }

    private static bool FindInViewer(CanonicalUrl url, EmbeddedUse use, ref Found found)
    {
        if (!Viewers.TryGetValue(url.Host, out var viewer))
        {
            if (!IsGoogle(url.Host)) return false;
            if (url.Path.StartsWith("/amp/", StringComparison.Ordinal)) return SkipAmpPrefix(url.Path.AsSpan(4)) is >= 0 and var at && found.AddPath(url, at + 4, use);
            if (!url.Host.StartsWith("translate.", StringComparison.Ordinal)) return false;
            viewer = new(Form.Parameter, "u");
        }
        switch (viewer.Form)
        {
            case Form.Parameter:
                foreach (var (name, value, rest) in new Parameters(url.Query ?? ""))
                    if (name.Equals(viewer.Name, StringComparison.OrdinalIgnoreCase) && LooksLikeAddress(value)) return found.AddValue(value, rest, use);
                return false;
            case Form.GoogleCache:
                return CachedByGoogle(Parameters.Find(url.Query, viewer.Name)) is { Length: > 0 } cached && found.Add(cached.ToString(), use);
            case Form.Archive:
                return SkipArchivePrefix(url.Path) is >= 0 and var start && found.AddPath(url, start, use);
            default:
                return LooksLikeAddress(url.Path.AsSpan(1)) && found.AddPath(url, 1, EmbeddedUse.Named);
        }
    }

    /// <summary>Any of Google's own country sites, and its translator under them: <c>www.google.com</c>, <c>translate.google.co.uk</c>.</summary>
    private static bool IsGoogle(string host) =>
        host.StartsWith("www.google.", StringComparison.Ordinal) || host.StartsWith("translate.google.", StringComparison.Ordinal) || host.StartsWith("google.", StringComparison.Ordinal);

    private static string? CacheOf(string host)
    {
        foreach (var cache in AmpCaches)
            if (host.EndsWith(cache, StringComparison.Ordinal)) return cache;
        return null;
    }

    /// <summary>The host in front of <c>.translate.goog</c>, as Google says how to read it (<see href="https://developers.google.com/search/docs/appearance/ad-network-and-translation"/>): dots became hyphens, and hyphens two.</summary>
    private static string? DecodeTranslateGoog(string host, string? query)
    {
        var prefix = host[..^TranslateGoog.Length];
        if (prefix.Contains('.', StringComparison.Ordinal)) prefix = prefix[(prefix.LastIndexOf('.') + 1)..];
        // Steps 2 to 5: a name too long for a label stands half in a parameter; 1- marks one that begins or ends oddly, 0- one that was international.
        var encodings = Parameters.Find(query, "_x_tr_enc");
        prefix = string.Concat(Parameters.Find(query, "_x_tr_hp"), prefix);
        if (Lists(encodings, '1') && prefix.StartsWith("1-", StringComparison.Ordinal)) prefix = prefix[2..];
        var isInternational = Lists(encodings, '0') && prefix.StartsWith("0-", StringComparison.Ordinal);
        if (isInternational) prefix = prefix[2..];
        return DecodeHyphens(prefix) is { } name ? isInternational ? "xn--" + name : name : null;

        static bool Lists(ReadOnlySpan<char> encodings, char wanted)
        {
            foreach (var part in encodings.Split(','))
                if (encodings[part] is [var only] && only == wanted) return true;
            return false;
        }
    }

    /// <summary>The domain in front of an AMP cache's (<see href="https://amp.dev/documentation/guides-and-tutorials/learn/amp-caches-and-cors/amp-cache-urls/"/>): <c>0-…-0</c> around a name whose hyphens would look like punycode. A hash, or a name in
    /// punycode as a whole, cannot be read back; the path has the address.</summary>
    private static string? DecodeAmp(string prefix)
    {
        if (prefix.Contains('.', StringComparison.Ordinal) || prefix.StartsWith("xn--", StringComparison.Ordinal)) return null;
        if (prefix.StartsWith("0-", StringComparison.Ordinal) && prefix.EndsWith("-0", StringComparison.Ordinal) && prefix.Length > 4) prefix = prefix[2..^2];
        return DecodeHyphens(prefix);
    }

    /// <summary>One hyphen between letters or digits is a dot, two are a hyphen; null when there is no dot in the name then.</summary>
    private static string? DecodeHyphens(string text)
    {
        var name = new char[text.Length];
        var (length, dots) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '-') name[length++] = text[i];
            else if (i + 1 < text.Length && text[i + 1] == '-')
            {
                name[length++] = '-';
                i++;
            }
            else if (i > 0 && i + 1 < text.Length)
            {
                name[length++] = '.';
                dots++;
            }
            else name[length++] = '-';
        }
        return dots > 0 ? new string(name, 0, length) : null;
    }

    private static string? WithoutTranslatorsOwn(string? query)
    {
        if (query is null || !query.Contains("_x_tr_", StringComparison.Ordinal)) return query;
        var own = string.Join('&', query.Split('&').Where(p => !p.StartsWith("_x_tr_", StringComparison.Ordinal)));
        return own.Length == 0 ? null : own;
    }

    /// <summary>Where the address begins behind <c>/c/s/</c>, or -1.</summary>
    private static int SkipAmpPrefix(ReadOnlySpan<char> path)
    {
        // /c/, /v/, /i/, /r/, /wp/: at most three letters for the kind; under google.com/amp/ there is none.
        var start = 1;
        for (var segments = 0; segments < 2; segments++)
        {
            var slash = path[start..].IndexOf('/');
            if (slash is < 0 or > 3) break;
            start += slash + 1;
        }
        return start < path.Length && LooksLikeAddress(path[start..]) ? start : -1;
    }

    /// <summary>Where the address begins behind <c>/web/20200101000000id_/</c>, <c>/2020.01.01-000000/</c>, <c>/newest/</c>, <c>/o/aBcDe/</c> or nothing, or -1.</summary>
    private static int SkipArchivePrefix(ReadOnlySpan<char> path)
    {
        var start = 1;
        var isAfterShort = false;
        for (var segments = 0; segments < 3; segments++)
        {
            var slash = path[start..].IndexOf('/');
            if (slash < 0) break;
            var segment = path.Slice(start, slash);
            if (!isAfterShort && segment is not ("web" or "save" or "newest" or "oldest" or "timegate" or "o" or "wayback") && !IsTime(segment)) break;
            isAfterShort = segment is "o";
            start += slash + 1;
        }
        return start < path.Length && LooksLikeAddress(path[start..]) ? start : -1;

        // A year at least, then whatever an archive adds: digits, dots and hyphens, a flag such as id_ or im_, a star.
        static bool IsTime(ReadOnlySpan<char> segment) => segment.Length >= 4 && !segment[..4].ContainsAnyExceptInRange('0', '9') && segment.Length <= 24;
    }

    /// <summary>The address in <c>cache:ID:example.com/page+words</c>; empty when there is none.</summary>
    private static ReadOnlySpan<char> CachedByGoogle(ReadOnlySpan<char> value)
    {
        if (!value.StartsWith("cache:")) return default;
        value = value["cache:".Length..];
        if (value.IndexOf(':') is > 0 and var colon && !HasScheme(value) && value[..colon].IndexOf('.') < 0) value = value[(colon + 1)..];
        if (value.IndexOf('+') is >= 0 and var words) value = value[..words];
        if (value.IndexOf("%20") is >= 0 and var blank) value = value[..blank];
        return LooksLikeAddress(value) ? value : default;
    }

    /// <summary>Begins with <c>http:</c>, <c>https:</c> or <c>//host</c>, in the spellings that browsers take for it.</summary>
    private static bool HasScheme(ReadOnlySpan<char> text) =>
        text.StartsWith("http:", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
        || (text.Length > 2 && text[0] is '/' or '\\' && text[1] is '/' or '\\' && text[2] is not ('/' or '\\'));

    /// <summary>Has a scheme, or begins with what can be a host: a name with a dot in it.</summary>
    private static bool LooksLikeAddress(ReadOnlySpan<char> text)
    {
        if (HasScheme(text)) return true;
        var end = text.IndexOfAny("/?:&%");
        var host = end < 0 ? text : text[..end];
        return host.IndexOf('.') > 0 && host[^1] != '.' && !host.ContainsAny(' ', '+', '*');
    }

    /// <summary>Where <c>http:</c> or <c>https:</c> begins behind a slash, or -1. Doubled slashes are one in a canonical path.</summary>
    private static int IndexOfScheme(ReadOnlySpan<char> path)
    {
        for (var from = 0; path[from..].IndexOf("/http", StringComparison.OrdinalIgnoreCase) is >= 0 and var at; from += at + 1)
            if (HasScheme(path[(from + at + 1)..])) return from + at + 1;
        return -1;
    }

    /// <summary>A host that shows other sites.</summary>
    private readonly record struct Viewer(Form Form, string Name);

    /// <summary>Collects addresses; allocates with the first.</summary>
    private struct Found(CanonicalUrl outer)
    {
        private EmbeddedUrl[]? _addresses;

        public int Count { get; private set; }

        public readonly EmbeddedUrl this[int index] => _addresses![index];

        /// <summary>Adds the value of a parameter. A canonical query is unescaped, so nobody can say any more whether an ampersand ends the value or belongs to the address in it: both readings count.</summary>
        public bool AddValue(ReadOnlySpan<char> value, ReadOnlySpan<char> rest, EmbeddedUse use)
        {
            var isAdded = Add(value.ToString(), use);
            if (value.Length < rest.Length && value.Contains('?')) isAdded |= Add(rest.ToString(), use);
            return isAdded;
        }

        /// <summary>Adds what a path goes on with, and the query, which belongs to it.</summary>
        public bool AddPath(CanonicalUrl url, int start, EmbeddedUse use)
        {
            // A question mark of the inner address was escaped, lest it end the outer path.
            var path = url.Path.AsSpan(start).ToString().Replace("%3F", "?", StringComparison.Ordinal);
            return Add(string.IsNullOrEmpty(url.Query) ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{url.Query}", use);
        }

        public bool Add(string text, EmbeddedUse use)
        {
            if (Count == AddressesMax) return false;
            // An escaped number sign is the inner address's fragment, which no server sees.
            if (text.IndexOf("%23", StringComparison.Ordinal) is >= 0 and var fragment) text = text[..fragment];
            if (text.StartsWith('\\')) text = text.Replace('\\', '/');
            if (!CanonicalUrl.TryParse(text, out var url, out _) || !(url.IsIpLiteral || CanonicalHost.IsPlainName(url.Host))) return false;
            if (url.Equals(outer)) return false;
            for (var i = 0; i < Count; i++)
                if (_addresses![i].Url.Equals(url)) return true;
            _addresses ??= new EmbeddedUrl[AddressesMax];
            _addresses[Count++] = new(url, use);
            return true;
        }

        public readonly ImmutableArray<EmbeddedUrl> ToImmutable() => Count == 0 ? [] : ImmutableArray.Create(_addresses!, 0, Count);
    }

    /// <summary>Walks the parameters of a query: name, value, and all that follows from the value on. No allocation.</summary>
    [SuppressMessage("Performance", "CA1815:Override equals and operator equals on value types", Justification = "a walk is not compared")]
    private ref struct Parameters(ReadOnlySpan<char> query)
    {
        private ReadOnlySpan<char> _rest = query;

        public Parameter Current { get; private set; }

        /// <summary>The value of a parameter; empty without one.</summary>
        public static ReadOnlySpan<char> Find(string? query, string wanted)
        {
            if (query is null) return default;
            foreach (var (name, value, _) in new Parameters(query))
                if (name.SequenceEqual(wanted)) return value;
            return default;
        }

        public readonly Parameters GetEnumerator() => this;

        public bool MoveNext()
        {
            while (!_rest.IsEmpty)
            {
                var end = _rest.IndexOf('&');
                var pair = end < 0 ? _rest : _rest[..end];
                var equals = pair.IndexOf('=');
                var rest = _rest;
                _rest = end < 0 ? default : _rest[(end + 1)..];
                if (equals <= 0) continue;
                Current = new(pair[..equals], pair[(equals + 1)..], rest[(equals + 1)..]);
                return true;
            }
            return false;
        }
    }

    private readonly ref struct Parameter(ReadOnlySpan<char> name, ReadOnlySpan<char> value, ReadOnlySpan<char> rest)
    {
        private readonly ReadOnlySpan<char> _name = name, _value = value, _rest = rest;

        public void Deconstruct(out ReadOnlySpan<char> name, out ReadOnlySpan<char> value, out ReadOnlySpan<char> rest)
        {
            name = _name;
            value = _value;
            rest = _rest;
        }
    }
}
