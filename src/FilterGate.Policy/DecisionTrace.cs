using System.Collections.Immutable;

namespace FilterGate.Policy;

/// <summary>What became of one step.</summary>
public enum StepOutcome
{
    /// <summary>Asked, and it decided nothing.</summary>
    Passed,

    /// <summary>It decided.</summary>
    Decided,

    /// <summary>Not asked: an earlier one decided.</summary>
    NotReached,

    /// <summary>It comes with a later part of FilterGate.</summary>
    NotYetInForce,
}

/// <summary>One step as it was walked.</summary>
/// <param name="Step">Which.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Text">What it said, in plain words.</param>
public sealed record TracedStep(DecisionStep Step, StepOutcome Outcome, string Text);

/// <summary>A decision with the whole way to it: a sentence for a lead, the steps for a technician.</summary>
/// <param name="Decision">The same as <see cref="PolicySnapshot.Decide(in Question)"/> gives.</param>
/// <param name="Explanation">Why, in plain English; it holds no URL, no name and no search word.</param>
/// <param name="Steps">Every step of the order, in order.</param>
public sealed record DecisionTrace(Decision Decision, string Explanation, ImmutableArray<TracedStep> Steps);
