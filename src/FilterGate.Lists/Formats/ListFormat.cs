namespace FilterGate.Lists.Formats;

/// <summary>How a list is written.</summary>
public enum ListFormat
{
    /// <summary>One host or host/path a line, in our own notation (<c>=</c> and <c>*.</c> in front, <c>#</c> comments); squidGuard's and UT1's <c>domains</c> and <c>urls</c> are this too.</summary>
    Plain,

    /// <summary>One regular expression over the URL a line: squidGuard's and UT1's <c>expressions</c>.</summary>
    SquidGuardExpressions,

    /// <summary>e2guardian's site list.</summary>
    E2GuardianSites,

    /// <summary>e2guardian's URL list.</summary>
    E2GuardianUrls,

    /// <summary>e2guardian's list of regular expressions over the URL.</summary>
    E2GuardianPatterns,

    /// <summary>A hosts file: an address, then names (hosts(5)).</summary>
    Hosts,

    /// <summary>dnsmasq's <c>address=</c>, <c>server=</c> and <c>local=</c> lines.</summary>
    Dnsmasq,

    /// <summary>Network rules of AdBlock Plus, uBlock Origin, AdGuard and AdGuard Home.</summary>
    AdBlock,

    /// <summary>A DNS response policy zone, as a zone file.</summary>
    Rpz,
}
