using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Search;

namespace FilterGate.NameServer;

/// <summary>A name that is answered with the addresses of another, so that a service keeps to its safe mode.</summary>
/// <param name="Name">The name that devices ask for.</param>
/// <param name="Safe">The name whose addresses they get, or an address where its maker publishes only that.</param>
/// <param name="HasNamesBelow">True for a name below which there are others that stay as they are.</param>
internal sealed record SafeName(string Name, string Safe, bool HasNamesBelow);

/// <summary>What dnsmasq on the box answers: no way round by encrypted DNS, safe search, the gateway's own name. Text for its configuration; reads and asks nothing itself.</summary>
/// <remarks>
/// dnsmasq tells askers apart by nothing: every device that asks one instance gets the same answers. So a plan is of one tier, and tiers that differ in safe search or YouTube need an instance each, on an address of its own.
/// The option <c>filter-rr</c> needs dnsmasq 2.90, which Debian 12 has.
/// </remarks>
internal sealed record DnsmasqPlan
{
    /// <summary>Names that say to a device or a browser: do not encrypt your questions here. Answered as not there, for every type; an address such as 0.0.0.0 would not do.</summary>
    public static readonly ImmutableArray<(string Name, string Why)> Canaries =
    [
        ("use-application-dns.net", "Firefox asks this before it encrypts its questions"),
        ("mask.icloud.com", "iCloud Private Relay"),
        ("mask-h2.icloud.com", "iCloud Private Relay"),
        ("mask-canary.icloud.com", "iCloud Private Relay"),
        ("doh.dns.apple.com", "Apple's own resolver"),
        ("resolver.arpa", "discovery of encrypted resolvers (DDR, RFC 9462)"),
    ];

    private static readonly ImmutableArray<string> GoogleEndings =
    [
        .. ("com ad ae com.af com.ag al am co.ao com.ar as at com.au az ba com.bd be bf bg com.bh bi bj com.bn com.bo com.br bs bt co.bw by com.bz ca cd cf cg ch ci co.ck cl cm cn com.co co.cr com.cu cv com.cy cz de dj dk dm com.do dz com.ec ee com.eg es com.et fi com.fj fm fr ga ge gg "
            + "com.gh com.gi gl gm gr com.gt gy com.hk hn hr ht hu co.id ie co.il im co.in iq is it je com.jm jo co.jp co.ke com.kh ki kg co.kr com.kw kz la com.lb li lk co.ls lt lu lv com.ly co.ma md me mg mk ml com.mm mn com.mt mu mv mw com.mx com.my co.mz com.na com.ng com.ni ne nl no com.np nr nu co.nz "
            + "com.om com.pa com.pe com.pg com.ph com.pk pl pn com.pr ps pt com.py com.qa ro ru rw com.sa com.sb sc se com.sg sh si sk com.sl sn so sm sr st com.sv td tg co.th com.tj tl tm tn to com.tr tt com.tw co.tz com.ua co.ug co.uk com.uy co.uz com.vc co.ve co.vi com.vn vu ws rs co.za co.zm co.zw cat").Split(' '),
    ];

    /// <summary>Of each list; the largest that is published has some three thousand.</summary>
    private const int EncryptedDnsMax = 20_000;

    private static readonly ImmutableArray<string> YandexEndings = ["com", "ru", "by", "kz", "uz", "com.tr", "eu", "fr"];

    /// <summary>Names of resolvers for encrypted DNS that FilterGate itself ships.</summary>
    public static ImmutableArray<string> ShippedEncryptedDns { get; } = [.. ListLoader.ShippedEntries("starter/encrypted-dns/domains").Where(line => !IPAddress.TryParse(line, out _))];

    /// <summary>The tier whose settings it has.</summary>
    public required Tier Tier { get; init; }

    /// <summary>Addresses of the box that devices reach the gateway's own name at.</summary>
    public required ImmutableArray<IPAddress> Gateway { get; init; }

    /// <summary>Where it listens; none for every address that dnsmasq finds.</summary>
    public ImmutableArray<IPAddress> Listen { get; init; } = [];

    /// <summary>Resolvers that it asks; none for those of the box.</summary>
    public ImmutableArray<IPEndPoint> Upstream { get; init; } = [];

    /// <summary>Search domains of the school's devices: what looks for a proxy by itself asks <c>wpad</c> in each.</summary>
    public ImmutableArray<string> Domains { get; init; } = [];

    /// <summary>Where the gateway serves the file that names its proxy; null where it has no port for devices that know of it.</summary>
    public string? ProxyFile { get; init; }

