using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy.Rules;
using FilterGate.Policy.Search;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Policy;

/// <summary>One step of the order of decisions.</summary>
/// <param name="Number">Its number in the published order; the refusals straight after the locked lists are <c>1b</c>.</param>
/// <param name="Name">What a person calls it.</param>
/// <param name="Passes">What the step says when it decides nothing, as a clause.</param>
/// <param name="IsInForce">False for a step that comes with a later part: it is named so that the order is whole, and asks nothing.</param>
public sealed record DecisionStep(string Number, string Name, string Passes, bool IsInForce);

/// <summary>The order of decisions: the first step that answers holds. It is written here and nowhere else.</summary>
/// <remarks>
/// What a step may not do follows from where it stands: nothing opens what steps 1 to 5 refuse, because whatever allows comes later; and a help site answers
/// whatever a school blocks, because it comes before everything a school can write. Immutable; safe from any thread; deciding does not allocate.
/// </remarks>
public static class OrderOfDecisions
{
    /// <summary>Asks one step.</summary>
    /// <returns>Null when the step decides nothing.</returns>
    private delegate Decision? Answer(PolicySnapshot policy, in Question question);

    private static readonly (DecisionStep Step, Answer? Answer)[] All =
    [
        (new("1", "locked lists", "no illegal-content list has it", IsInForce: true), AskLocked),
        (new("1b", "private destinations and what the connection is", "nothing known of the destination is refused (a name is judged when it is dialled), nor is what the connection speaks", IsInForce: true), AskRefusal),
        (new("2", "protected help sites", "it is not a protected help site", IsInForce: true), AskProtectedHelp),
        (new("3", "emergency blocks", "nobody has blocked it in an emergency", IsInForce: true), AskEmergencyBlock),
        (new("3b", "probes of devices", "it is not what a device asks to find out whether it is on line", IsInForce: true), AskDeviceProbe),
        (new("4", "withdrawn access", "this client's access is not withdrawn", IsInForce: true), AskWithdrawn),
        (new("5", "categories that nothing bypasses", "it is in no category that nothing bypasses", IsInForce: true), AskNoBypass),
        (new("6", "overrides", "no live override opens it for this tier", IsInForce: true), AskOverride),
        (new("7", "lesson or class session", "no class session of this class says anything of it", IsInForce: true), AskSession),
        (new("8", "the school's own lists", "no own entry of this tier matches", IsInForce: true), AskOwnLists),
        (new("9", "categories", "no category of it is blocked, warned or recorded in this tier", IsInForce: true), AskCategories),
        (new("10", "approved sites only", "this tier is not limited to approved sites", IsInForce: true), AskApprovedOnly),
        (new("11", "an allowed category", "it is in no category", IsInForce: true), AskAllowedCategory),
        (new("12", "uncategorised", "it is in a category, but in none that this policy knows", IsInForce: true), AskUncategorised),
        (new("13", "default", "", IsInForce: true), AskDefault),
    ];

    /// <summary>What is walked for each request: the steps in force.</summary>
    private static readonly Answer[] InForce = [.. All.Select(s => s.Answer).OfType<Answer>()];

    /// <summary>Every step of the published order, also those that come with a later part.</summary>
    public static ImmutableArray<DecisionStep> Steps { get; } = [.. All.Select(s => s.Step)];

    /// <summary>Walks the steps in force until one answers.</summary>
    internal static Decision Decide(PolicySnapshot policy, in Question question)
    {
        foreach (var ask in InForce)
            if (ask(policy, in question) is { } decision) return decision;
        throw new System.Diagnostics.UnreachableException("the last step always answers");
    }

    /// <summary>Walks every step and says of each what it said. Allocates; for explanations.</summary>
    internal static DecisionTrace Explain(PolicySnapshot policy, in Question question)
    {
        var steps = ImmutableArray.CreateBuilder<TracedStep>(All.Length);
        Decision? decided = null;
        foreach (var (step, ask) in All)
        {
            if (ask is null) steps.Add(new TracedStep(step, StepOutcome.NotYetInForce, step.Passes));
            else if (decided is not null) steps.Add(new TracedStep(step, StepOutcome.NotReached, "not asked: an earlier step decided"));
            else if (ask(policy, in question) is { } decision)
            {
                decided = decision;
                steps.Add(new TracedStep(step, StepOutcome.Decided, Explanation.Of(policy, in question, in decision)));
            }
            else steps.Add(new TracedStep(step, StepOutcome.Passed, step.Passes));
        }
        var answer = decided ?? throw new System.Diagnostics.UnreachableException("the last step always answers");
        return new DecisionTrace(answer, Explanation.Of(policy, in question, in answer), steps.MoveToImmutable());
    }

