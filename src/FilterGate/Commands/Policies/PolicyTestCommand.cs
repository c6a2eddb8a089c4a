using System.CommandLine;
using System.Globalization;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Safeguarding.WhatIf;
using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy test [FILE]</c>: what a proposed policy, or other lists, would have done with what was recorded. Changes nothing.</summary>
internal sealed class PolicyTestCommand : GatewayCommand
{
    private const string Previous = "previous";
    private const int LimitDefault = 20;

    private readonly Argument<FileInfo?> _file = new("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "the proposed policy; default is the one in force, with other lists" };
    private readonly Option<string> _since = new("--since") { HelpName = "TIME", Description = "from then on: 2h, 7d ago, or a time such as 2026-11-16; default 7d", DefaultValueFactory = _ => "7d" };
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "with the lists of a folder in UT1/squidGuard layout" };
    private readonly Option<string?> _listsVersion = new("--lists-version") { HelpName = "VERSION", Description = $"with the lists that were in force before: their version, or '{Previous}'" };
    private readonly Option<int> _limit = new("--limit") { HelpName = "N", Description = $"most sites shown for each group; default {LimitDefault}", DefaultValueFactory = _ => LimitDefault };

    /// <summary>Makes the command.</summary>
    public PolicyTestCommand(CommandHost host) : base(host, "test", "Try a proposed policy, or other lists, on recorded requests: what would newly be blocked or open, for each group. Changes nothing.",
        new CommandExample("filtergate policy test policy.yaml", "on the last seven days"),
        new CommandExample("filtergate policy test policy.yaml --since 1d --json | jq '.groups[].blocked_sites[].host'", "for a script"),
        new CommandExample("filtergate policy test --lists-version previous --since 2d", "the policy in force, with the lists of before the last update"))
    {
        Arguments.Add(_file);
        foreach (var option in (Option[])[_since, _lists, _listsVersion, _limit]) Options.Add(option);
        Validators.Add(result =>
        {
            bool IsGiven(Option option) => result.GetResult(option) is { Implicit: false };
            if (IsGiven(_lists) && IsGiven(_listsVersion)) result.AddError("--lists and --lists-version each say which lists; give one of them");
            if (result.GetResult(_file) is null && !IsGiven(_lists) && !IsGiven(_listsVersion)) result.AddError("name a policy to try, or other lists with --lists or --lists-version");
        });
        _limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0) result.AddError("--limit: not below 0");
        });
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var now = context.Clock.GetUtcNow();
        var since = SinceOf(context, now);
        var events = EventPrinter.OpenReader(context);
        using var state = GatewayInputs.OpenStateIfThere(context);
        var inForce = GatewayInputs.Load(context, listsFolder: null, state);
        var lists = ProposedLists(context, inForce.Policy.Lists);
        var (name, document) = Proposed(context, inForce, lists.Taxonomy);

        // Both are asked with what people had opened and closed at the time, so that only policy and lists make a difference.
        var then = state?.WasInForce(since, now, BundleFile.Shipped) ?? InForce.Nothing;
        var trial = new PolicyTrial(inForce.Policy.With(then), PolicySnapshot.Compile(document, lists, then), inForce.Document.Timetable);
        var report = await ProgressBar.RunAsync(context, "Trying what was recorded", progress => Task.FromResult(trial.Run(events, since, now, progress, cancellationToken)));

        if (context.Json) context.WriteJson(Row(context, report, since, now, inForce.Policy, name, document, lists));
        else Write(context, report, since, inForce.Policy, name, lists);
        foreach (var problem in report.Problems) context.Error.WriteLine($"filtergate: {problem}");
        return ExitCode.Done;
    }

    private DateTimeOffset SinceOf(CommandContext context, DateTimeOffset now)
    {
        var text = context.Value(_since)!;
        var since = TimeArgument.ReadSince(text, "--since", context.Clock);
        return since < now ? since : throw new UserErrorException($"--since: {text} is not in the past");
    }

    private ListSet ProposedLists(CommandContext context, ListSet inForce)
    {
        if (context.Value(_lists) is { } folder) return GatewayInputs.LoadLists(context, folder.FullName);
        if (context.Value(_listsVersion) is not { } version || version == inForce.Version) return inForce;
        if (version != Previous && GatewayInputs.LoadKeptLists(context, version) is { } kept) return kept;
        if (GatewayInputs.LoadPreviousLists(context) is not { } previous) throw new UserErrorException("--lists-version: this box keeps no lists from before; name a folder with --lists");
        return version == Previous || version == previous.Version ? previous : throw new UserErrorException($"--lists-version: '{version}' is not kept; kept are {inForce.Version} (in force) and {previous.Version} ({Previous})");
    }

    private (string Name, PolicyDocument Document) Proposed(CommandContext context, GatewayInputs inForce, Taxonomy taxonomy)
    {
        var text = context.Value(_file) is { } file ? new PolicyText(PolicySource.File, file.ToString(), TextFile.Read(file.FullName, "the policy")) : inForce.Text;
        if (PolicyDocument.Parse(text.Yaml, taxonomy, out var problems, BundleFile.Shipped) is { } document) return (text.Name, document);
        throw new UserErrorException(GatewaySettings.Describe(text.Name, problems, "the policy has mistakes and cannot be tried"), problems.Any(p => p.IsRefused) ? ExitCode.Refused : ExitCode.Usage);
    }

    private object Row(CommandContext context, PolicyTrialReport report, DateTimeOffset since, DateTimeOffset until, PolicySnapshot inForce, string name, PolicyDocument document, ListSet lists) => new
    {
        Since = Iso(since),
        Until = Iso(until),
        Policy = new { inForce.Version, Proposed = document.Version, File = name },
        Lists = new { inForce.Lists.Version, Proposed = lists.Version },
        report.Requests,
        LeftOut = report.LeftOut.ToDictionary(l => l.Key.ToString().ToLowerInvariant(), l => l.Value, StringComparer.Ordinal),
        Groups = report.Groups.Select(g => new
        {
            g.Name, g.Tier, g.IsGroup, g.IsStaff, g.Requests, g.Allowed, g.Unchanged, g.NewlyBlocked, g.NewlyOpen,
            BlockedSites = Sites(g.BlockedSites.Take(Limit(context))), OpenSites = Sites(g.OpenSites.Take(Limit(context))),
            MoreSites = Math.Max(0, g.BlockedSites.Length - Limit(context)) + Math.Max(0, g.OpenSites.Length - Limit(context)),
        }),
        report.Problems,
    };

    private int Limit(CommandContext context) => context.Value(_limit);

    private static IEnumerable<object> Sites(IEnumerable<SiteChange> changes) => changes.Select(c => new
    {
        c.Host, Before = c.Before.Code(), After = c.After.Code(), Reason = c.Reason.Code(), Category = c.Category?.Slug, c.Requests, c.Devices, c.InLessons, Last = Iso(c.Last),
    });

    private void Write(CommandContext context, PolicyTrialReport report, DateTimeOffset since, PolicySnapshot inForce, string name, ListSet lists)
    {
        var (output, paint) = (context.Output, context.Paint);
        output.WriteLine($"{Count(report.Requests, "recorded request")} since {Local(context, since)}, as {inForce.Version} decides them now and as {name} would{(lists.Version == inForce.Lists.Version ? "" : $" with lists {lists.Version}")}.");
        foreach (var group in report.Groups)
        {
            output.WriteLine();
            output.WriteLine($"{paint.Strong(group.IsGroup ? $"Group {group.Name}" : $"Tier {group.Name}")}{(group.IsGroup ? $" (tier {group.Tier})" : "")}: {Count(group.Requests, "request")}; {Number(group.Unchanged)} as before, {Number(group.NewlyBlocked)} newly blocked, {Number(group.NewlyOpen)} newly open");
            WriteSites(context, "newly blocked", group.BlockedSites, paint.Bad);
            WriteSites(context, "newly open", group.OpenSites, paint.Careful);
            if (group.Allowed == 0) output.WriteLine(paint.Faint($"  No allowed requests of {group.Name} are recorded in this time, so nothing can be said of what would newly be blocked. Write record: everything under the tier {group.Tier} for some days, then try again."));
        }
        if (report.Requests == 0) output.WriteLine("Nothing was recorded in this time; try an earlier --since.");
        foreach (var (why, count) in report.LeftOut) output.WriteLine(paint.Faint($"Left out: {Count(count, "request")} {Say(why)}."));
        output.WriteLine(paint.Faint("Only what was recorded is tried: refusals, overrides and what is logged, and all else only where a tier records everything. Nothing was changed."));
    }

    private void WriteSites(CommandContext context, string heading, IReadOnlyList<SiteChange> sites, Func<string, string> colour)
    {
        if (sites.Count == 0) return;
        context.Output.WriteLine($"  {heading}");
        foreach (var site in sites.Take(Limit(context)))
        {
            var lessons = site.InLessons > 0 ? $", {Number(site.InLessons)} of them in lessons" : "";
            context.Output.WriteLine($"    {colour(site.Host)}  {Count(site.Requests, "request")}, {Count(site.Devices, "device")}{lessons}; {site.Before.Code()} → {site.After.Code()} ({site.Category?.Slug ?? site.Reason.Code()})");
        }
        if (sites.Count > Limit(context)) context.Output.WriteLine(context.Paint.Faint($"    … and {Count(sites.Count - Limit(context), "more site")}: --limit shows them"));
    }

    private static string Say(LeftOut why) => why switch
    {
        LeftOut.Address => "whose address cannot be read",
        LeftOut.Tier => "of a tier or group that the proposed policy does not have",
        LeftOut.Network => "from outside the networks of the policy, which would be refused",
        LeftOut.Site => "to further sites are counted above, but not told by site",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Local(CommandContext context, DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Count(long number, string what) => $"{Number(number)} {what}{(number == 1 ? "" : "s")}";

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
