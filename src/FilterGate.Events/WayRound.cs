using FilterGate.Policy;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Events;

/// <summary>By which means somebody tried to get round the filter. Read from what an event has on record; stored nowhere.</summary>
public enum WayRound
{
    /// <summary>A site, or a server, that fetches blocked pages for whoever asks.</summary>
    Proxy,
    /// <summary>A VPN: its site, its servers by name, or the connection itself.</summary>
    Vpn,
    /// <summary>Tor or a network like it.</summary>
    Tor,
    /// <summary>Another name server, asked under encryption.</summary>
    EncryptedDns,
    /// <summary>iCloud Private Relay: a setting of Apple's devices, mostly no try of anybody's.</summary>
    PrivateRelay,
    /// <summary>Another protocol than the web's: a remote shell, and what can be carried in it.</summary>
    Tunnel,
    /// <summary>Encryption that says nothing of itself.</summary>
    Hidden,
    /// <summary>A site whose name is encrypted (ECH): mostly a browser that asked another name server, and no try.</summary>
    HiddenName,
    /// <summary>A blocked site behind the name of an open one.</summary>
    Fronting,
    /// <summary>A blocked page shown by another: a translator, a cache, an archive.</summary>
    Viewer,
}

/// <summary>Says by which means an attempt was made, and what that is, for people.</summary>
public static class WaysRound
{
    /// <summary>The means; null for an event that is no attempt.</summary>
    public static WayRound? Of(FilterEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (!FilterEvent.AttemptKinds.Contains(e.Kind)) return null;
        if (e.Rule?.StartsWith(FilterEvent.CoverRule, StringComparison.Ordinal) == true) return WayRound.Fronting;
        return e.Category switch
        {
            "web-proxies" => WayRound.Proxy,
            "vpn" when e.Host is "mask.icloud.com" or "mask-h2.icloud.com" => WayRound.PrivateRelay,
            "vpn" => WayRound.Vpn,
            "tor" => WayRound.Tor,
            "encrypted-dns" => WayRound.EncryptedDns,
            _ when e.Reason != Reason.WayRound => WayRound.Viewer,
            _ when e.Rule == ConnectionSign.HiddenName.Text => WayRound.HiddenName,
            _ => e.Rule == ConnectionSign.Hidden.Text ? WayRound.Hidden : WayRound.Tunnel,
        };
    }

    /// <summary>Its code in <c>--json</c>.</summary>
    public static string Code(this WayRound way) => way switch
    {
        WayRound.Proxy => "proxy", WayRound.Vpn => "vpn", WayRound.Tor => "tor", WayRound.EncryptedDns => "encrypted-dns", WayRound.PrivateRelay => "private-relay", WayRound.Tunnel => "tunnel", WayRound.Hidden => "hidden",
        WayRound.HiddenName => "hidden-name", WayRound.Fronting => "fronting", WayRound.Viewer => "viewer", _ => throw new System.Diagnostics.UnreachableException($"way {way}"),
    };

    /// <summary>What it is called, within a sentence.</summary>
    public static string Title(this WayRound way) => way switch
    {
        WayRound.Proxy => "a proxy", WayRound.Vpn => "a VPN", WayRound.Tor => "Tor", WayRound.EncryptedDns => "encrypted DNS", WayRound.PrivateRelay => "iCloud Private Relay", WayRound.Tunnel => "a tunnel",
        WayRound.Hidden => "an unknown encrypted connection", WayRound.HiddenName => "a hidden site name", WayRound.Fronting => "another site's name", WayRound.Viewer => "a page that shows other pages", _ => throw new System.Diagnostics.UnreachableException($"way {way}"),
    };

    /// <summary>What it means, for the lead, in a sentence or two.</summary>
    public static string Meaning(this WayRound way) => way switch
    {
        WayRound.Proxy => "A proxy fetches blocked pages for whoever asks it.",
        WayRound.Vpn => "A VPN carries everything past the filter, unread. Apps switch one on by themselves too: ask what is installed.",
        WayRound.Tor => "Tor carries everything past the filter through other people's computers, and opens sites that have no name.",
        WayRound.EncryptedDns => "The device asks another name server, where the school cannot see it. Often it is a setting of a browser or an app, and nobody's try.",
        WayRound.PrivateRelay => "A setting of iPads and Macs that hides where they go. It is mostly on because nobody has switched it off, and no try.",
        WayRound.Tunnel => "A connection that is not the web, and in which anything can be carried.",
        WayRound.Hidden => "Encryption without a beginning, as programs use it that do not want to be told from noise. Some messengers and games look the same: ask before you conclude.",
        WayRound.HiddenName => "The browser hid the name of the site that it opened, which it can only after asking another name server than the school's. Often it is a setting of a browser or an app, and nobody's try.",
        WayRound.Fronting => "The connection named an open site, and the request within it a blocked one. No browser does that by itself.",
        WayRound.Viewer => "A translator, a cache or an archive was asked to show a site that is blocked here.",
        _ => throw new System.Diagnostics.UnreachableException($"way {way}"),
    };
}
