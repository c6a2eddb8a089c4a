using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FilterGate.Matching;

/// <summary>A URL in the one form that lists, decisions and events use, so that two spellings a browser treats as one never fall on two sides of a rule.</summary>
/// <remarks>
/// The Safe Browsing canonicalisation with the query kept (<see href="https://developers.google.com/safe-browsing/v4/urls-hashing#canonicalization"/>), after what a browser does
/// (<see href="https://url.spec.whatwg.org/"/>). The origin still gets the client's own bytes. Reading the text of a canonical URL gives the same URL. Immutable; safe from any thread.
/// </remarks>
public sealed class CanonicalUrl : IEquatable<CanonicalUrl>
{
    /// <summary>Longest URL read, in characters. Kestrel stops a request line far below; this bounds lists and the command line.</summary>
    public const int LengthMax = 64 * 1024;

    /// <summary>Longest <see cref="Host"/>, in bytes.</summary>
    public const int HostLengthMax = CanonicalHost.LengthMax;

    private const string Http = "http", Https = "https";

    private CanonicalUrl(string scheme, string host, int port, string path, string? query) =>
        (Scheme, Host, Port, Path, Query) = (scheme, host, port, path, query);

    /// <summary>Lower-case scheme, <c>http</c> or <c>https</c> for anything a proxy carries.</summary>
    public string Scheme { get; }

    /// <summary>Lower-case ASCII host without trailing dot, at most 253 bytes; IPv4 as dotted decimal; IPv6 in brackets, RFC 5952 form.</summary>
    public string Host { get; }

    /// <summary>1 to 65535.</summary>
    public int Port { get; }

    /// <summary>Begins with <c>/</c>; percent-escaped in upper-case hex, dot segments and doubled slashes resolved.</summary>
    public string Path { get; }

    /// <summary>Without the question mark; null when the URL has none.</summary>
    public string? Query { get; }

    /// <summary>True when <see cref="Host"/> is an address.</summary>
    public bool IsIpLiteral => IsCanonicalIpLiteral(Host);

