using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using FilterGate.Commands.Keeping;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Settings;

namespace FilterGate.Commands;

/// <summary><c>events</c>: what happened. Reads the event store beside a running gateway or without one.</summary>
internal static class EventsCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("events", "Look at what was blocked, opened and changed.",
            new CommandExample("filtergate events tail", "what happens now"),
            new CommandExample("filtergate events search --since 2h --host games.example", "who was blocked there since two hours ago"))
        {
            new EventsTailCommand(host),
            new EventsSearchCommand(host),
            new EventsHelpCommand(host),
            new EventsVerifyCommand(host),
            new EventsPurgeCommand(host),
            new EventsBackupCommand(host),
        };
}

/// <summary><c>events help-visits</c>: how often anybody at the school turned to a help site. One number a day; nobody, no device and no site is kept with it.</summary>
internal sealed class EventsHelpCommand : GatewayCommand
{
    private readonly Option<string> _since = new("--since") { HelpName = "TIME", Description = "from then on: 7d ago, or a day such as 2026-11-23", DefaultValueFactory = static _ => "30d" };

    /// <summary>Makes the command.</summary>
    public EventsHelpCommand(CommandHost host) : base(host, "help-visits", "Count how often anybody turned to a help site, by day. Nothing else is known of it.",
        new CommandExample("filtergate events help-visits", "the last thirty days"),
        new CommandExample("filtergate events help-visits --since 7d --json", "for a report")) => Options.Add(_since);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var since = TimeArgument.ReadSince(context.Value(_since)!, "--since", context.Clock);
        using var state = GatewayInputs.OpenStateIfThere(context);
        var days = state?.HelpVisits(DateOnly.FromDateTime(since.UtcDateTime)) ?? [];
        foreach (var (day, count) in days)
        {
            if (context.Json) context.WriteJson(new { Day = day, Count = count });
            else context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd}  {count,6}"));
        }
        if (days.Count == 0 && !context.Json) context.Error.WriteLine("No visit to a help site has been counted. Counts are written once a minute.");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary>The options that say which events.</summary>
internal sealed class EventFilter
{
    private readonly Option<string?> _since = new("--since") { HelpName = "TIME", Description = "from then on: 15m, 2h, 7d ago, or a time such as 2026-11-23T14:00" };
    private readonly Option<string?> _until = new("--until") { HelpName = "TIME", Description = "before then, written as for --since" };
    private readonly Option<string?> _tier = new("--tier") { HelpName = "TIER", Description = "only this tier" };
    private readonly Option<string?> _category = new("--category") { HelpName = "SLUG", Description = "only this category" };
    private readonly Option<string?> _host = new("--host") { HelpName = "HOST", Description = "only this host and its sub-domains" };
    private readonly Option<string?> _client = new("--client") { HelpName = "ADDRESS", Description = "only this source address" };
    private readonly Option<string?> _person = new("--person") { HelpName = "PERSON", Description = "only this person" };
    private readonly Option<string?> _device = new("--device") { HelpName = "NAME", Description = "only this device" };
    private readonly Option<string?> _group = new("--group", "--class") { HelpName = "GROUP", Description = "only this group" };
    private readonly Option<string?> _text = new("--text") { HelpName = "WORDS", Description = "only where all these words are in address, title or search words; the last may be the beginning of one" };
    private readonly Option<bool> _acts = new("--acts") { Description = "only what people did (pages, searches), not its parts" };
    private readonly Option<bool> _overrides = new("--overrides") { Description = "only what concerns overrides: asked, granted, used, revoked, ended" };

    private Option[] All => [_since, _until, _tier, _category, _host, _client, _device, _person, _group, _text, _acts, _overrides];

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    /// <summary>The filters of a run as they were given, for the audit: whose events were asked for, and of when.</summary>
    public string Say(CommandContext context) =>
        string.Concat(All.Where(context.IsGiven).Select(option => option is Option<string?> text ? $" {option.Name} {context.Value(text)}" : $" {option.Name}"));

    /// <summary>The query that they make.</summary>
    /// <exception cref="UserErrorException">A value cannot be read.</exception>
    public EventQuery Query(CommandContext context) => new()
    {
        Since = Time(context, _since),
        Until = Time(context, _until),
        Tier = context.Value(_tier),
        Category = context.Value(_category),
        Host = context.Value(_host) is { } host ? Host(host) : null,
        Client = context.Value(_client) is { } client ? Client(client) : null,
        Device = context.Value(_device),
        Person = context.Value(_person),
        Group = context.Value(_group),
        Text = context.Value(_text),
        Acts = context.Value(_acts) ? EventQuery.EveryAct : [],
        Kinds = context.Value(_overrides) ? [EventKind.Override] : [],
    };

    private static DateTimeOffset? Time(CommandContext context, Option<string?> option) => context.Value(option) is { } text ? TimeArgument.ReadSince(text, option.Name, context.Clock) : null;

    private static string Host(string text)
    {
        if (CanonicalUrl.TryCanonicalizeHost(text, out var host)) return host;
        if (CanonicalUrl.TryParse(text, out var url, out _)) return url.Host;
        throw new UserErrorException($"--host: '{Masking.Url(text)}' is not a host; write it as games.example");
    }

