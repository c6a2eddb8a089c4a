using System.Globalization;
using FilterGate.Commands;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy;

namespace FilterGate.Running;

/// <summary>What <c>run</c> prints once it accepts: where it listens, where its data is, and what to try next.</summary>
internal static class Welcome
{
    /// <summary>Prints it.</summary>
    public static void Print(CommandContext context, RunningGateway running)
    {
        var output = context.Output;
        foreach (var address in Addresses(running)) output.WriteLine($"listening on {address}");
        output.WriteLine();
        output.WriteLine($"School: {running.Inputs.Policy.School}, policy {running.Inputs.Policy.Version} from {running.Inputs.Text.Name}");
        output.WriteLine($"Data:   {context.DataFolder} (state.db, events, ca)");
        if (running.Lookup is not null) output.WriteLine($"Look-up token: {running.Lookup.TokenPath}");
        if (running.Inputs.Policy.Lists.Locked.Feeds.All(f => f.IsDemonstration))
            output.WriteLine(context.Paint.Bad("Illegal-content lists: not met: demonstration list. It protects nobody; a school needs the lists of an IWF member."));
        // In shadow mode those lines would promise what does not happen.
        if (running.Shadow is null) PrintTryNext(context, running);
        output.WriteLine();
        output.WriteLine("Ctrl-C stops it.");
        output.Flush();
    }

    /// <summary>Where it listens, and for what: <c>127.0.0.1:8081 (staff)</c>.</summary>
    public static IEnumerable<string> Addresses(RunningGateway running)
    {
        foreach (var endPoint in running.EndPoints) yield return $"{endPoint.EndPoint}{Use(endPoint)}";
        if (running.ReviewAddress is not null) yield return $"{running.ReviewAddress} (review)";
        if (running.Lookup is { } lookup) yield return $"{lookup.Address} (lookup)";
    }

    private static string Use(GatewayEndPoint endPoint) => endPoint.Arrival switch
    {
        Arrival.Redirected => " (redirected)",
        Arrival.HandedOver => " (handed over)",
        _ => endPoint.Tier is null ? "" : $" ({endPoint.Tier})",
    };

    private static void PrintTryNext(CommandContext context, RunningGateway running)
    {
        var (pupil, staff) = (Proxy(running, "pupil"), Proxy(running, "staff"));
        if (pupil is null) return;
        var output = context.Output;
        output.WriteLine();
        output.WriteLine("Try, in another terminal:");
        Line(output, "allowed", $"curl -x {pupil} http://example.com/");
        if (staff is not null && OpenForStaffOnly(running.Inputs.Policy) is { } host)
        {
            Line(output, "blocked for a pupil", $"curl -x {pupil} http://{host}/");
            Line(output, "allowed for staff", $"curl -x {staff} http://{host}/");
            Line(output, "the same over HTTPS", $"curl --cacert {Path.Combine(context.DataFolder, "ca", "ca.crt")} -x {pupil} https://{host}/");
        }

        Line(output, "on the IWF-style sample, blocked for all", $"curl -x {staff ?? pupil} http://iwf-sample.example/album/page1.html");
        Line(output, "what pupils have asked for", $"{Program(context)} unblock list");
        if (OpenForStaffOnly(running.Inputs.Policy) is { } asked) Line(output, "open a site for an hour", $"{Program(context)} unblock grant {asked} --tier pupil --for 1h --reason \"for a lesson\"");
        if (running.ReviewUrl is { } review) Line(output, "what was blocked", review);
    }

    /// <summary>A host of the lists that this policy blocks for pupils and opens for staff.</summary>
    private static string? OpenForStaffOnly(PolicySnapshot policy)
    {
        string[] candidates = ["ebay.co.uk", "reddit.com", "dropbox.com", "yahoo.com"];
        if (policy.FindTier("pupil") is not { } pupil || policy.FindTier("staff") is not { } staff) return null;
        return candidates.FirstOrDefault(host => !IsForwarded(pupil, host) && IsForwarded(staff, host));

        bool IsForwarded(Tier tier, string host) =>
            policy.Decide(new Client(System.Net.IPAddress.Loopback, tier, Device: null, IsKnown: false), CanonicalUrl.ForHost("http", host, 80), Seen.Url, DateTimeOffset.UnixEpoch).IsForwarded;
    }

    private static string? Proxy(RunningGateway running, string tier) =>
        running.EndPoints.FirstOrDefault(e => e.Tier == tier) is { } endPoint ? $"http://{endPoint.EndPoint}" : null;

    /// <summary>The command as this person can type it.</summary>
    private static string Program(CommandContext context)
    {
        var isOnPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "filtergate")));
        var program = isOnPath ? "filtergate" : Environment.ProcessPath ?? "filtergate";
        return context.Parse.GetValue<DirectoryInfo?>("--data") is null ? program : $"{program} --data {context.DataFolder}";
    }

    private static void Line(TextWriter output, string says, string command) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  # {says}\n  {command}"));
}
