using FilterGate.Policy.Search;

namespace FilterGate.Policy;

/// <summary>Says why, in plain English, for somebody who has never seen a policy document.</summary>
internal static class Explanation
{
    /// <summary>One or two sentences. They name tier, category and own entry, never the URL: the text also stands on pages and in events of locked hits.</summary>
    public static string Of(PolicySnapshot policy, in Question question, in Decision decision)
    {
        var reason = ReasonOf(question.Client.Tier, in decision);
        var sentence = Sentence(policy, in question, in decision);
        if (decision.Rule is { } said && (said.StartsWith("rule ", StringComparison.Ordinal) || said.StartsWith("list ", StringComparison.Ordinal))) sentence = $"{sentence.TrimEnd('.')} ({decision.Rule}).";
        return reason is null ? sentence : $"{sentence} The school's reason: {reason.TrimEnd('.')}.";
    }

    /// <summary>The school's own reason for what decided, or null. What a rule or a list says has its own; the category's is shown for it only where the tier says the same of the category.</summary>
    private static string? ReasonOf(Tier tier, in Decision decision)
    {
        if (decision.Rule is { } rule && tier.Rationale.TryGetValue(rule, out var why)) return why;
        if (decision.Category is not { } category || !tier.Rationale.TryGetValue(category.Slug, out why)) return null;
        return decision.Rule is null || tier.WordOf(category) == WordOf(decision.Reason) ? why : null;
    }

    private static Verdict? WordOf(Reason reason) => reason switch
    {
        Reason.CategoryBlock => Verdict.Block,
        Reason.CategoryQuota => Verdict.Quota,
        Reason.CategoryWarn => Verdict.Warn,
        Reason.CategoryLog => Verdict.LogOnly,
        Reason.CategoryAllow => Verdict.Allow,
        _ => null,
    };