    private static Decision? AskLocked(PolicySnapshot policy, in Question question) =>
        question.Classification.Locked is { } hit ? new Decision(Verdict.Block, Reason.Locked) { Locked = hit, Category = hit.Category } : null;

    private static Decision? AskRefusal(PolicySnapshot policy, in Question question) =>
        question.Refusal is { } refusal ? new Decision(Verdict.Block, refusal)
        : question.Sign is { } sign ? AskSign(policy, in question, sign)
        : null;

    /// <summary>What is a way to something that nothing opens is refused in every tier, as its sites are. Anything else that is not the web passes where the tier lets it; never to a host of which a page is illegal, for nobody could say which page it is, and never where nobody could say which site.</summary>
    private static Decision? AskSign(PolicySnapshot policy, in Question question, ConnectionSign sign)
    {
        var category = sign.Category is { } slug ? policy.Lists.Taxonomy.Find(slug) : null;
        if (category is null && !sign.HidesSite && question.Client.Tier.PassesOtherProtocols && !policy.Lists.Locked.CarriesUrlEntry(question.Url.Host)) return null;
        return new Decision(Verdict.Block, sign.IsWayRound ? Reason.WayRound : Reason.TlsPolicy) { Category = category, Rule = sign.Text };
    }

    private static Decision? AskProtectedHelp(PolicySnapshot policy, in Question question) =>
        question.Classification.IsProtectedHelp ? new Decision(Verdict.Allow, Reason.ProtectedHelp) : null;

    private static Decision? AskEmergencyBlock(PolicySnapshot policy, in Question question) =>
        policy.InForce.EmergencyBlocks.Find(question.Url, question.Seen, question.Time) is { } block ? new Decision(Verdict.Block, Reason.EmergencyBlock) { RecordId = block.Id } : null;

    private static Decision? AskDeviceProbe(PolicySnapshot policy, in Question question) =>
        DeviceProbes.Has(question.Url, question.Seen) ? new Decision(Verdict.Allow, Reason.DeviceProbe) : null;

    private static Decision? AskWithdrawn(PolicySnapshot policy, in Question question) =>
        policy.InForce.Withdrawals.Find(question.Client, question.Time) is { } withdrawal ? new Decision(Verdict.Block, Reason.AccessWithdrawn) { RecordId = withdrawal.Id } : null;

    private static Decision? AskNoBypass(PolicySnapshot policy, in Question question) => AskSet(policy, question.Classification.Categories & policy.NoBypass, Verdict.Block, Reason.NoBypass);

    private static Decision? AskOverride(PolicySnapshot policy, in Question question) =>
        policy.Overrides.Find(question.Client, question.Url, question.Seen, question.Time) is { } live ? new Decision(Verdict.Allow, Reason.Override) { OverrideId = live.Id } : null;

    private static Decision? AskSession(PolicySnapshot policy, in Question question)
    {
        var sessions = policy.InForce.Sessions;
        var said = sessions.Find(question.Client, question.Url, question.Seen, question.Time);
        // What a session closes by name stays closed; that it closes all but its sites does not close its video.
        if (said is not { Session.Kind: SessionKind.Close } && YouTubeRule.JudgeLesson(sessions, in question) is { } shown) return shown;
        return said is var (session, opens) ? new Decision(opens ? Verdict.Allow : Verdict.Block, Reason.Lesson) { RecordId = session.Id } : null;
    }

    private static Decision? AskApprovedOnly(PolicySnapshot policy, in Question question)
    {
        var rule = FirstOf(question.Client.Tier.ApprovedOnlyRules, policy, in question);
        return rule is not null || question.Client.Tier.IsApprovedOnly ? new Decision(Verdict.Block, Reason.ApprovedOnly) { Rule = rule?.Text } : null;
    }

