namespace FilterGate.Policy.WaysRound;

/// <summary>What a connection shows itself to be by its first bytes, its ClientHello or the form of a request, where that is not simply the web.</summary>
/// <param name="Name">What it is, for people: <c>OpenVPN</c>, <c>SSH</c>.</param>
/// <param name="Evidence">What told it, as a clause: <c>its first packet asks for a new session</c>. Never a name or an address: it is stored with each event, and stands in lists of texts that are few.</param>
/// <param name="Category">The slug of what it is a way to (<c>vpn</c>, <c>tor</c>, <c>web-proxies</c>): such a category is blocked in every tier; null for what the tier's <c>other_protocols</c> decides.</param>
/// <param name="IsWayRound">True for what is used to get round a filter; false for what is only not the web: a game, a call, a messenger.</param>
/// <remarks>Made once for each protocol and shared: recognising one allocates nothing.</remarks>
public sealed record ConnectionSign(string Name, string Evidence, string? Category, bool IsWayRound)
{
    /// <summary>Something that nobody can name, and that looks like encryption without a beginning: what Shadowsocks, obfs4 and their like are made to look like, and some messengers too.</summary>
    public static ConnectionSign Hidden { get; } = new("Unknown and encrypted", "the first bytes are neither a beginning that anybody publishes nor text, and as even as noise", null, IsWayRound: true);

    /// <summary>Something else that nobody can name.</summary>
    public static ConnectionSign Other { get; } = new("Not the web", "the first bytes are neither HTTP nor TLS", null, IsWayRound: false);

    /// <summary>Something that begins as TLS: its name cannot be told, so nothing could be decided.</summary>
    public static ConnectionSign BrokenTls { get; } = new("Broken TLS", "a ClientHello that breaks the rules or is longer than any", null, IsWayRound: false);

    /// <summary>TLS that passes unread and shows the name behind which all sites of a provider hide (ECH): nobody can tell which one it opens.</summary>
    public static ConnectionSign HiddenName { get; } = new("Encrypted name (ECH)", "its ClientHello shows a name that stands for others, and hides the site's own", null, IsWayRound: true) { HidesSite = true };

    /// <summary>True where what is open can be anything, a locked page too: no tier passes it.</summary>
    public bool HidesSite { get; private init; }

    /// <summary>As an event's rule and an explanation have it.</summary>
    public string Text { get; } = $"{Name}: {Evidence}";
}
