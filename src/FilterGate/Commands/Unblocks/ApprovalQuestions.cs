using System.Globalization;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Unblocks;

/// <summary>What a person answered before an approval; null for what a flag says.</summary>
internal sealed record ApprovalAnswers
{
    /// <summary>What is opened.</summary>
    public Site? Site { get; init; }

    /// <summary>For whom.</summary>
    public Audience? Audience { get; init; }

    /// <summary>Until when.</summary>
    public DateTimeOffset? End { get; init; }
}

/// <summary>Asks a person at a terminal what <c>unblock approve</c> opens, for whom and until when. An empty line takes what is in brackets: what the request asks for.</summary>
/// <remarks>An answer that cannot be read is asked for again, <see cref="TriesMax"/> times; the end of the input ends the command, and nothing is changed.</remarks>
internal static class ApprovalQuestions
{
    private const int TriesMax = 3;

    // As long as a lesson, where nobody said until when.
    private const string UsualLength = "1h";

    /// <summary>Asks what is not known yet.</summary>
    /// <exception cref="UserErrorException">There was no answer that can be used.</exception>
    public static ApprovalAnswers Ask(CommandContext context, UnblockRequest request, GatewayInputs inputs, bool asksForSite, bool asksForWhom, bool asksForEnd)
    {
        context.Error.WriteLine($"{request.Reference}: {request.Device ?? request.Client} ({request.Tier}{(request.Class is null ? "" : $", {request.Class}")}) asks for {Masking.Url(request.Url)}");
        var end = request.Until is { } wanted && wanted > context.Clock.GetUtcNow() ? request.Until : null;
        return new()
        {
            Site = asksForSite ? Choose(context, "What is opened?", "or an address, a host, bundle:NAME", Sites(request), text => SiteArgument.Read(text, "what")) : null,
            Audience = asksForWhom ? Choose<Audience>(context, "For whom?", "or a class, a tier, the id of a person", Audiences(request, inputs), text => ReadAudience(text, inputs)) : null,
            End = asksForEnd
                ? Read<DateTimeOffset>(context, "Until when? (1h, 15:00)", end is { } until ? UnblockCommand.Local(context, until) : UsualLength, text => text is null && end is { } given ? given : HowLong.ReadAnswer(context, text ?? UsualLength))
                : null,
        };
    }

    private static List<(string Label, Site Value, bool IsUsual)> Sites(UnblockRequest request)
    {
        var sites = new List<(string, Site, bool)>();
        if (CanonicalUrl.TryParse(request.Url, out var url, out _) && Site.ForUrl(url) is { Path: not null } part) sites.Add(($"this page and what lies below it: {part}", part, false));
        // The usual one, as without a terminal: a page seldom works without its neighbours.
        sites.Add(($"the whole site: {request.Host}", Site.ForHost(request.Host), true));
        foreach (var bundle in BundleFile.Shipped.All.Where(b => b.Entries.Any(entry => entry.Text == request.Host || request.Host.EndsWith("." + entry.Text, StringComparison.Ordinal))))
            if (Site.TryParse($"bundle:{bundle.Name}", out var whole, out _)) sites.Add(($"all that {bundle.Name} needs: {whole}", whole, false));
        return sites;
    }

    private static List<(string Label, Audience Value, bool IsUsual)> Audiences(UnblockRequest request, GatewayInputs inputs)
    {
        var audiences = new List<(string Label, Audience Value, bool IsUsual)>();
        var wanted = request.Audience ?? Audience.ForTier(request.Tier);
        if (request.Person is { } person) Add("who asked", Audience.ForPerson(person));
        else if (request.Device is { } device) Add($"the device that asked: {device}", Audience.ForDevice(device));
        if (request.Class is { } name && inputs.Policy.FindGroup(name) is { } group) Add($"the class {group.Name}", Audience.ForGroup(group.Name));
        Add($"the tier {request.Tier}", Audience.ForTier(request.Tier));
        if (audiences.TrueForAll(a => a.Value != wanted)) Add($"as it was asked: {wanted}", wanted);
        Add("everybody", Audience.Everyone);
        return audiences;

        void Add(string label, Audience audience) => audiences.Add((label, audience, audience == wanted));
    }

    private static Audience ReadAudience(string text, GatewayInputs inputs)
    {
        // With its kind (tier:staff) only that is meant; a bare name is a class first.
        var kind = Audience.TryParse(text, out var spelt) ? spelt.Kind : (AudienceKind?)null;
        if (kind is AudienceKind.Everyone or AudienceKind.Device or AudienceKind.Client) return spelt;
        if (kind is not null) text = spelt.Name;
        if (kind is null or AudienceKind.Group && inputs.Policy.FindGroup(text) is { } group) return Audience.ForGroup(group.Name);
        if (kind is null or AudienceKind.Tier && inputs.Policy.FindTier(text) is { } tier) return Audience.ForTier(tier.Name);
        if (kind is null or AudienceKind.Person && inputs.Policy.InForce.Roster.FindPerson(text) is { } person) return Audience.ForPerson(person.Id);
        throw new UserErrorException($"for whom: '{text}' is no group or tier of the policy and nobody of the roster");
    }

    private static T Choose<T>(CommandContext context, string question, string otherwise, List<(string Label, T Value, bool IsUsual)> choices, Func<string, T> read)
    {
        context.Error.WriteLine($"{question} A number, {otherwise}");
        for (var i = 0; i < choices.Count; i++) context.Error.WriteLine($"  {i + 1}  {choices[i].Label}");
        var usual = choices.FindIndex(c => c.IsUsual);
        return Read(context, "", $"{usual + 1}", text =>
        {
            if (text is null) return choices[usual].Value;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= choices.Count ? choices[number - 1].Value : read(text);
        });
    }

    /// <param name="context">The run.</param>
    /// <param name="question">The question.</param>
    /// <param name="usual">What an empty line means, as shown.</param>
    /// <param name="read">Reads an answer; null for an empty line.</param>
    private static T Read<T>(CommandContext context, string question, string usual, Func<string?, T> read)
    {
        for (var tries = 1; ; tries++)
        {
            context.Error.Write($"{question}{(question.Length == 0 ? "" : " ")}[{usual}] ");
            var line = context.Input.ReadLine() ?? throw new UserErrorException("nobody answers; nothing was changed");
            try
            {
                return read(line.Trim() is { Length: > 0 } text ? text : null);
            }
            catch (UserErrorException problem) when (tries < TriesMax)
            {
                context.Error.WriteLine($"filtergate: {problem.Message}");
            }
        }
    }
}