    private static string Client(string text) => IPAddress.TryParse(text, out var address)
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : throw new UserErrorException($"--client: '{text}' is not an address; write it as 10.20.1.7");
}

/// <summary>Prints events: one line each for people, the contract's keys for scripts.</summary>
/// <param name="context">The run.</param>
/// <param name="isRevealed">False hides query strings and names.</param>
internal sealed class EventPrinter(CommandContext context, bool isRevealed)
{
    /// <summary>True when query strings and names may be shown: the audit says why.</summary>
    public bool IsRevealed => isRevealed;

    /// <summary>Opens the box's events for reading.</summary>
    /// <exception cref="UserErrorException">There are none: the data folder is probably another.</exception>
    public static EventReader OpenReader(CommandContext context)
    {
        var folder = GatewayInputs.EventsFolder(context);
        return Directory.Exists(folder) ? new EventReader(folder) : throw new UserErrorException($"there are no events in {folder}; name the gateway's data folder with --data, or start the gateway once");
    }

    /// <summary>What may be shown; a reveal is in the audit and among the events before this returns.</summary>
    /// <param name="context">The run.</param>
    /// <param name="reveal">Its options.</param>
    /// <param name="asked">What was asked, of whom: for the audit.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="UserErrorException"><c>--reveal</c> without a reason, or nowhere to record it.</exception>
    public static async Task<EventPrinter> MakeAsync(CommandContext context, RevealOptions reveal, string asked, CancellationToken cancellationToken)
    {
        string? why = null;
        if (!reveal.IsRevealed(context, reason => why = reason)) return new EventPrinter(context, isRevealed: false);

        using var state = GatewayInputs.OpenStateIfThere(context) ?? throw new UserErrorException($"--reveal is written to the audit, and {context.DataFolder} has none yet; start the gateway once, or leave --reveal out");
        state.Audit(context.Actor, "reveal", asked, why);
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        await events.CommitAsync(new FilterEvent { Time = context.Clock.GetUtcNow(), Kind = EventKind.Audit, Rule = $"{asked} revealed to {context.Actor}: {why}" }, giveReference: false, cancellationToken);
        return new EventPrinter(context, isRevealed: true);
    }

    /// <summary>Prints one event.</summary>
    public void Print(FilterEvent e)
    {
        var shown = isRevealed ? e : Masked(e);
        if (context.Json) context.WriteJson(Row(shown));
        else context.Output.WriteLine(Line(shown));
    }

    /// <summary>The event without whose it was and what they typed.</summary>
    public static FilterEvent Masked(FilterEvent e) => e with
    {
        Person = Masking.Words(e.Person), Url = e.Url is null ? null : Masking.Url(e.Url), Referer = e.Referer is null ? null : Masking.Url(e.Referer), Title = Masking.Words(e.Title), SearchWords = Masking.Words(e.SearchWords),
        Rule = Masking.Text(e.Rule), Entry = e.Entry is null ? null : Masking.Url(e.Entry),
    };

    /// <summary>Says what could not be read; the rest is printed.</summary>
    public void Complain(EventPage page)
    {
        foreach (var problem in page.Problems) context.Error.WriteLine($"filtergate: {problem}");
    }

    // The keys and their order are the contract's; entry_id is what remains of a locked hit's entry.
    private static object Row(FilterEvent e) => new
    {
        e.Id,
        e.Gateway,
        Time = e.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        e.Kind,
        Decision = e.Decision?.Code(),
        Reason = e.Reason?.Code(),
        e.Client,
        e.Device,
        e.Person,
        e.Group,
        e.Tier,
        e.Method,
        e.Url,
        e.Host,
        e.Status,
        e.Bytes,
        e.Category,
        e.List,
        e.Entry,
        e.EntryId,
        e.Rule,
        e.PolicyVersion,
        e.ListsVersion,
        e.Reference,
        e.Line,
        e.ListVersion,
        ActKind = e.ActKind is { } act ? JsonNamingPolicy.KebabCaseLower.ConvertName(act.ToString()) : null,
        e.Act,
        Intent = e.Intent?.ToString().ToLowerInvariant(),
        e.Title,
        e.SearchWords,
        e.Referer,
        Means = WaysRound.Of(e)?.Code(),
    };

    private string Line(FilterEvent e)
    {
        var paint = context.Paint;
        var kind = $"{JsonNamingPolicy.KebabCaseLower.ConvertName(e.Kind.ToString()),-13}";
        var time = TimeZoneInfo.ConvertTime(e.Time, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var who = string.Join(' ', new[] { e.Tier, e.Device ?? e.Client, e.Person }.OfType<string>());
        var where = e.Url ?? e.Host ?? (e.EntryId is null ? null : $"[{e.List} {e.EntryId}]");
        var why = e.Rule ?? string.Join(' ', new[] { e.Reason?.Code(), e.Category }.OfType<string>());
        return string.Join("  ", new[]
        {
            paint.Faint(time), e.Kind switch { EventKind.Block or EventKind.Circumvention => paint.Bad(kind), EventKind.Override or EventKind.WouldBlock or EventKind.WouldWarn or EventKind.WouldLimit or EventKind.WouldGetRound => paint.Careful(kind), _ => kind }, who, where, why, e.Reference is null ? null : paint.Strong(e.Reference),
        }.Where(part => !string.IsNullOrEmpty(part)));
    }
}

/// <summary><c>events search</c>: past events, newest last.</summary>
internal sealed class EventsSearchCommand : GatewayCommand
{
    private const int PageSize = 1000;

