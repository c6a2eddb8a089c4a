using System.Net;
using FilterGate.Matching;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>What a page loads from a host.</summary>
[Flags]
public enum PartKinds
{
    /// <summary>Nothing that is known.</summary>
    None = 0,

    /// <summary>Programs.</summary>
    Script = 1,

    /// <summary>Style sheets.</summary>
    Style = 2,

    /// <summary>Pages within the page.</summary>
    Frame = 4,

    /// <summary>Pictures.</summary>
    Image = 8,

    /// <summary>Letters.</summary>
    Font = 16,

    /// <summary>Sound and film.</summary>
    Media = 32,
}

/// <summary>Finds what a page and its style sheets load, without running or drawing any of it.</summary>
/// <remarks>
/// <para>One pass over the tags: a browser's whole parser would find the same hosts, for it differs in the tree that it builds and not in the attributes that tags have.
/// Comments are passed over and scripts are not read; what a script loads later is not seen, and whoever shows the result says so.</para>
/// <para>A page takes time in proportion to its length, whatever it is, a style sheet at most that for each part; at most <see cref="PartsMax"/> parts. Not safe from several threads.</para>
/// </remarks>
public sealed class PageParts
{
    /// <summary>Most addresses taken from one page and its style sheets: far more than a page has that a school reads.</summary>
    public const int PartsMax = 2000;

    private const int AttributesMax = 100;

    private static readonly char[] Blanks = [' ', '\t', '\r', '\n', '\f'];

    private readonly Dictionary<string, PartKinds> _hosts = new(StringComparer.Ordinal);
    private readonly List<CanonicalUrl> _styles = [];
    private int _parts;

    /// <summary>Every host with what is loaded from it.</summary>
    public IReadOnlyDictionary<string, PartKinds> Hosts => _hosts;

    /// <summary>The page's style sheets, in order: they load more.</summary>
    public IReadOnlyList<CanonicalUrl> Styles => _styles;

    /// <summary>Reads a page.</summary>
    /// <param name="html">The page, or its beginning.</param>
    /// <param name="address">Its address, which relative ones are relative to unless it names another.</param>
    public void ReadPage(string html, CanonicalUrl address)
    {
        ArgumentNullException.ThrowIfNull(html);
        ArgumentNullException.ThrowIfNull(address);
        var origin = new Uri(address.ToString());
        var at = 0;
        while (at < html.Length && _parts < PartsMax)
        {
            at = html.IndexOf('<', at);
            if (at < 0 || at + 1 == html.Length) return;
            if (html.AsSpan(at).StartsWith("<!--", StringComparison.Ordinal))
            {
                var end = html.IndexOf("-->", at + 4, StringComparison.Ordinal);
                // A browser shows what follows a comment that never ends as part of it.
                if (end < 0) return;
                at = end + 3;
                continue;
            }
            at++;
            if (!char.IsAsciiLetter(html[at])) continue;
            var name = TakeName(html, ref at);
            var attributes = TakeAttributes(html, ref at);
            if (name == "base" && attributes.TryGetValue("href", out var given) && Uri.TryCreate(origin, given, out var other)) origin = other;
            else TakeTag(name, attributes, origin);
            // What stands in these is no markup.
            if (name is not ("script" or "style")) continue;
            var close = html.IndexOf("</" + name, at, StringComparison.OrdinalIgnoreCase);
            if (name == "style") TakeStyle(html.AsSpan(at..(close < 0 ? html.Length : close)), origin);
            at = close < 0 ? html.Length : close;
        }
    }

    /// <summary>Reads a style sheet.</summary>
    /// <param name="css">The text, or its beginning.</param>
    /// <param name="address">Its address.</param>
    public void ReadStyle(string css, CanonicalUrl address)
    {
        ArgumentNullException.ThrowIfNull(address);
        TakeStyle(css, new Uri(address.ToString()));
    }

