using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy.Timetables;

namespace FilterGate.Policy.Rules;

/// <summary>What a rule does with a category at its times and places.</summary>
public enum RuleAction
{
    /// <summary>Lets it through.</summary>
    Allow,
    /// <summary>Lets it through and records it.</summary>
    Log,
    /// <summary>Asks first.</summary>
    Warn,
    /// <summary>Gives it the minutes a day that the tier has for it.</summary>
    Quota,
    /// <summary>Refuses it.</summary>
    Block,
    /// <summary>Opens nothing but approved sites.</summary>
    ApprovedOnly,
}

/// <summary>One rule of the policy: who, where, when, what, and what becomes of it. Of several that apply to a category the first holds; where none applies, the tier's own word does. Immutable.</summary>
/// <param name="Text">What events and explanations name it: <c>rule 3</c>.</param>
/// <param name="What">The categories.</param>
/// <param name="CoversUncategorised">True when sites in no list are meant too.</param>
/// <param name="Where">The places; empty for everywhere.</param>
/// <param name="When">The periods of the timetable; empty for always.</param>
/// <param name="Do">What becomes of it.</param>
public sealed record Rule(string Text, CategorySet What, bool CoversUncategorised, ImmutableArray<Place> Where, PeriodSet When, RuleAction Do)
{
    /// <summary>True when the client is at one of its places and the moment in one of its periods. Whom it is for was settled when the policy was compiled. No allocation.</summary>
    internal bool Applies(Client client, PeriodSet now) =>
        (When.IsEmpty || When.Overlaps(now)) && (Where.IsEmpty || (client.Place is { } place && Where.Contains(place)));
}
