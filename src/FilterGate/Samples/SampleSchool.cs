using System.Globalization;
using FilterGate.Commands;
using FilterGate.Commands.People;
using FilterGate.Events;
using FilterGate.Events.Acts;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Search;
using FilterGate.Policy.Timetables;
using FilterGate.Policy.TwoKeys;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Samples;

/// <summary>What was put into a folder.</summary>
/// <param name="School">The school's name, which says that it is invented.</param>
/// <param name="Settings">The settings file to run it with.</param>
/// <param name="People">How many people.</param>
/// <param name="Devices">How many devices.</param>
/// <param name="Day">The school day of the traffic.</param>
/// <param name="Visits">How many addresses were asked for.</param>
/// <param name="Blocked">How many of them were refused.</param>
/// <param name="Requests">References of the requests that wait.</param>
internal sealed record SampleMade(string School, string Settings, int People, int Devices, DateOnly Day, int Visits, int Blocked, IReadOnlyList<string> Requests);

/// <summary>The sample school of <c>seeds/sample-school</c> as a data folder. What its people asked for is written down; what came of it is decided by the policy, as in a real day.</summary>
internal static class SampleSchool
{
    /// <summary>Names the gateway of every event, so that an export says it too.</summary>
    public const string Gateway = "invented";

    /// <summary>The file that marks a data folder as invented.</summary>
    public const string MarkName = "INVENTED.txt";

    /// <summary>So many days are gone back for a school day: requests live for fourteen.</summary>
    private const int DaysBackMax = 7;

    private static readonly TimeSpan EndOfSchool = TimeSpan.FromHours(16);

    private static readonly CsvColumn[] DayColumns = [new("time"), new("device"), new("how"), new("address"), new("title"), new("route"), new("note")];

    /// <summary>The file that marks a folder as invented.</summary>
    public static string MarkIn(string folder) => Path.Combine(folder, MarkName);

    /// <summary>Fills an empty folder.</summary>
    /// <param name="context">The run; its account becomes the school's technician.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellationToken">Ends it half done: the folder is marked by then.</param>
    public static async Task<SampleMade> FillAsync(CommandContext context, string folder, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(MarkIn(folder), "Everything in this folder is invented: school, people, devices, traffic and requests. Made by: filtergate sample\n", cancellationToken);
        // With settings of its own nothing of this computer's real gateway is read, its policy least of all.
        var settings = Path.Combine(folder, "settings.yaml");
        await File.WriteAllTextAsync(settings, "# The sample school, invented. Its policy is in state.db.\ndata: .\n", cancellationToken);

        var yaml = SeedPolicies.Read("sample-school") + ReadText("keys.yaml");
        var document = GatewayInputs.Parse(new PolicyText(PolicySource.Sample, "sample-school", yaml), ListLoader.ShippedTaxonomy, out _);
        using var state = StateStore.Open(GatewayInputs.StatePath(context), context.Clock);
        state.ImportPolicy(document.Version, yaml, context.Actor, "the sample school, invented");
        var (people, devices) = ImportRoster(context, state, document);

        var day = LastSchoolDay(document.Timetable, context.Clock.GetUtcNow());
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        var policy = PolicySnapshot.Compile(document, GatewayInputs.LoadLists(context, listsFolder: null), state.InForce(context.Clock.GetUtcNow(), BundleFile.Shipped));
        var (visits, blocked, requests) = await LiveThroughAsync(policy, state, events, day, cancellationToken);
        return new SampleMade(document.School, settings, people, devices, day, visits, blocked, requests);
    }

