using System.Collections.Frozen;
using FilterGate.Matching;

namespace FilterGate.Policy;

/// <summary>What devices ask to find out whether they are on line. Each is one small page with nothing else at it; whatever else those hosts have is decided as ever.</summary>
/// <remarks>
/// A device that is refused one says "no internet", shows its user a log-in sheet with our page in it, or goes over to mobile data or the neighbour's network, where nothing is filtered. So these are open in every tier, also under approved sites only,
/// in a lesson, and for somebody whose access is withdrawn, whom help sites must go on answering. A locked entry, a refused destination and an emergency block are stronger.
/// Sources: Apple, "Use Apple products on enterprise networks"; Android's <c>NetworkMonitor</c>; Microsoft, "NCSI overview"; Mozilla, <c>network.captive-portal-service</c>; GNOME and Ubuntu, NetworkManager's <c>connectivity</c>. Checked 2026-11-29.
/// </remarks>
public static class DeviceProbes
{
    private static readonly FrozenDictionary<string, string> Paths = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["captive.apple.com"] = "/hotspot-detect.html",
        ["www.apple.com"] = "/library/test/success.html",
        ["connectivitycheck.gstatic.com"] = "/generate_204",
        ["connectivitycheck.android.com"] = "/generate_204",
        ["clients3.google.com"] = "/generate_204",
        ["www.gstatic.com"] = "/generate_204",
        ["play.googleapis.com"] = "/generate_204",
        ["www.msftconnecttest.com"] = "/connecttest.txt",
        ["ipv6.msftconnecttest.com"] = "/connecttest.txt",
        ["www.msftncsi.com"] = "/ncsi.txt",
        ["ipv6.msftncsi.com"] = "/ncsi.txt",
        ["detectportal.firefox.com"] = "/success.txt",
        ["nmcheck.gnome.org"] = "/check_network_status.txt",
        ["connectivity-check.ubuntu.com"] = "/",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Firefox asks a second page of its host.
    private const string FirefoxHost = "detectportal.firefox.com", FirefoxPage = "/canonical.html";

    /// <summary>Their addresses, for a test and for a technician who wants to try them.</summary>
    public static IEnumerable<string> Addresses => Paths.Select(p => $"http://{p.Key}{p.Value}").Append($"http://{FirefoxHost}{FirefoxPage}").Order(StringComparer.Ordinal);

    /// <summary>True for one of them, with any query. Never where the host alone was seen: their hosts have other things too. Does not allocate.</summary>
    public static bool Has(CanonicalUrl url, Seen seen) =>
        seen == Seen.Url && Paths.TryGetValue(url.Host, out var path) && (url.Path == path || (url.Host == FirefoxHost && url.Path == FirefoxPage));
}
