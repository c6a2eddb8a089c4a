using System.CommandLine;
using System.Globalization;
using FilterGate.Lookup;
using FilterGate.Matching;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists find</c>: which entries name this address, or contain this text. Illegal-content lists are not looked at.</summary>
internal sealed class ListsFindCommand : GatewayCommand
{
    private const int LimitDefault = 100, LimitMax = 100_000, TextLengthMin = 2;

    private readonly Argument<string> _text = new("TEXT") { Description = "a host or an address; with --contains any part of one" };
    private readonly Option<bool> _contains = new("--contains") { Description = "every entry that contains the text, instead of those that match the address" };
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "look in lists in UT1/squidGuard layout, instead of those in force" };
    private readonly Option<int> _limit = new("--limit") { HelpName = "N", Description = $"most entries shown (default {LimitDefault})", DefaultValueFactory = _ => LimitDefault };

    /// <summary>Makes the command.</summary>
    public ListsFindCommand(CommandHost host) : base(host, "find", "Show every list entry that matches an address or contains a text: list, line, category. Illegal-content lists are never looked at here: that would give them away.",
        new CommandExample("filtergate lists find games.example", "why is it in a category?"),
        new CommandExample("filtergate lists find poker --contains --limit 20", "what do the lists have of it?"),
        new CommandExample("filtergate lists find games.example --json | jq -r '.matches[].list'", "for a script"))
    {
        Arguments.Add(_text);
        foreach (var option in (Option[])[_contains, _lists, _limit]) Options.Add(option);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var text = context.Value(_text)!.Trim();
        var limit = context.Value(_limit);
        if (limit is < 1 or > LimitMax) throw new UserErrorException($"--limit takes 1 to {LimitMax:n0}");
        var found = context.Value(_contains) ? Search(context, text, limit) : LookUp(context, text, limit);
        if (context.Json) context.WriteJson(found);
        else Write(context, found);
        return Task.FromResult(ExitCode.Done);
    }

    private Answer LookUp(CommandContext context, string text, int limit)
    {
        if (!CanonicalUrl.TryParse(text, out var url, out var wrong)) throw new UserErrorException($"'{Masking.Url(text)}' is not an address: {wrong}. To look for a part of one: filtergate lists find TEXT --contains");
        var lookup = new CategoryLookup(GatewayInputs.LoadLists(context, context.Value(_lists)?.FullName));
        var start = context.Clock.GetTimestamp();
        var categories = lookup.Classify(url);
        var matches = lookup.Explain(url);
        var elapsed = context.Clock.GetElapsedTime(start);
        return new(Masking.Url(text), url.Host, Contains: null, lookup.Slugs(categories), matches.Length > limit, [.. matches.Take(limit).Select(MatchesOf(context))], elapsed.TotalMilliseconds, lookup.ListsVersion);
    }

    private Answer Search(CommandContext context, string text, int limit)
    {
        if (text.Length < TextLengthMin) throw new UserErrorException($"--contains wants at least {TextLengthMin} characters");
        var lists = GatewayInputs.LoadLists(context, context.Value(_lists)?.FullName);
        // Entries have international names in Punycode: a whole name can be brought to that, a part of one cannot.
        var sought = !text.All(char.IsAscii) && CanonicalUrl.TryCanonicalizeHost(text, out var host) ? host : text;
        var start = context.Clock.GetTimestamp();
        var found = lists.Categories.Search(sought, limit + 1);
        var elapsed = context.Clock.GetElapsedTime(start);
        var matches = found.Take(limit).OrderBy(m => m.List, StringComparer.Ordinal).ThenBy(m => m.Line).Select(MatchesOf(context));
        return new(Masking.Url(text), Host: null, Masking.Url(text), Categories: null, found.Length > limit, [.. matches], elapsed.TotalMilliseconds, lists.Version);
    }

    private static Func<ListMatch, Match> MatchesOf(CommandContext context)
    {
        using var sources = SchoolSources.Open(context);
        var catalogue = sources.Catalogue;
        return match => new(match.List, match.Entry, match.Line, match.Category.Slug, match.Version, catalogue.Find(SourceOf(match.List))?.Report);
    }

    /// <summary>A fetched list is named for its source: <c>ut1/games/domains</c>, <c>doh</c>.</summary>
    private static string SourceOf(string list) => list.Split('/', 2)[0];

    private static void Write(CommandContext context, Answer answer)
    {
        var (output, paint) = (context.Output, context.Paint);
        if (answer.Categories is not null) output.WriteLine($"{paint.Strong(answer.Host!)}: {string.Join(", ", answer.Categories)}");
        else if (answer.Matches.Count == 0) output.WriteLine($"No entry contains {answer.Contains}.");
        foreach (var match in answer.Matches)
            output.WriteLine($"  {match.List}:{match.Line}  {paint.Strong(match.Entry)}  {match.Category}{(match.Version.Length == 0 ? "" : paint.Faint($"  version {match.Version}"))}");
        if (answer.IsMore) output.WriteLine("  … and more: --limit N shows them");
        foreach (var (publisher, report) in answer.Matches.Where(m => m.Report is not null).Select(m => (Publisher: SourceOf(m.List), m.Report)).Distinct())
            output.WriteLine($"Is an entry of {publisher} wrong? Its publisher is told at {report}; until it is mended, an entry in own_allow or filtergate unblock grant opens the site here.");
        output.WriteLine(paint.Faint(string.Create(CultureInfo.InvariantCulture, $"Lists {answer.ListsVersion}, asked in {answer.Milliseconds:0.0} ms. Illegal-content lists are not consulted; filtergate check says what would happen.")));
    }

    /// <summary>The answer; its properties are its JSON.</summary>
    private sealed record Answer(
        string Text, string? Host, string? Contains, IReadOnlyList<string>? Categories, [property: System.Text.Json.Serialization.JsonPropertyName("more")] bool IsMore, IReadOnlyList<Match> Matches, double Milliseconds, string ListsVersion)
    {
        public string LockedLists { get; } = CategoryLookup.LockedLists;
    }

    // Report: where the list's publisher is told of an entry that is wrong; null for our own lists and where no page is known.
    private sealed record Match(string List, string Entry, int Line, string Category, string Version, Uri? Report);
}