    private static Decision? AskOwnLists(PolicySnapshot policy, in Question question)
    {
        var tier = question.Client.Tier;
        // Most tiers have neither list: ask the trie only where there is one.
        ListMatch allow = default, block = default;
        var isAllowed = !ReferenceEquals(tier.OwnAllow, ListMatcher.Empty) && tier.OwnAllow.TryFindMostSpecific(question.Url, question.Seen, out allow);
        var isBlocked = !ReferenceEquals(tier.OwnBlock, ListMatcher.Empty) && tier.OwnBlock.TryFindMostSpecific(question.Url, question.Seen, out block);
        // The most specific entry wins, and a block wins a tie.
        if (isBlocked && (!isAllowed || block.Specificity >= allow.Specificity)) return new Decision(Verdict.Block, Reason.OwnBlock) { Rule = block.Entry };
        if (SearchRules.Judge(in question, isAllowed ? allow : null) is { } ofSearch) return ofSearch;
        if (!isAllowed) return AskApprovedUses(policy, in question);
        return tier.FindBundle(in allow) is var (bundle, entry)
            ? new Decision(Verdict.Allow, Reason.OwnAllow) { Rule = entry.Rule, Bundle = bundle }
            : new Decision(Verdict.Allow, Reason.OwnAllow) { Rule = allow.Entry };
    }

    /// <summary>A use that somebody has approved by name. A block of the school's own has been asked before: it is stronger.</summary>
    private static Decision? AskApprovedUses(PolicySnapshot policy, in Question question)
    {
        foreach (var use in policy.ApprovedUses)
            if (use.Opens(question.Client, question.Url, question.Seen, question.Time)) return new Decision(Verdict.Allow, Reason.OwnAllow) { Rule = use.Text };
        return null;
    }

    /// <summary>The strictest of a site's categories holds: blocked before quota before warned before recorded. Of each category the first rule that applies says what it is, else what the tier does with the list that has the site, else what it does with the category.</summary>
    private static Decision? AskCategories(PolicySnapshot policy, in Question question) => question.Classification.Categories.IsEmpty ? null : AskCategoriesFound(policy, in question);

    private static Decision? AskCategoriesFound(PolicySnapshot policy, in Question question)
    {
        var left = question.Classification.Categories;
        var tier = question.Client.Tier;
        var said = default(CategoriesByWord);
        if (left.Overlaps(tier.Ruled))
        {
            var now = policy.Timetable.At(question.Time);
            foreach (var rule in tier.Rules)
            {
                if (!left.Overlaps(rule.What) || !rule.Applies(question.Client, now)) continue;
                var hit = left & rule.What;
                left = left.Except(hit);
                switch (rule.Do)
                {
                    case RuleAction.Block: said.Blocked |= hit; break;
                    case RuleAction.Quota: said.Quota |= hit; break;
                    case RuleAction.Warn: said.Warned |= hit; break;
                    case RuleAction.Log: said.Logged |= hit; break;
                    default: break;
                }
            }
        }
        if (tier.Lists is { } lists && left.Overlaps(lists.Categories)) lists.Sort(policy.Lists, in question, ref left, ref said);
        var decision = AskSet(policy, said.Blocked | (left & tier.Blocked), Verdict.Block, Reason.CategoryBlock);
        // Nobody may click or wait through to a site that step 10 would close.
        if (decision is null && !IsApprovedOnly(policy, in question))
        {
            decision = AskQuotaAndWarning(policy, in question, said.Quota | (left & tier.Quota), said.Warned | (left & tier.Warned))
                ?? AskSet(policy, said.Logged | (left & tier.Logged), Verdict.LogOnly, Reason.CategoryLog);
        }
        return decision is { } decided ? Named(policy, in question, in decided) : null;
    }

    /// <summary>A site in several limited categories needs a running slice of each.</summary>
    private static Decision? AskQuota(PolicySnapshot policy, in Question question, in CategorySet quota)
    {
        Decision? running = null;
        foreach (var index in quota)
        {
            var category = policy.Lists.Taxonomy[index];
            if (policy.InForce.Passes.FindSlice(question.Client, category.Slug, question.Time) is not { } slice) return new Decision(Verdict.Quota, Reason.CategoryQuota) { Category = category };
            running ??= new Decision(Verdict.LogOnly, Reason.CategoryQuota) { Category = category, RecordId = slice.Id };
        }
        return running;
    }

    /// <summary>Minutes that run do not answer a warning about another category of the site, nor the other way round: the stricter of the two holds.</summary>
    private static Decision? AskQuotaAndWarning(PolicySnapshot policy, in Question question, in CategorySet quota, in CategorySet warned)
    {
        if ((quota | warned).IsEmpty) return null;
        var limited = AskQuota(policy, in question, in quota);
        if (AskSet(policy, in warned, Verdict.Warn, Reason.CategoryWarn) is not { } warning) return limited;
        warning = PastWarning(policy, in question, in warning);
        return limited is { } quoted && quoted.Verdict >= warning.Verdict ? quoted : warning;
    }