    private void TakeTag(string name, Dictionary<string, string> attributes, Uri origin)
    {
        if (attributes.TryGetValue("style", out var style)) TakeStyle(style, origin);
        switch (name)
        {
            case "script":
                Take("src", PartKinds.Script);
                break;
            case "link":
                if (KindOfLink(attributes.GetValueOrDefault("rel", ""), attributes.GetValueOrDefault("as", "")) is var kind and not PartKinds.None) Take("href", kind);
                break;
            case "iframe" or "frame" or "embed":
                Take("src", PartKinds.Frame);
                break;
            case "object":
                Take("data", PartKinds.Frame);
                break;
            case "img" or "input" or "image":
                Take("src", PartKinds.Image);
                TakeSet("srcset");
                break;
            case "source":
                Take("src", PartKinds.Media);
                TakeSet("srcset");
                break;
            case "video" or "audio" or "track":
                Take("src", PartKinds.Media);
                Take("poster", PartKinds.Image);
                break;
        }

        void Take(string attribute, PartKinds kind)
        {
            if (attributes.TryGetValue(attribute, out var address)) Add(address, kind, origin);
        }

        void TakeSet(string attribute)
        {
            // Addresses and widths: "a.png 1x, b.png 2x".
            if (!attributes.TryGetValue(attribute, out var set)) return;
            foreach (var candidate in set.Split(',', PartsMax, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) Add(candidate.Split(Blanks, 2)[0], PartKinds.Image, origin);
        }
    }

    /// <summary>What a <c>link</c> loads; nothing for one that only tells of another page.</summary>
    private static PartKinds KindOfLink(string relation, string asWhat)
    {
        var kind = PartKinds.None;
        foreach (var word in relation.ToLowerInvariant().Split(Blanks, StringSplitOptions.RemoveEmptyEntries))
        {
            kind |= word switch
            {
                "stylesheet" => PartKinds.Style,
                "icon" or "apple-touch-icon" => PartKinds.Image,
                "modulepreload" => PartKinds.Script,
                "preload" => asWhat.ToLowerInvariant() switch { "script" or "worker" => PartKinds.Script, "style" => PartKinds.Style, "font" => PartKinds.Font, "image" => PartKinds.Image, "audio" or "video" or "track" => PartKinds.Media, _ => PartKinds.None },
                _ => PartKinds.None,
            };
        }
        return kind;
    }

    /// <summary>Takes <c>url(…)</c> and <c>@import "…"</c>.</summary>
    private void TakeStyle(ReadOnlySpan<char> css, Uri origin)
    {
        while (_parts < PartsMax)
        {
            var (url, import) = (css.IndexOf("url(", StringComparison.OrdinalIgnoreCase), css.IndexOf("@import", StringComparison.OrdinalIgnoreCase));
            if (url < 0 && import < 0) return;
            var isImport = import >= 0 && (url < 0 || import < url);
            css = css[(isImport ? import + "@import".Length : url + "url(".Length)..].TrimStart();
            if (isImport && css.StartsWith("url(", StringComparison.OrdinalIgnoreCase)) css = css["url(".Length..].TrimStart();
            var quote = css.IsEmpty ? '\0' : css[0];
            var isQuoted = quote is '"' or '\'';
            if (isQuoted) css = css[1..];
            else if (isImport && (css.IsEmpty || css[0] is ';' or '{'))
            {
                // Counted too, so that a text of nothing but these is not gone through for each of them.
                _parts++;
                continue;
            }
            var end = isQuoted ? css.IndexOf(quote) : css.IndexOfAny(")\n;");
            if (end < 0) return;
            var address = css[..end].Trim().ToString();
            css = css[end..];
            Add(address, isImport ? PartKinds.Style : KindOfFile(address), origin);
        }
    }

    private static PartKinds KindOfFile(string address)
    {
        var path = address.AsSpan();
        if (path.IndexOfAny('?', '#') is var end and >= 0) path = path[..end];
        foreach (var ending in (ReadOnlySpan<string>)[".woff2", ".woff", ".ttf", ".otf", ".eot"])
            if (path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) return PartKinds.Font;
        return PartKinds.Image;
    }

    private void Add(string address, PartKinds kind, Uri origin)
    {
        if (_parts++ >= PartsMax || address.Length is 0 or > CanonicalUrl.LengthMax) return;
        if (!Uri.TryCreate(origin, address.Trim(), out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps) || !CanonicalUrl.TryParse(uri.AbsoluteUri, out var url, out _)) return;
        _hosts[url.Host] = _hosts.GetValueOrDefault(url.Host) | kind;
        if (kind.HasFlag(PartKinds.Style) && !_styles.Contains(url)) _styles.Add(url);
    }

    private static string TakeName(string html, ref int at)
    {
        var start = at;
        while (at < html.Length && (char.IsAsciiLetterOrDigit(html[at]) || html[at] is '-' or ':')) at++;
        return html[start..at].ToLowerInvariant();
    }

    /// <summary>The attributes of a tag, as the standard reads them: the first of a name holds.</summary>
    private static Dictionary<string, string> TakeAttributes(string html, ref int at)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        while (at < html.Length)
        {
            while (at < html.Length && (html[at] == '/' || char.IsWhiteSpace(html[at]))) at++;
            if (at == html.Length) break;
            if (html[at] == '>')
            {
                at++;
                break;
            }
            var start = at++;
            while (at < html.Length && html[at] is not ('=' or '>' or '/') && !char.IsWhiteSpace(html[at])) at++;
            var name = html[start..at].ToLowerInvariant();
            while (at < html.Length && char.IsWhiteSpace(html[at])) at++;
            var value = "";
            if (at < html.Length && html[at] == '=')
            {
                at++;
                while (at < html.Length && char.IsWhiteSpace(html[at])) at++;
                value = TakeValue(html, ref at);
            }
            if (attributes.Count < AttributesMax) attributes.TryAdd(name, WebUtility.HtmlDecode(value));
        }
        return attributes;
    }

    private static string TakeValue(string html, ref int at)
    {
        if (at == html.Length) return "";
        var start = at;
        if (html[at] is '"' or '\'')
        {
            var end = html.IndexOf(html[at], at + 1);
            at = end < 0 ? html.Length : end + 1;
            return html[(start + 1)..(end < 0 ? html.Length : end)];
        }
        while (at < html.Length && html[at] != '>' && !char.IsWhiteSpace(html[at])) at++;
        return html[start..at];
    }
}