    private readonly EventFilter _filter = new();
    private readonly RevealOptions _reveal = new();
    private readonly Option<int> _limit = new("--limit") { HelpName = "N", Description = "at most so many, the newest; default 1000", DefaultValueFactory = _ => 1000 };

    /// <summary>Makes the command.</summary>
    public EventsSearchCommand(CommandHost host) : base(host, "search", "Find past events; newest last.",
        new CommandExample("filtergate events search --since 15m", "the last quarter of an hour"),
        new CommandExample("filtergate events search --since 7d --tier pupil --category games --json | jq -r .host | sort | uniq -c", "which game sites pupils tried"),
        new CommandExample("filtergate events search --acts --text \"minec\" --class 4b --since 60d", "acts of a class with a word that begins so, over two months"),
        new CommandExample("filtergate events search --overrides --since 2026-11-23", "what was opened since Monday, by whom and why"),
        new CommandExample("filtergate events search --client 10.20.1.7 --reveal --reason \"safeguarding case 12\"", "with query strings; this is recorded"))
    {
        _filter.AddTo(this);
        Options.Add(_limit);
        _reveal.AddTo(this);
        _limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--limit: at least 1");
        });
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var query = _filter.Query(context);
        var reader = EventPrinter.OpenReader(context);
        var printer = await EventPrinter.MakeAsync(context, _reveal, $"events search{_filter.Say(context)}", cancellationToken);

        // The store answers newest first, page by page; people read newest last.
        var (limit, found) = (context.Value(_limit), new List<FilterEvent>());
        EventPage page;
        do
        {
            page = reader.Search(query with { Limit = Math.Min(PageSize, limit - found.Count), Before = found.Count > 0 ? found[^1].Id : null });
            if (found.Count == 0) printer.Complain(page);
            found.AddRange(page.Events);
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (page.HasMore && found.Count < limit);

        for (var i = found.Count - 1; i >= 0; i--) printer.Print(found[i]);
        if (page.HasMore) context.Error.WriteLine($"filtergate: older ones match too; these are the newest {found.Count}. Ask for more with --limit, or narrow --since.");
        return ExitCode.Done;
    }
}

/// <summary><c>events tail</c>: the last events, then each new one as it is written.</summary>
internal sealed class EventsTailCommand : GatewayCommand
{
    /// <summary>How often to look. A look costs under a millisecond, and nobody reads faster.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly EventFilter _filter = new();
    private readonly RevealOptions _reveal = new();
    private readonly Option<int> _lines = new("--lines", "-n") { HelpName = "N", Description = "how many past ones first; default 10", DefaultValueFactory = _ => 10 };
    private readonly Option<bool> _follow = new("--follow") { HelpName = "true|false", Description = "go on with new ones until Ctrl-C; default true", DefaultValueFactory = _ => true };

    /// <summary>Makes the command.</summary>
    public EventsTailCommand(CommandHost host) : base(host, "tail", "Show the last events and follow new ones; newest last.",
        new CommandExample("filtergate events tail", "the last ten, then what happens now"),
        new CommandExample("filtergate events tail -n 50 --tier pupil --follow=false", "the last fifty of the pupils' tier"),
        new CommandExample("filtergate events tail --overrides --json", "every override as it is asked, granted, used and ended"))
    {
        _filter.AddTo(this);
        Options.Add(_lines);
        Options.Add(_follow);
        _reveal.AddTo(this);
        _lines.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0) result.AddError("--lines: not below 0");
        });
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var query = _filter.Query(context);
        var reader = EventPrinter.OpenReader(context);
        var printer = await EventPrinter.MakeAsync(context, _reveal, $"events tail{_filter.Say(context)}", cancellationToken);

        // The position is taken first: what is written during the search is found twice and printed once.
        var position = reader.Position();
        var printed = new HashSet<Guid>();
        if (context.Value(_lines) is > 0 and var lines)
        {
            var page = reader.Search(query with { Limit = lines });
            printer.Complain(page);
            foreach (var e in page.Events.Reverse())
            {
                printer.Print(e);
                printed.Add(e.Id);
            }
        }

        while (context.Value(_follow))
        {
            await Task.Delay(Interval, context.Clock, cancellationToken);
            EventPage page;
            do
            {
                page = reader.ReadNew(position, query with { Limit = 1000 });
                foreach (var e in page.Events)
                    if (!printed.Remove(e.Id)) printer.Print(e);
            }
            while (page.HasMore);
            printed.Clear();
        }
        return ExitCode.Done;
    }
}
