using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy;
using FilterGate.Proxy.Previews;
using FilterGate.Running;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;

namespace FilterGate.Commands.Unblocks;

/// <summary>Finds which other hosts a requested page needs, by reading it.</summary>
/// <remarks>
/// By the gateway's own way to a site, in this process: a look through the running gateway's port would be somebody's visit, be refused where the site is blocked, and stand in the log as theirs.
/// What nothing opens is not read, at the page or behind a redirection; see <see cref="PageReader"/>.
/// </remarks>
internal static class PageNeedsReader
{
    // A page of a mebibyte is long; a style sheet of a large site has some hundred kilobytes.
    private const int PageBytesMax = 1 << 20, StyleBytesMax = 256 << 10, StylesMax = 4;

    /// <summary>Most hosts told of.</summary>
    private const int HostsMax = 30;

    /// <summary>For the page and its style sheets together: a person waits for it.</summary>
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(8);

    /// <summary>Reads the page and its first style sheets.</summary>
    public static async Task<PageNeeds> ReadAsync(CommandContext context, UnblockRequest request, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        if (!CanonicalUrl.TryParse(request.Url, out var url, out _)) return new("its address cannot be read", false, [], 0);
        var options = new GatewayOptions { EndPoints = [], TrustedAuthorities = RunningGateway.ReadAuthorities(context.Settings.UpstreamTrustCa), LookUp = context.LookUp };
        using var reader = new PageReader(policy, options, address => UnblockPreview.WhyNotRead(address, request, policy, context.Clock.GetUtcNow()), TimeProvider.System);
        // By the clock of the wall, whatever time the policy is asked at.
        using var time = new CancellationTokenSource(TimeMax);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        var page = await reader.ReadAsync(url, PageBytesMax, either.Token);
        var parts = new PageParts();
        var passed = page.Passed.ToList();
        var isPartial = false;
        if (page.Text is { } text)
        {
            passed.Add(text.Url.Host);
            isPartial = text.IsCut;
            if (text.Type is "" or "text/html" or "application/xhtml+xml") parts.ReadPage(text.Text, text.Url);
            var styles = parts.Styles.ToList();
            isPartial |= styles.Count > StylesMax;
            foreach (var style in styles.Take(StylesMax))
            {
                if ((await reader.ReadAsync(style, StyleBytesMax, either.Token)).Text is not { } sheet) continue;
                if (sheet.Type is "" or "text/css") parts.ReadStyle(sheet.Text, sheet.Url);
                isPartial |= sheet.IsCut;
            }
        }
        cancellationToken.ThrowIfCancellationRequested();
        // A host that only sends on is needed as much as what it sends to.
        var hosts = parts.Hosts.Concat(passed.Distinct(StringComparer.Ordinal).Where(host => !parts.Hosts.ContainsKey(host)).Select(host => KeyValuePair.Create(host, PartKinds.None)));
        var judged = UnblockPreview.Judge(hosts, request, policy, context.Clock.GetUtcNow());
        return new(page.Problem, isPartial, [.. judged.Take(HostsMax)], Math.Max(0, judged.Count - HostsMax));
    }

    /// <summary>Tells a person.</summary>
    public static void Write(PageNeeds page, TextWriter output, string audience)
    {
        if (page.Problem is not null) output.WriteLine($"needs      not known, for the page was not read: {page.Problem}");
        else if (page.Hosts.Count == 0) output.WriteLine("needs      no other host, as far as the page itself says");
        foreach (var host in page.Hosts)
        {
            var state = !host.IsBlocked ? "open" : host.IsOverridable ? $"closed to {audience}{(host.Category is null ? "" : $" ({host.Category})")}" : "closed, and nothing opens it";
            output.WriteLine($"needs      {host.Host}: {(host.Kinds == PartKinds.None ? "on the way to the page" : string.Join(", ", PageNeeds.Say(host.Kinds)))}; {state}");
        }
        if (page.HostsLeftOut > 0) output.WriteLine($"needs      {page.HostsLeftOut} more hosts");
        if (page.IsPartial) output.WriteLine("needs      perhaps more: the page is longer than is read");
    }
}
