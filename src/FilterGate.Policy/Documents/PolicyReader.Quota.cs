using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using FilterGate.Policy.Passes;

namespace FilterGate.Policy.Documents;

/// <summary>Minutes a day for one category, as the document has them.</summary>
/// <param name="Category">Slug.</param>
/// <param name="Rule">How many, and how many at a time.</param>
public sealed record QuotaDocument(string Category, QuotaRule Rule);

internal sealed partial class PolicyReader
{
    private const int ContinueMinutesMax = 8 * 60;

    private static readonly string[] QuotaKeys = ["daily", "slice", "why"];

    /// <summary>Reads <c>quota: { games: 60m/10m, video-sharing: { daily: 30m, slice: 10m } }</c>. <paramref name="named"/> has the key that each category of this tier stands under.</summary>
    private ImmutableArray<QuotaDocument> ReadQuota(DocumentNode? node, string tier, Dictionary<string, string> named)
    {
        const string key = "quota";
        var quotas = ImmutableArray.CreateBuilder<QuotaDocument>();
        foreach (var (category, value) in Entries(node, key, "{ games: 60m/10m }"))
        {
            if (taxonomy.Find(category.Text) is not { } known)
                Wrong(category, $"'{category.Text}' is no category{Suggestion(category.Text, taxonomy.Categories.Select(c => c.Slug))}");
            else if (WhyNot(known, key) is { } why)
                Problems.Add(new PolicyProblem(category.Line, category.Column, why) { IsRefused = known.Pupil == Matching.CategoryDefault.Locked });
            else if (!named.TryAdd(category.Text, key))
                Wrong(category, $"'{category.Text}' stands under {named[category.Text]} and under {key} of tier {tier}; keep one");
            else if (ReadQuotaRule(category.Text, value) is { } rule)
                quotas.Add(new QuotaDocument(category.Text, rule));
        }
        return quotas.ToImmutable();
    }

    private QuotaRule? ReadQuotaRule(string category, DocumentNode node)
    {
        int? daily, slice = null;
        if (node is DocumentMap map)
        {
            var keys = Known(map, QuotaKeys, [], "a quota");
            if (!keys.TryGetValue("daily", out var dailyNode))
            {
                Wrong(node, "the minutes a day are missing; write { daily: 60m, slice: 10m }");
                return null;
            }
            daily = ReadMinutes(dailyNode, DayMinutes);
            if (keys.TryGetValue("why", out var why) && ReadWords(why, "the reason", WhyLengthMax) is { } reason) _rationale[category] = reason;
            if (keys.TryGetValue("slice", out var sliceNode) && (slice = ReadMinutes(sliceNode, DayMinutes)) is null) return null;
        }
        else
        {
            if (Text(node, "minutes a day such as 60m/10m") is not { } text) return null;
            var parts = text.Split('/', StringSplitOptions.TrimEntries);
            if (parts.Length > 2)
            {
                Wrong(node, $"'{text}' is no quota; write the minutes a day and those of a slice, as 60m/10m");
                return null;
            }
            daily = ReadMinutes(node, parts[0], DayMinutes);
            if (parts.Length == 2 && (slice = ReadMinutes(node, parts[1], DayMinutes)) is null) return null;
        }
        if (daily is not { } minutes) return null;
        if (slice <= minutes) return new QuotaRule(minutes, slice.Value);
        if (slice is null) return new QuotaRule(minutes, Math.Min(minutes, QuotaRule.SliceMinutesDefault));
        Wrong(node, string.Create(CultureInfo.InvariantCulture, $"a slice of {slice} minutes is longer than the {minutes} of a day; write 60m/10m"));
        return null;
    }

    /// <summary>Reads <c>continue: 15m</c>.</summary>
    private int? ReadContinue(DocumentNode? node) => node is null ? null : ReadMinutes(node, ContinueMinutesMax);

    private int? ReadMinutes(DocumentNode node, int minutesMax) => Text(node, "a length of time such as 10m") is { } text ? ReadMinutes(node, text, minutesMax) : null;

    private int? ReadMinutes(DocumentNode node, string text, int minutesMax)
    {
        var match = HoursAndMinutes().Match(text);
        if (match.Success)
        {
            var minutes = Part(match, "h") * 60 + Part(match, "m");
            if (minutes >= 1 && minutes <= minutesMax) return minutes;
        }
        Wrong(node, string.Create(CultureInfo.InvariantCulture, $"'{text}' is no length of time; write minutes or hours with their letter, such as 10m or 1h30m, from 1m to {minutesMax / 60}h"));
        return null;

        static int Part(Match match, string unit) => match.Groups[unit] is { Success: true } part ? int.Parse(part.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex("^((?<h>[0-9]{1,4})h)?((?<m>[0-9]{1,4})m)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex HoursAndMinutes();
}