    private static (int People, int Devices) ImportRoster(CommandContext context, StateStore state, PolicyDocument document)
    {
        var technician = document.Approvals.Holders(Roles.Technician)[0];
        var people = new PersonReader(Records()).ReadAll(ReadTable("people.csv", PersonReader.Columns, out var problems), role: null, problems)
            // Whoever tries it may turn the technician's key.
            .Select(p => p.Person.Id == technician ? p with { Person = p.Person with { Account = context.Actor } } : p).ToArray();
        Require(problems);
        state.ImportPeople(people, removeMissing: false, "the sample school", "invented", context.Actor);
        var devices = new DeviceReader(Records()).ReadAll(ReadTable("devices.csv", DeviceReader.Columns, out problems), problems);
        Require(problems);
        state.ImportDevices(devices, removeMissing: false, "the sample school", "invented", context.Actor);
        return (people.Length, devices.Count);

        SchoolRecords Records() => new(document, state.CurrentRoster(), context.Clock.GetUtcNow());
    }

    private static async Task<(int Visits, int Blocked, IReadOnlyList<string> Requests)> LiveThroughAsync(
        PolicySnapshot policy, StateStore state, EventStore events, DateOnly day, CancellationToken cancellationToken)
    {
        var clock = new ClockOfTheDay();
        var desk = new UnblockDesk(state, events, clock, Gateway);
        var acts = new ActFolder();
        var (visits, blocked, requests) = (0, 0, new List<string>());
        foreach (var row in ReadTable("day.csv", DayColumns, out _))
        {
            var local = day.ToDateTime(TimeOnly.ParseExact(row["time"]!, "HH:mm", CultureInfo.InvariantCulture));
            clock.Now = Utc(local, policy.Timetable.Zone);
            var client = policy.Identify(policy.InForce.Roster.FindDeviceByName(row["device"]!)!.Address!)!;
            if (!CanonicalUrl.TryParse(row["address"]!, out var url, out var wrong)) throw new InvalidOperationException($"day.csv, line {row.Line}: {wrong}");
            visits++;
            var decision = policy.Decide(client, url, Seen.Url, clock.Now);
            var act = Fold(acts, client, url, row["how"]!, in decision, clock.Now, out var words);
            // As a gateway does: a visit for help, and noise, are never recorded, nor what is allowed where the group records no acts.
            if (decision.IsForwarded && (act.Kind is null || client.Tier.Record == RecordRule.Blocks || policy.IsNeverRecorded(url, Seen.Url))) continue;
            var made = EventOf(policy, client, url, decision, clock.Now) with
            {
                ActKind = act.Kind, Act = act.PartOf, Intent = act.Intent, SearchWords = words, Title = decision.IsForwarded ? row["title"] : null,
                Kind = act.Kind == ActKind.Circumvention ? EventKind.Circumvention : !decision.IsForwarded ? EventKind.Block : act.Kind == ActKind.Search ? EventKind.Search : EventKind.Allow,
            };
            if (act.Kind is not null) made = made with { Id = act.Id };
            if (!decision.IsForwarded) blocked++;
            var stored = await events.CommitAsync(made, giveReference: !decision.IsForwarded, cancellationToken);
            if (row["route"] is not { } route) continue;
            var ask = new UnblockAsk(stored.Reference!, client.AddressText, row["note"] ?? "") { Route = route == "for-good" ? RequestRoute.ForGood : null };
            var asked = await desk.AskAsync(ask, policy, cancellationToken);
            requests.Add(asked.Request?.Reference ?? throw new InvalidOperationException($"day.csv, line {row.Line}: {asked.Message}"));
        }
        return (visits, blocked, requests);
    }