    /// <summary>Names of known resolvers for encrypted DNS. Each is answered as not there, with all below it.</summary>
    public ImmutableArray<string> EncryptedDns { get; init; } = ShippedEncryptedDns;

    /// <summary>Names that this tier's safe search and Restricted Mode need.</summary>
    public ImmutableArray<SafeName> SafeNames => [.. NamesFor(Tier.Search)];

    /// <summary>The names whose addresses have to be looked up for it.</summary>
    public IEnumerable<string> ToLookUp => SafeNames.Select(n => n.Safe).Where(safe => !IPAddress.TryParse(safe, out _)).Distinct(StringComparer.Ordinal);

    /// <summary>The configuration.</summary>
    /// <param name="addresses">What <see cref="ToLookUp"/> resolved to.</param>
    /// <param name="places">What the policy says of places, for the comment on top.</param>
    public string Write(IReadOnlyDictionary<string, IPAddress[]> addresses, IReadOnlyList<string> places)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        ArgumentNullException.ThrowIfNull(places);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Made by FilterGate for the tier {Tier.Name}: filtergate dns write. Changes here are lost.\n");
        text.Append("# dnsmasq 2.90 or later. It cannot tell who asks: every device that asks this instance gets these answers.\n");
        foreach (var place in places) text.Append(CultureInfo.InvariantCulture, $"# {place}\n");
        foreach (var address in Listen) text.Append(CultureInfo.InvariantCulture, $"listen-address={address}\n");
        if (!Listen.IsEmpty) text.Append("bind-dynamic\n");
        text.Append("no-hosts\ndomain-needed\nbogus-priv\ncache-size=10000\ndns-forward-max=1000\n");
        if (!Upstream.IsEmpty)
        {
            text.Append("no-resolv\n");
            foreach (var server in Upstream) text.Append(CultureInfo.InvariantCulture, $"server={server.Address}{(server.Port == 53 ? "" : $"#{server.Port}")}\n");
        }

        text.Append("\n# HTTPS and SVCB records offer encrypted names (ECH) and QUIC: browsers do without.\nfilter-rr=HTTPS,SVCB\n");
        text.Append("\n# The gateway's own name and those below it.\nlocal=/filtergate.internal/\n");
        foreach (var address in Gateway) text.Append(CultureInfo.InvariantCulture, $"address=/filtergate.internal/{address}\n");
        WriteProxy(text);
        text.Append("\n# Not there, for every type of question.\n");
        foreach (var (name, why) in Canaries) text.Append(CultureInfo.InvariantCulture, $"local=/{name}/   # {why}\n");
        text.Append("\n# Resolvers for encrypted DNS, of the lists in force.\n");
        foreach (var name in EncryptedDns.Where(n => Canaries.All(c => c.Name != n))) text.Append(CultureInfo.InvariantCulture, $"local=/{name}/\n");

        text.Append(CultureInfo.InvariantCulture, $"\n# Safe search: {(Tier.Search.IsSafeSearchForced ? "forced" : "off for this tier")}. YouTube: {Word(Tier.Search.YouTube)}.\n");
        foreach (var group in SafeNames.GroupBy(n => n.Safe))
        {
            var safe = IPAddress.TryParse(group.Key, out var literal) ? [literal] : addresses.GetValueOrDefault(group.Key) ?? [];
            if (safe.Length == 0) throw new InvalidOperationException($"{group.Key} has no address");
            text.Append(CultureInfo.InvariantCulture, $"# {group.Key}\n");
            foreach (var name in group)
            {
                // The name itself is ours alone, so that no other type of question gets past; names below it go on as they are.
                text.Append(CultureInfo.InvariantCulture, $"local=/{name.Name}/\n");
                if (name.HasNamesBelow) text.Append(CultureInfo.InvariantCulture, $"server=/*.{name.Name}/#\n");
                foreach (var pair in Pairs(safe)) text.Append(CultureInfo.InvariantCulture, $"host-record={name.Name},{string.Join(',', pair.Select(a => a.ToString()))}\n");
            }
        }
        return text.ToString();
    }

