using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy.Rules;
using FilterGate.Policy.Search;

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
    /// <returns>False when the step decides nothing.</returns>
    private delegate bool Answer(PolicySnapshot policy, in Question question, out Decision decision);

    private static readonly (DecisionStep Step, Answer? Answer)[] All =
    [
        (new("1", "locked lists", "no illegal-content list has it", IsInForce: true), AskLocked),
        (new("1b", "private destinations and TLS", "nothing known of the destination or the form of TLS is refused (a name is judged when it is dialled)", IsInForce: true), AskRefusal),
        (new("2", "protected help sites", "it is not a protected help site", IsInForce: true), AskProtectedHelp),
        (new("3", "emergency blocks", "nobody has blocked it in an emergency", IsInForce: true), AskEmergencyBlock),
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
            if (ask(policy, in question, out var decision)) return decision;
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
            else if (ask(policy, in question, out var decision))
            {
                decided = decision;
                steps.Add(new TracedStep(step, StepOutcome.Decided, Explanation.Of(policy, in question, in decision)));
            }
            else steps.Add(new TracedStep(step, StepOutcome.Passed, step.Passes));
        }
        var answer = decided ?? throw new System.Diagnostics.UnreachableException("the last step always answers");
        return new DecisionTrace(answer, Explanation.Of(policy, in question, in answer), steps.MoveToImmutable());
    }

    private static bool AskLocked(PolicySnapshot policy, in Question question, out Decision decision)
    {
        if (question.Classification.Locked is { } hit)
        {
            decision = new Decision(Verdict.Block, Reason.Locked) { Locked = hit, Category = hit.Category };
            return true;
        }
        decision = default;
        return false;
    }

    private static bool AskRefusal(PolicySnapshot policy, in Question question, out Decision decision)
    {
        decision = new Decision(Verdict.Block, question.Refusal.GetValueOrDefault());
        return question.Refusal is not null;
    }

    private static bool AskProtectedHelp(PolicySnapshot policy, in Question question, out Decision decision)
    {
        decision = new Decision(Verdict.Allow, Reason.ProtectedHelp);
        return question.Classification.IsProtectedHelp;
    }

    private static bool AskEmergencyBlock(PolicySnapshot policy, in Question question, out Decision decision)
    {
        if (policy.InForce.EmergencyBlocks.Find(question.Url, question.Seen, question.Time) is { } block)
        {
            decision = new Decision(Verdict.Block, Reason.EmergencyBlock) { RecordId = block.Id };
            return true;
        }
        decision = default;
        return false;
    }

    private static bool AskWithdrawn(PolicySnapshot policy, in Question question, out Decision decision)
    {
        if (policy.InForce.Withdrawals.Find(question.Client, question.Time) is { } withdrawal)
        {
            decision = new Decision(Verdict.Block, Reason.AccessWithdrawn) { RecordId = withdrawal.Id };
            return true;
        }
        decision = default;
        return false;
    }

    private static bool AskNoBypass(PolicySnapshot policy, in Question question, out Decision decision) =>
        AskSet(policy, question.Classification.Categories & policy.NoBypass, Verdict.Block, Reason.NoBypass, out decision);

    private static bool AskOverride(PolicySnapshot policy, in Question question, out Decision decision)
    {
        if (policy.Overrides.Find(question.Client, question.Url, question.Seen, question.Time) is { } live)
        {
            decision = new Decision(Verdict.Allow, Reason.Override) { OverrideId = live.Id };
            return true;
        }
        decision = default;
        return false;
    }

    private static bool AskSession(PolicySnapshot policy, in Question question, out Decision decision)
    {
        var sessions = policy.InForce.Sessions;
        var said = sessions.Find(question.Client, question.Url, question.Seen, question.Time);
        // What a session closes by name stays closed; that it closes all but its sites does not close its video.
        if (said is not { Session.Kind: SessionKind.Close } && YouTubeRule.TryJudgeLesson(sessions, in question, out decision)) return true;
        if (said is var (session, opens))
        {
            decision = new Decision(opens ? Verdict.Allow : Verdict.Block, Reason.Lesson) { RecordId = session.Id };
            return true;
        }
        decision = default;
        return false;
    }

    private static bool AskApprovedOnly(PolicySnapshot policy, in Question question, out Decision decision)
    {
        var rule = FirstOf(question.Client.Tier.ApprovedOnlyRules, policy, in question);
        decision = new Decision(Verdict.Block, Reason.ApprovedOnly) { Rule = rule?.Text };
        return rule is not null || question.Client.Tier.IsApprovedOnly;
    }

    private static bool AskOwnLists(PolicySnapshot policy, in Question question, out Decision decision)
    {
        var tier = question.Client.Tier;
        // Most tiers have neither list: ask the trie only where there is one.
        ListMatch allow = default, block = default;
        var isAllowed = !ReferenceEquals(tier.OwnAllow, ListMatcher.Empty) && tier.OwnAllow.TryFindMostSpecific(question.Url, question.Seen, out allow);
        var isBlocked = !ReferenceEquals(tier.OwnBlock, ListMatcher.Empty) && tier.OwnBlock.TryFindMostSpecific(question.Url, question.Seen, out block);
        // The most specific entry wins, and a block wins a tie.
        if (isBlocked && (!isAllowed || block.Specificity >= allow.Specificity))
        {
            decision = new Decision(Verdict.Block, Reason.OwnBlock) { Rule = block.Entry };
            return true;
        }
        if (SearchRules.TryDecide(in question, isAllowed ? allow : null, out decision)) return true;
        if (!isAllowed) return AskApprovedUses(policy, in question, out decision);
        if (tier.FindBundle(in allow) is (var bundle, var entry)) decision = new Decision(Verdict.Allow, Reason.OwnAllow) { Rule = entry.Rule, Bundle = bundle };
        else decision = new Decision(Verdict.Allow, Reason.OwnAllow) { Rule = allow.Entry };
        return isAllowed;
    }

    /// <summary>A use that somebody has approved by name. A block of the school's own has been asked before: it is stronger.</summary>
    private static bool AskApprovedUses(PolicySnapshot policy, in Question question, out Decision decision)
    {
        foreach (var use in policy.ApprovedUses)
        {
            if (!use.Opens(question.Client, question.Url, question.Seen, question.Time)) continue;
            decision = new Decision(Verdict.Allow, Reason.OwnAllow) { Rule = use.Text };
            return true;
        }
        decision = default;
        return false;
    }

    /// <summary>The strictest of a site's categories holds: blocked before quota before warned before recorded. Of each category the first rule that applies says what it is, else what the tier does with the list that has the site, else what it does with the category.</summary>
    private static bool AskCategories(PolicySnapshot policy, in Question question, out Decision decision)
    {
        var left = question.Classification.Categories;
        var tier = question.Client.Tier;
        var said = default(CategoriesByWord);
        if (!tier.Rules.IsEmpty && !left.IsEmpty)
        {
            var now = policy.Timetable.At(question.Time);
            foreach (var rule in tier.Rules)
            {
                var hit = left & rule.What;
                if (hit.IsEmpty || !rule.Applies(question.Client, now)) continue;
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
        var isDecided = AskSet(policy, said.Blocked | (left & tier.Blocked), Verdict.Block, Reason.CategoryBlock, out decision)
            // Nobody may click or wait through to a site that step 10 would close.
            || (!IsApprovedOnly(policy, in question)
                && (AskQuotaAndWarning(policy, in question, said.Quota | (left & tier.Quota), said.Warned | (left & tier.Warned), out decision)
                    || AskSet(policy, said.Logged | (left & tier.Logged), Verdict.LogOnly, Reason.CategoryLog, out decision)));
        if (isDecided) decision = Named(policy, in question, in decision);
        return isDecided;
    }

    /// <summary>A site in several limited categories needs a running slice of each.</summary>
    private static bool AskQuota(PolicySnapshot policy, in Question question, in CategorySet quota, out Decision decision)
    {
        decision = default;
        foreach (var index in quota)
        {
            var category = policy.Lists.Taxonomy[index];
            if (policy.InForce.Passes.FindSlice(question.Client, category.Slug, question.Time) is not { } slice)
            {
                decision = new Decision(Verdict.Quota, Reason.CategoryQuota) { Category = category };
                return true;
            }
            if (decision.Category is null) decision = new Decision(Verdict.LogOnly, Reason.CategoryQuota) { Category = category, RecordId = slice.Id };
        }
        return decision.Category is not null;
    }

    /// <summary>Minutes that run do not answer a warning about another category of the site, nor the other way round: the stricter of the two holds.</summary>
    private static bool AskQuotaAndWarning(PolicySnapshot policy, in Question question, in CategorySet quota, in CategorySet warned, out Decision decision)
    {
        var isLimited = AskQuota(policy, in question, in quota, out var limited);
        var isWarned = AskSet(policy, warned, Verdict.Warn, Reason.CategoryWarn, out var warning);
        if (isWarned) GoPastWarning(policy, in question, ref warning);
        decision = isLimited && (!isWarned || limited.Verdict >= warning.Verdict) ? limited : warning;
        return isLimited || isWarned;
    }

    /// <summary>A warning that the client has gone past lets it through, recorded, and keeps its reason.</summary>
    private static void GoPastWarning(PolicySnapshot policy, in Question question, ref Decision decision)
    {
        if (decision.Verdict == Verdict.Warn && policy.InForce.Passes.FindWarning(question.Client, question.Url.Host, question.Time) is { } pass)
            decision = decision with { Verdict = Verdict.LogOnly, RecordId = pass.Id };
    }

    private static bool AskAllowedCategory(PolicySnapshot policy, in Question question, out Decision decision)
    {
        if (!AskSet(policy, question.Classification.Categories & policy.Known, Verdict.Allow, Reason.CategoryAllow, out decision)) return false;
        decision = Named(policy, in question, in decision);
        return true;
    }

    /// <summary>The decision with the rule, or the action for a list, that said so of its category, where one did.</summary>
    private static Decision Named(PolicySnapshot policy, in Question question, in Decision decision)
    {
        var tier = question.Client.Tier;
        if (decision.Category is not { } category) return decision;
        if (!tier.Rules.IsEmpty)
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

    private static bool AskUncategorised(PolicySnapshot policy, in Question question, out Decision decision)
    {
        decision = default;
        if (!question.Classification.Categories.IsEmpty) return false;
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
        decision = isNewlySeen ? new Decision(tier.NewlySeen.GetValueOrDefault(), Reason.NewlySeen) : new Decision(word, Reason.Uncategorised) { Rule = rule?.Text };
        GoPastWarning(policy, in question, ref decision);
        return true;
    }

    /// <summary>Reached only by a category that the policy does not know: lists and policy of different snapshots. It fails closed.</summary>
    private static bool AskDefault(PolicySnapshot policy, in Question question, out Decision decision)
    {
        decision = new Decision(Verdict.Block, Reason.Default);
        return true;
    }

    /// <summary>Of several categories the first of the taxonomy is named: it lists the gravest first.</summary>
    private static bool AskSet(PolicySnapshot policy, in CategorySet hit, Verdict verdict, Reason reason, out Decision decision)
    {
        var first = hit.FirstIndex;
        decision = first < 0 ? default : new Decision(verdict, reason) { Category = policy.Lists.Taxonomy[first] };
        return first >= 0;
    }
}