    /// <summary>What a browser would have said of it, folded as a gateway folds it. <c>typed</c>, <c>searched</c>, <c>clicked</c>, or <c>loaded</c> by a page, or asked for by an <c>app</c>.</summary>
    private static FoldedAct Fold(ActFolder acts, Client client, CanonicalUrl url, string how, in Decision decision, DateTimeOffset time, out string? words)
    {
        var target = url.Query is null ? url.Path : $"{url.Path}?{url.Query}";
        var isSearch = SearchTerms.Shipped.TryFind(url.Host, target, out var search);
        var signs = new RequestSigns(client.Person ?? client.Device ?? client.AddressText, url.Host, target, time)
        {
            Method = "GET", IsRefused = !decision.IsForwarded, SearchKey = isSearch ? search.Key : 0,
            IsCircumvention = decision.IsWayRound, IsNoise = decision.Category?.Slug is "advertising" or "telemetry" or "updates",
        };
        var act = acts.Fold(how switch
        {
            "typed" => signs with { FetchDest = "document", FetchMode = "navigate", FetchSite = "none" },
            "searched" => signs with { FetchDest = "document", FetchMode = "navigate", FetchSite = "cross-site", Referer = "https://www.google.co.uk/" },
            "clicked" => signs with { FetchDest = "document", FetchMode = "navigate", FetchSite = "cross-site", Referer = "https://links.example/" },
            "loaded" => signs with { FetchDest = "image", FetchMode = "no-cors", FetchSite = "cross-site" },
            "app" => signs with { UserAgent = "an app", Accept = "*/*" },
            _ => throw new InvalidOperationException($"day.csv: {how} is no way to come to a page"),
        });
        words = isSearch && act.Kind is not null ? search.Words(target) : null;
        // Whose search led there another engine made, or it was made before the day began.
        return how == "searched" && act.Intent == Intent.Clicked ? act with { Intent = Intent.Searched } : act;
    }

    private static FilterEvent EventOf(PolicySnapshot policy, Client client, CanonicalUrl url, in Decision decision, DateTimeOffset time)
    {
        var category = decision.Category;
        ListMatch? match = policy.Lists.Categories.Explain(url, Seen.Url).Where(m => m.Category == category).Select(m => (ListMatch?)m).FirstOrDefault();
        return new FilterEvent
        {
            Time = time, Gateway = Gateway, Kind = EventKind.Block, Decision = decision.Verdict, Reason = decision.Reason,
            Client = client.AddressText, Device = client.Device, Person = client.Person, Group = client.Group?.Name, Tier = client.Tier.Name,
            Method = "GET", Url = url.ToString(), Host = url.Host, Status = 403, Category = category?.Slug, List = match?.List, Entry = match?.Entry, Line = match?.Line, Rule = decision.Rule,
            PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version,
        };
    }

    /// <summary>The last day that is over and was a school day; in the holidays the day before.</summary>
    private static DateOnly LastSchoolDay(Timetable timetable, DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, timetable.Zone);
        var today = DateOnly.FromDateTime(local.DateTime);
        for (var back = local.TimeOfDay >= EndOfSchool ? 0 : 1; back <= DaysBackMax; back++)
        {
            var noon = Utc(today.AddDays(-back).ToDateTime(new TimeOnly(12, 0)), timetable.Zone);
            if (timetable.At(noon).Contains(Timetable.TermTime)) return today.AddDays(-back);
        }
        return today.AddDays(-1);
    }

    private static DateTimeOffset Utc(DateTime local, TimeZoneInfo zone) => new(TimeZoneInfo.ConvertTimeToUtc(local, zone), TimeSpan.Zero);

    private static IReadOnlyList<CsvLine> ReadTable(string file, IReadOnlyList<CsvColumn> columns, out InputProblems problems)
    {
        problems = new InputProblems();
        using var stream = SeedPolicies.OpenSample(file);
        var rows = CsvTable.Read(stream, columns, [columns[0].Name], problems);
        Require(problems);
        return rows;
    }

    private static string ReadText(string file)
    {
        using var reader = new StreamReader(SeedPolicies.OpenSample(file));
        return reader.ReadToEnd();
    }

    /// <summary>The files are the program's own: a mistake in one is ours.</summary>
    private static void Require(InputProblems problems)
    {
        if (problems.FirstOrDefault(p => !p.IsWarning) is { } problem) throw new InvalidOperationException($"the sample school, line {problem.Line}: {problem.Message}");
    }

    /// <summary>Shows the time of the row that is lived through.</summary>
    private sealed class ClockOfTheDay : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
