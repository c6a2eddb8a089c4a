using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy.Documents;

/// <summary>A mistake in a policy document, with its place.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
/// <param name="IsWarning">True when the document can still be used.</param>
public sealed record PolicyProblem(int Line, int Column, string Message, bool IsWarning = false);

/// <summary>A policy document that was read without a mistake.</summary>
public sealed record PolicyDocument
{
    /// <summary>Reads a document and reports every mistake at once.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="taxonomy">The categories it may name.</param>
    /// <param name="problems">Every mistake and warning, in order of place.</param>
    /// <returns>The document, or null when there is a mistake.</returns>
    public static PolicyDocument? Parse(string yaml, Taxonomy taxonomy, out ImmutableArray<PolicyProblem> problems) => throw new NotImplementedException();
}