    /// <summary>Reads a URL as a person or a list writes it; without a scheme it is <c>http</c>.</summary>
    /// <param name="text">At most <see cref="LengthMax"/> characters. <c>ws</c> and <c>wss</c> are read as <c>http</c> and <c>https</c>, which carry them.</param>
    /// <param name="url">The result.</param>
    /// <param name="error">A reason in plain words.</param>
    /// <returns>False with a reason when it is no URL with a host. Never throws.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out CanonicalUrl? url, [NotNullWhen(false)] out string? error)
    {
        url = null;
        if (text.Length > LengthMax) return Fail($"longer than {LengthMax} characters", out error);
        // As browsers do: tabs and line ends vanish anywhere, blanks and controls at the ends. The fragment never leaves the browser.
        if (text.AsSpan().ContainsAny('\t', '\r', '\n'))
            text = text.Replace("\t", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        var rest = TrimControls(text);
        if (rest.IndexOf('#') is var fragment and >= 0) rest = rest[..fragment];
        if (rest.IsEmpty) return Fail("empty", out error);

        var hasScheme = TryTakeScheme(ref rest, out var scheme, out error);
        if (error is not null) return false;

        var authorityEnd = rest.IndexOfAny('/', '\\', '?');
        var authority = authorityEnd < 0 ? rest : rest[..authorityEnd];
        var target = authorityEnd < 0 ? default : rest[authorityEnd..];
        if (authority.LastIndexOf('@') is var at and >= 0)
        {
            // user@host without a scheme is far more likely somebody's e-mail address, which must not become a rule for the host.
            if (!hasScheme) return Fail("looks like an e-mail address; write http:// in front of a URL with a user name", out error);
            authority = authority[(at + 1)..];
        }

        var port = scheme == Https ? 443 : 80;
        var host = authority;
        // A bare IPv6 address has colons of its own; a port can only follow its brackets.
        var colon = authority.LastIndexOf(':');
        if (colon > authority.LastIndexOf(']') && (authority.Count(':') == 1 || authority[0] == '['))
        {
            host = authority[..colon];
            var digits = authority[(colon + 1)..];
            if (!digits.IsEmpty && (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
                return Fail("its port is not a number from 1 to 65535", out error);
        }
        if (host.IsEmpty) return Fail("has no host", out error);
        if (!CanonicalHost.TryCanonicalize(host, out var canonicalHost)) return Fail("its host is not a name or an address", out error);
        url = Create(scheme, canonicalHost, port, target, wholeTarget: null);
        error = null;
        return true;
    }

    /// <summary>Makes the canonical form of a request from its parts.</summary>
    /// <param name="scheme"><c>http</c> or <c>https</c>.</param>
    /// <param name="host">Host as the client wrote it, without port.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="target">Path and query as on the request line, from <c>/</c> or <c>?</c> on; empty means <c>/</c>.</param>
    /// <param name="url">The result.</param>
    /// <returns>False when the parts make no URL: another scheme, no host, a port out of range, a target of another form or longer than <see cref="LengthMax"/>. Never throws.</returns>
    public static bool TryCreate(string scheme, ReadOnlySpan<char> host, int port, ReadOnlySpan<char> target, [NotNullWhen(true)] out CanonicalUrl? url)
    {
        url = null;
        return CanCreate(ref scheme, port, target) && CanonicalHost.TryCanonicalize(host, out var canonicalHost)
            && (url = Create(scheme, canonicalHost, port, target, wholeTarget: null)) is not null;
    }

    /// <summary>As the other <c>TryCreate</c>, for callers that hold strings: what is canonical already is kept, not copied.</summary>
    /// <remarks>For the usual request (a lower-case name, a clean target without a query) only the URL itself is allocated, 48 bytes.</remarks>
    /// <inheritdoc cref="TryCreate(string, ReadOnlySpan{char}, int, ReadOnlySpan{char}, out CanonicalUrl?)"/>
    public static bool TryCreate(string scheme, string host, int port, string target, [NotNullWhen(true)] out CanonicalUrl? url)
    {
        url = null;
        if (!CanCreate(ref scheme, port, target)) return false;
        if (!CanonicalHost.IsCanonical(host))
        {
            if (!CanonicalHost.TryCanonicalize(host, out var canonicalHost)) return false;
            host = canonicalHost;
        }
        url = Create(scheme, host, port, target, target);
        return true;
    }

    /// <summary>Brings a host alone into canonical form.</summary>
    /// <returns>False when it is no name or address. Never throws.</returns>
    public static bool TryCanonicalizeHost(ReadOnlySpan<char> host, [NotNullWhen(true)] out string? canonical) => CanonicalHost.TryCanonicalize(host, out canonical);

    /// <summary>The same URL at another host: every name seen on a connection is decided.</summary>
    /// <param name="canonicalHost">A host in canonical form.</param>
    public CanonicalUrl WithHost(string canonicalHost) => new(Scheme, canonicalHost, Port, Path, Query);

    /// <summary>The host in canonical form at the root of a scheme: what is known of a tunnel.</summary>
    public static CanonicalUrl ForHost(string scheme, string canonicalHost, int port) => new(scheme, canonicalHost, port, "/", null);

    /// <inheritdoc/>
    public bool Equals(CanonicalUrl? other) => other is not null && Scheme == other.Scheme && Host == other.Host && Port == other.Port && Path == other.Path && Query == other.Query;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CanonicalUrl);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Scheme, Host, Port, Path, Query);

    /// <summary>The URL as text; a default port is left out.</summary>
    public override string ToString()
    {
        var isDefaultPort = Port == (Scheme == Https ? 443 : 80);
        return string.Concat(
            $"{Scheme}://{Host}",
            isDefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{Port}"),
            Path,
            Query is null ? "" : "?" + Query);
    }

    /// <summary>True when a host in canonical form is an address.</summary>
    internal static bool IsCanonicalIpLiteral(string host) => host[0] == '[' || (char.IsAsciiDigit(host[^1]) && CanonicalHost.IsDottedQuad(host));

    private static bool CanCreate(ref string scheme, int port, ReadOnlySpan<char> target)
    {
        // Callers pass a constant: the comparison is by reference nearly always.
        if (scheme.Equals(Http, StringComparison.OrdinalIgnoreCase)) scheme = Http;
        else if (scheme.Equals(Https, StringComparison.OrdinalIgnoreCase)) scheme = Https;
        else return false;
        return port is >= 1 and <= 65535 && target.Length <= LengthMax && (target.IsEmpty || target[0] is '/' or '?' or '\\' or '#');
    }

    /// <param name="scheme">Canonical.</param>
    /// <param name="host">Canonical.</param>
    /// <param name="port">In range.</param>
    /// <param name="target">Path and query, raw.</param>
    /// <param name="wholeTarget">The same as a string, if the caller has one: it is kept where it is a canonical path.</param>
    private static CanonicalUrl Create(string scheme, string host, int port, ReadOnlySpan<char> target, string? wholeTarget)
    {
        if (target.IndexOf('#') is var fragment and >= 0)
        {
            target = target[..fragment];
            wholeTarget = null;
        }
        if (target.IsEmpty) return new(scheme, host, port, "/", null);
        var question = target.IndexOf('?');
        var path = question < 0 ? target : target[..question];
        var query = question < 0 ? default : target[(question + 1)..];
        if (CanonicalTarget.IsCanonical(path, query))
            return new(scheme, host, port, question < 0 ? wholeTarget ?? PathText(path) : PathText(path), question < 0 ? null : query.ToString());
        return new(scheme, host, port, CanonicalTarget.CanonicalizePath(path), question < 0 ? null : CanonicalTarget.CanonicalizeQuery(query));
    }

    private static string PathText(ReadOnlySpan<char> path) => path.Length == 1 ? "/" : path.ToString();

    private static ReadOnlySpan<char> TrimControls(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && text[0] <= ' ') text = text[1..];
        while (!text.IsEmpty && text[^1] <= ' ') text = text[..^1];
        return text;
    }

    /// <summary>Takes <c>http:</c> or <c>https:</c> and every slash that follows, as browsers do, off the front. Sets an error for a scheme that is not filtered.</summary>
    private static bool TryTakeScheme(ref ReadOnlySpan<char> text, out string scheme, out string? error)
    {
        (scheme, error) = (Http, null);
        var colon = text.IndexOfAny(":/\\?");
        if (colon > 0 && text[colon] == ':' && char.IsAsciiLetter(text[0]))
        {
            var name = text[..colon];
            var after = text[(colon + 1)..];
            var isSecure = name.Equals(Https, StringComparison.OrdinalIgnoreCase) || name.Equals("wss", StringComparison.OrdinalIgnoreCase);
            if (isSecure || name.Equals(Http, StringComparison.OrdinalIgnoreCase) || name.Equals("ws", StringComparison.OrdinalIgnoreCase))
            {
                if (isSecure) scheme = Https;
                text = after.TrimStart("/\\");
                return true;
            }
            if (after.StartsWith("//"))
            {
                Fail("only http and https addresses are filtered", out error);
                return false;
            }
        }
        else if (text.StartsWith("//"))
        {
            text = text.TrimStart('/');
            return true;
        }
        return false;
    }

    private static bool Fail(string reason, out string error)
    {
        error = reason;
        return false;
    }
}
