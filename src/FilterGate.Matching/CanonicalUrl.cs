namespace FilterGate.Matching;

/// <summary>A URL in the one form that lists, decisions and events use, so that two spellings a browser treats as one never fall on two sides of a rule.</summary>
/// <remarks>
/// The Safe Browsing canonicalisation with the query kept (<see href="https://developers.google.com/safe-browsing/v4/urls-hashing#canonicalization"/>).
/// The origin still gets the client's own bytes. Immutable; safe from any thread.
/// </remarks>
public sealed class CanonicalUrl : IEquatable<CanonicalUrl>
{
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
    public bool IsIpLiteral => throw new NotImplementedException();

    /// <summary>Reads a URL as a person or a list writes it; without a scheme it is <c>http</c>.</summary>
    /// <returns>False with a reason in plain words when it is no URL with a host.</returns>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CanonicalUrl? url, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error) => throw new NotImplementedException();

    /// <summary>Makes the canonical form of a request from its parts.</summary>
    /// <param name="scheme"><c>http</c> or <c>https</c>.</param>
    /// <param name="host">Host as the client wrote it, without port.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="target">Path and query as on the request line, from <c>/</c> or <c>?</c> on; empty means <c>/</c>.</param>
    /// <param name="url">The result.</param>
    public static bool TryCreate(string scheme, ReadOnlySpan<char> host, int port, ReadOnlySpan<char> target, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CanonicalUrl? url) => throw new NotImplementedException();

    /// <summary>Brings a host alone into canonical form.</summary>
    public static bool TryCanonicalizeHost(ReadOnlySpan<char> host, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? canonical) => throw new NotImplementedException();

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
    public override string ToString() => throw new NotImplementedException();
}