    private static string Sentence(PolicySnapshot policy, in Question question, in Decision decision)
    {
        var tier = question.Client.Tier.Name;
        var category = decision.Category?.Name;
        return decision.Reason switch
        {
            _ when SearchExplanation.Of(tier, in decision) is { } text => text,
            Reason.Locked => $"Blocked for everybody: it is on an illegal-content list ({decision.Locked?.List}). No setting, lesson or override opens it.",
            Reason.PrivateDestination => "Blocked: it leads into a private network or to the gateway itself, which the policy does not list under private_destinations.",
            Reason.TlsPolicy => $"Blocked for {tier}: the connection is not a form of TLS that this tier may use{Sign(in decision)}.",
            Reason.WayRound when category is not null => $"Blocked in every tier: the connection gets round the filter{Sign(in decision)}, and nothing opens the category {category}.",
            Reason.WayRound when question.Sign is { HidesSite: true } => $"Blocked in every tier that passes HTTPS unread: the connection hides which site it opens{Sign(in decision)}.",
            Reason.WayRound => $"Blocked for {tier}: the connection gets round the filter{Sign(in decision)}.",
            Reason.ProtectedHelp => "Allowed for everybody: it is a site where a child looks for help, and no policy can block those.",
            Reason.EmergencyBlock => $"Blocked for everybody: somebody has blocked it in an emergency (block {decision.RecordId}), until that is lifted.",
            Reason.DeviceProbe => "Allowed for everybody: it is what a device asks to find out whether it is on line, and nothing else is there.",
            Reason.AccessWithdrawn => "Blocked: access to the internet is withdrawn just now for this person or this device. Help sites still answer.",
            Reason.Lesson when decision.Verdict == Verdict.Allow => $"Allowed for {Who(question.Client)}: a class session opens it (session {decision.RecordId}).",
            Reason.Lesson => $"Blocked for {Who(question.Client)}: a class session closes it (session {decision.RecordId}).",
            Reason.ApprovedOnly => $"Blocked for {Who(question.Client)}: only approved sites are open here, and nobody has approved it.",
            Reason.NoBypass => $"Blocked in every tier: it is in the category {category}, which nothing opens.",
            Reason.Override => $"Allowed for {tier}: override {decision.OverrideId} opens it{Until(policy, decision.OverrideId)}.",
            Reason.OwnBlock => $"Blocked for {tier}: the school's own list blocks it (own_block: {decision.Rule}).",
            Reason.OwnAllow when decision.Bundle is { } bundle => $"Allowed for {tier}: {bundle.Title} is opened whole for this tier ({decision.Rule}).",
            Reason.OwnAllow when decision.Rule?.StartsWith("approved use: ", StringComparison.Ordinal) == true => $"Allowed for {Who(question.Client)}: the school has approved this use ({decision.Rule}).",
            Reason.OwnAllow => $"Allowed for {tier}: the school's own list allows it (own_allow: {decision.Rule}).",
            Reason.CategoryBlock => $"Blocked for {tier}: it is in the category {category}, which this tier blocks.",
            Reason.CategoryQuota when decision.Verdict == Verdict.LogOnly => $"Allowed for {tier} and recorded: it is in the category {category}, and minutes of it have begun{SliceUntil(policy, in question, in decision)}.",
            Reason.CategoryQuota when Used(policy, in question, in decision) is { } quota => quota.NextSliceMinutes > 0
                ? Invariant($"Limited for {tier}: it is in the category {category}, which this tier may use for {quota.Rule.DailyMinutes} minutes a day, {quota.Rule.SliceMinutes} at a time; {quota.UsedMinutes} are used today, and a page offers the next.")
                : Invariant($"Limited for {tier}: it is in the category {category}, and the {quota.Rule.DailyMinutes} minutes a day that this tier has for it are used up."),
            Reason.CategoryQuota => $"Limited for {tier}: it is in the category {category}, which this tier may use for some minutes a day.",
            Reason.CategoryWarn when decision.Verdict == Verdict.LogOnly => $"Allowed for {tier} and recorded: it is in the category {category}, of which a page warns, and this client went past that page{PassedUntil(policy, in question)}.",
            Reason.CategoryWarn => $"A page asks {tier} first: it is in the category {category}, which this tier may use with care.",
            Reason.CategoryLog => $"Allowed for {tier} and recorded: it is in the category {category}, which this tier records.",
            Reason.CategoryAllow => $"Allowed for {tier}: it is in the category {category}, which this tier allows.",
            Reason.NewlySeen or Reason.Uncategorised or Reason.ByAddress when decision.RecordId > 0 => $"Allowed for {tier} and recorded: it is in no list, of which a page warns, and this client went past that page{PassedUntil(policy, in question)}.",
            Reason.NewlySeen => decision.Verdict switch
            {
                Verdict.LogOnly => $"Allowed for {tier} and recorded: it is in no list and was first met here {Ago(question.FirstSeenDays)}; this tier records such sites for {Days(question.Client.Tier.NewlySeenDays)}.",
                Verdict.Warn => $"A page asks {tier} first: the site is in no list and was first met here {Ago(question.FirstSeenDays)}; this tier warns of such sites for {Days(question.Client.Tier.NewlySeenDays)}.",
                _ => $"Blocked for {tier}: it is in no list and was first met here {Ago(question.FirstSeenDays)}; this tier blocks such sites for {Days(question.Client.Tier.NewlySeenDays)}.",
            },
            Reason.ByAddress => decision.Verdict switch
            {
                Verdict.LogOnly => $"Allowed for {tier} and recorded: it is an address instead of a name, and in no list; this tier records such addresses.",
                Verdict.Warn => $"A page asks {tier} first: it is an address instead of a name, and in no list; this tier warns of such addresses.",
                _ => $"Blocked for {tier}: it is an address instead of a name, and in no list; this tier blocks such addresses.",
            },
            Reason.Uncategorised => decision.Verdict switch
            {
                Verdict.Allow => $"Allowed for {tier}: it is in no list, and this tier allows such sites.",
                Verdict.LogOnly => $"Allowed for {tier} and recorded: it is in no list, and this tier records such sites.",
                Verdict.Warn => $"A page asks {tier} first: it is in no list, and this tier warns of such sites.",
                _ => $"Blocked for {tier}: it is in no list, and this tier blocks such sites.",
            },
            Reason.Default => $"Blocked for {tier}: it is only in categories that this policy does not know.",
            // Steps of later parts have reasons already, so that stored numbers never move; no step gives them yet.
            _ => throw new System.Diagnostics.UnreachableException($"reason {decision.Reason}"),
        };
    }

    /// <summary>What told what the connection is; nothing where that is not on record.</summary>
    private static string Sign(in Decision decision) => decision.Rule is { } sign ? $" ({sign})" : "";

    private static Passes.QuotaState? Used(PolicySnapshot policy, in Question question, in Decision decision) =>
        decision.Category is { } category ? policy.QuotaOf(question.Client, category, question.Time) : null;

    private static string SliceUntil(PolicySnapshot policy, in Question question, in Decision decision) =>
        decision.Category is { } category && policy.InForce.Passes.FindSlice(question.Client, category.Slug, question.Time) is { } slice ? UntilClock(policy, slice.End) : "";

    private static string PassedUntil(PolicySnapshot policy, in Question question) =>
        policy.InForce.Passes.FindWarning(question.Client, question.Url.Host, question.Time) is { } pass ? UntilClock(policy, pass.End) : "";

    /// <summary>By the school's clock: people read it.</summary>
    private static string UntilClock(PolicySnapshot policy, DateTimeOffset end) => Invariant($" (until {policy.Timetable.ToLocal(end):HH:mm:ss})");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Who(Client client) => client.Group is { } group ? $"{client.Tier.Name} ({group.Title})" : client.Tier.Name;

    private static string Ago(int? days) => days is null or 0 ? "today" : $"{Days(days.Value)} ago";

    private static string Days(int days) => days == 1 ? "1 day" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{days} days");

    private static string Until(PolicySnapshot policy, long id)
    {
        foreach (var candidate in policy.Overrides.All)
            if (candidate.Id == id) return $" until {candidate.End.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
        return "";
    }
}