    /// <summary>A warning that the client has gone past lets it through, recorded, and keeps its reason.</summary>
    private static Decision PastWarning(PolicySnapshot policy, in Question question, in Decision decision) =>
        decision.Verdict == Verdict.Warn && policy.InForce.Passes.FindWarning(question.Client, question.Url.Host, question.Time) is { } pass
            ? decision with { Verdict = Verdict.LogOnly, RecordId = pass.Id }
            : decision;

    private static Decision? AskAllowedCategory(PolicySnapshot policy, in Question question) =>
        AskSet(policy, question.Classification.Categories & policy.Known, Verdict.Allow, Reason.CategoryAllow) is { } decision ? Named(policy, in question, in decision) : null;

    /// <summary>The decision with the rule, or the action for a list, that said so of its category, where one did.</summary>
    private static Decision Named(PolicySnapshot policy, in Question question, in Decision decision)
    {
        var tier = question.Client.Tier;
        if (decision.Category is not { } category) return decision;
        if (tier.Ruled.Contains(category.Index))
        {
            var now = policy.Timetable.At(question.Time);
            foreach (var rule in tier.Rules)
                if (rule.What.Contains(category.Index) && rule.Applies(question.Client, now)) return decision with { Rule = rule.Text };
        }
        // A warning that was gone past, and minutes that have begun, let it through and were a warning and minutes.
        var word = decision.Reason switch { Reason.CategoryQuota => Verdict.Quota, Reason.CategoryWarn => Verdict.Warn, _ => decision.Verdict };
        return tier.Lists?.RuleFor(policy.Lists, in question, category, word) is { } ofList ? decision with { Rule = ofList } : decision;
    }

    private static bool IsApprovedOnly(PolicySnapshot policy, in Question question) => question.Client.Tier.IsApprovedOnly || FirstOf(question.Client.Tier.ApprovedOnlyRules, policy, in question) is not null;

    /// <summary>The first of these rules that applies; null for none.</summary>
    private static Rule? FirstOf(ImmutableArray<Rule> rules, PolicySnapshot policy, in Question question)
    {
        if (rules.IsEmpty) return null;
        var now = policy.Timetable.At(question.Time);
        foreach (var rule in rules)
            if (rule.Applies(question.Client, now)) return rule;
        return null;
    }

    private static Decision? AskUncategorised(PolicySnapshot policy, in Question question)
    {
        if (!question.Classification.Categories.IsEmpty) return null;
        var tier = question.Client.Tier;
        var rule = FirstOf(tier.UncategorisedRules, policy, in question);
        var word = rule is null ? tier.Uncategorised : rule.Do switch
        {
            RuleAction.Allow => Verdict.Allow,
            RuleAction.Log => Verdict.LogOnly,
            RuleAction.Warn => Verdict.Warn,
            _ => Verdict.Block,
        };
        // A site that nobody knows does not become better known by being new: the stricter of the two holds.
        var isNewlySeen = tier.NewlySeen > word && question.FirstSeenDays < tier.NewlySeenDays;
        var decision = isNewlySeen ? new Decision(tier.NewlySeen.GetValueOrDefault(), Reason.NewlySeen) : new Decision(word, Reason.Uncategorised) { Rule = rule?.Text };
        // Nor by having no name at all. The school's own servers, which are reached by their addresses, have been let through before.
        if (tier.Addresses > decision.Verdict && policy.IsAddressOfTheInternet(question.Url.Host)) decision = new Decision(tier.Addresses.GetValueOrDefault(), Reason.ByAddress);
        return PastWarning(policy, in question, in decision);
    }

    /// <summary>Reached only by a category that the policy does not know: lists and policy of different snapshots. It fails closed.</summary>
    private static Decision? AskDefault(PolicySnapshot policy, in Question question) => new Decision(Verdict.Block, Reason.Default);

    /// <summary>Of several categories the first of the taxonomy is named: it lists the gravest first.</summary>
    private static Decision? AskSet(PolicySnapshot policy, in CategorySet hit, Verdict verdict, Reason reason) =>
        hit.FirstIndex is >= 0 and var first ? new Decision(verdict, reason) { Category = policy.Lists.Taxonomy[first] } : null;
}
