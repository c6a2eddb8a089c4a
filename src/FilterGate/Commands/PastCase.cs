using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Running;
using FilterGate.Safeguarding.WhatIf;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary>A decision of the past or of now, with the way to it.</summary>
/// <param name="Policy">What decided.</param>
/// <param name="Question">What was asked.</param>
/// <param name="Trace">The answer.</param>
internal sealed record PastAnswer(PolicySnapshot Policy, Question Question, DecisionTrace Trace);

/// <summary>A recorded request, decided again with that day's policy and lists, and once more with those of now. Never acts.</summary>
/// <remarks>What of that day is no longer kept is said in <see cref="Notes"/>, and the event's own record stands in for it.</remarks>
internal sealed record PastCase
{
    /// <summary>The version of the policy that decided, or null where the history does not have it.</summary>
    public PolicyVersion? Version { get; private init; }

    /// <summary>True when the very lists of that day decided again; false when what the event says of them did.</summary>
    public bool AreListsKept { get; private init; }

    /// <summary>That day's answer; null where that day's policy is not there or cannot be read.</summary>
    public PastAnswer? Then { get; private init; }

    /// <summary>What the same client would be answered now; null where the policy in force does not serve it.</summary>
    public PastAnswer? Now { get; private init; }

    /// <summary>What could not be as it was, in plain words.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>Decides again.</summary>
    /// <param name="context">The run.</param>
    /// <param name="state">The history, or null on a box without one.</param>
    /// <param name="inForce">What decides now.</param>
    /// <param name="e">The event.</param>
    /// <param name="request">The request that it records.</param>
    public static PastCase Of(CommandContext context, StateStore? state, GatewayInputs inForce, FilterEvent e, in PastRequest request)
    {
        if (!CanonicalUrl.TryParse(request.Url, out var url, out var wrong)) return new PastCase { Notes = [$"its address cannot be read any more: {wrong}"] };
        var notes = new List<string>();
        var kept = KeptLists(context, inForce.Policy.Lists, e.ListsVersion);
        if (kept is null) notes.Add($"the lists of that day (version {e.ListsVersion ?? "unknown"}) are no longer kept; what they said is taken from the record of the event");
        var version = e.PolicyVersion is { } name ? state?.FindPolicy(name) : null;
        return new PastCase
        {
            Version = version,
            AreListsKept = kept is not null,
            Then = AnswerThen(version?.Yaml ?? (inForce.Policy.Version == e.PolicyVersion ? inForce.Text.Yaml : null), kept, inForce.Policy.Lists, state, e, in request, url, notes),
            Now = AnswerNow(context, inForce.Policy, in request, url),
            Notes = notes,
        };
    }

    private static ListSet? KeptLists(CommandContext context, ListSet inForce, string? version) =>
        version is null ? null : inForce.Version == version ? inForce : GatewayInputs.LoadKeptLists(context, version);

    private static PastAnswer? AnswerThen(string? yaml, ListSet? kept, ListSet inForce, StateStore? state, FilterEvent e, in PastRequest request, CanonicalUrl url, List<string> notes)
    {
        if (yaml is null)
        {
            notes.Add($"the policy of that day (version {e.PolicyVersion ?? "unknown"}) is not in the history of this box");
            return null;
        }
        var lists = kept ?? inForce;
        if (PolicyDocument.Parse(yaml, lists.Taxonomy, out var problems, BundleFile.Shipped) is not { } document)
        {
            var first = problems.First(p => !p.IsWarning);
            notes.Add($"the policy of that day cannot be read by this version of FilterGate: line {first.Line}: {first.Message}");
            return null;
        }
        var policy = PolicySnapshot.Compile(document, lists, state?.WasInForce(e.Time, e.Time, BundleFile.Shipped) ?? InForce.Nothing);
        if (PastQuestion.ClientOf(policy, in request) is not { } client)
        {
            notes.Add($"the policy of that day has no tier {request.Tier}: the gateway ran with other ports or settings than its policy says");
            return null;
        }
        var seen = PastQuestion.SeenBy(policy, client, url, in request);
        var classification = kept is null ? RecordedClassification(lists.Taxonomy, e) : kept.Classify(url, seen);
        var question = PastQuestion.Of(client, url, seen, in classification, in request);
        var trace = policy.Explain(in question);
        if (trace.Decision.Verdict != e.Decision || trace.Decision.Reason != e.Reason)
            notes.Add($"decided again it comes to {trace.Decision.Verdict.Code()} ({trace.Decision.Reason.Code()}), but {e.Decision!.Value.Code()} ({e.Reason!.Value.Code()}) is on record: something that decided that day is not kept, such as minutes used");
        return new PastAnswer(policy, question, trace);
    }

    private static PastAnswer? AnswerNow(CommandContext context, PolicySnapshot policy, in PastRequest request, CanonicalUrl url)
    {
        if ((PastQuestion.ClientOf(policy, in request) ?? policy.Identify(PastQuestion.AddressOf(in request))) is not { } client) return null;
        var time = context.Clock.GetUtcNow();
        var seen = PastQuestion.SeenBy(policy, client, url, in request);
        var known = client.Tier.NewlySeen is null ? null : FirstSeenFile.TryRead(FirstSeenFile.PathIn(context.DataFolder));
        var question = PastQuestion.Of(client, url, seen, policy.Lists.Classify(url, seen), in request) with { Time = time, FirstSeenDays = CheckCommand.FirstSeenDays(known, client, url, time) };
        // A name that led into the school's network led there then; an address is judged by the policy of now.
        if (url.IsIpLiteral || question.Refusal is null) question = question with { Refusal = CheckCommand.RefusalOf(url, policy) };
        return new PastAnswer(policy, question, policy.Explain(in question));
    }

    /// <summary>What the event says of the lists: the category that decided and whether it was a help site.</summary>
    private static Classification RecordedClassification(Taxonomy taxonomy, FilterEvent e)
    {
        CategorySet categories = default;
        if (e.Category is { } slug && taxonomy.Find(slug) is { } category) categories = categories.With(category.Index);
        return new Classification(categories, null, e.Reason == Reason.ProtectedHelp);
    }
}