    /// <summary>How devices find the proxy by themselves. Without one the names are answered as not there: the internet must not name a proxy in our stead.</summary>
    private void WriteProxy(StringBuilder text)
    {
        text.Append(ProxyFile is null ? "\n# The gateway has no port for devices that know of the proxy, so nobody else names one either.\n"
            : "\n# Devices that look for the proxy by themselves: by name, and by DHCP where this dnsmasq hands addresses out.\n");
        foreach (var name in Domains.Select(domain => $"wpad.{domain}").Prepend("wpad"))
        {
            text.Append(CultureInfo.InvariantCulture, $"local=/{name}/\n");
            foreach (var address in ProxyFile is null ? [] : Gateway) text.Append(CultureInfo.InvariantCulture, $"address=/{name}/{address}\n");
        }
        if (ProxyFile is not null) text.Append(CultureInfo.InvariantCulture, $"dhcp-option=252,{ProxyFile}\n");
    }

    /// <summary>What a tier's settings ask of names, each name once.</summary>
    internal static IEnumerable<SafeName> NamesFor(SearchSettings settings)
    {
        if (settings.IsSafeSearchForced)
        {
            foreach (var host in SearchHosts())
                if (SearchEngine.Find(host) is { Address: { } safe }) yield return new SafeName(host, safe, HasNamesBelow: !host.StartsWith("www.", StringComparison.Ordinal));
        }
        if (settings.YouTube == YouTubeMode.Open) yield break;
        foreach (var host in new[] { "www.youtube.com", "m.youtube.com", "youtubei.googleapis.com", "youtube.googleapis.com", "www.youtube-nocookie.com" })
            if (YouTubeHosts.IsRestrictable(host)) yield return new SafeName(host, settings.YouTube == YouTubeMode.Moderate ? "restrictmoderate.youtube.com" : "restrict.youtube.com", HasNamesBelow: false);
    }

    private static IEnumerable<string> SearchHosts() =>
    [
        .. GoogleEndings.SelectMany(e => (string[])[$"google.{e}", $"www.google.{e}"]), "images.google.com", "images.google.co.uk", "ipv4.google.com", "ipv6.google.com", "encrypted.google.com", "cse.google.com",
        "bing.com", "www.bing.com", "edgeservices.bing.com", "m.bing.com", "cn.bing.com", "global.bing.com", "www2.bing.com", "www4.bing.com", "images.bing.com",
        "duckduckgo.com", "www.duckduckgo.com", "start.duckduckgo.com", "ecosia.org", "www.ecosia.org", "pixabay.com", "www.pixabay.com", "ya.ru", "www.ya.ru", .. YandexEndings.SelectMany(e => (string[])[$"yandex.{e}", $"www.yandex.{e}"]),
    ];

    /// <summary>dnsmasq takes an IPv4 and an IPv6 address in one line, in that order.</summary>
    private static IEnumerable<IPAddress[]> Pairs(IPAddress[] addresses)
    {
        var four = addresses.Where(a => a.AddressFamily == AddressFamily.InterNetwork).OrderBy(a => a.ToString(), StringComparer.Ordinal).ToList();
        var six = addresses.Where(a => a.AddressFamily == AddressFamily.InterNetworkV6).OrderBy(a => a.ToString(), StringComparer.Ordinal).ToList();
        for (var i = 0; i < Math.Max(four.Count, six.Count); i++) yield return [.. four.Skip(i).Take(1), .. six.Skip(i).Take(1)];
    }

    /// <summary>Names of resolvers for encrypted DNS that lists have, beside the shipped ones. Names below one that is there already are left out, and so is what would take help sites or the gateway along.</summary>
    public static ImmutableArray<string> EncryptedDnsOf(ListSet lists)
    {
        ArgumentNullException.ThrowIfNull(lists);
        if (lists.Taxonomy.Find("encrypted-dns") is not { } category) return ShippedEncryptedDns;
        var names = lists.Categories.Examples(CategorySet.Of([category]), EncryptedDnsMax).Select(e => e.Url)
            .Where(url => url.Path == "/" && Uri.CheckHostName(url.Host) == UriHostNameType.Dns && url.Host.Contains('.', StringComparison.Ordinal) && !lists.ProtectedHelp.Matches(url, Seen.Host))
            .Select(url => url.Host).Concat(ShippedEncryptedDns).ToHashSet(StringComparer.Ordinal);
        return [.. names.Where(name => !Above(name).Any(names.Contains)).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Above(string name)
    {
        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1)) yield return name[(dot + 1)..];
    }

    private static string Word(YouTubeMode mode) => mode switch
    {
        YouTubeMode.Off => "off, and strict where a name is asked all the same",
        YouTubeMode.Approved => "approved videos, and strict beside them",
        YouTubeMode.Strict => "strict",
        YouTubeMode.Moderate => "moderate",
        _ => "as it is",
    };
}
