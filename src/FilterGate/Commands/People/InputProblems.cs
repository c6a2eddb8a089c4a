using System.Collections;

namespace FilterGate.Commands.People;

/// <summary>Something wrong or odd in what somebody gave us.</summary>
/// <param name="Line">Its line in the file, from 1; 0 for the file as a whole or for the command line.</param>
/// <param name="Column">The column or option, or null.</param>
/// <param name="Message">What is wrong and what to write instead, without a name of a person.</param>
/// <param name="IsWarning">True when the rest can still be used.</param>
internal sealed record InputProblem(int Line, string? Column, string Message, bool IsWarning = false);

/// <summary>What is wrong or odd, mistakes first, in the order of the file. So many of each are kept: a wrong file has one in each row. All are counted, so that no warning makes a mistake unseen.</summary>
internal sealed class InputProblems : IReadOnlyCollection<InputProblem>
{
    /// <summary>So many mistakes and so many warnings are kept.</summary>
    public const int KeptMax = 1000;

    private readonly List<InputProblem> _mistakes = [], _warnings = [];

    /// <summary>How many mistakes there are, also those that are not kept.</summary>
    public int Mistakes { get; private set; }

    /// <summary>How many mistakes and warnings there are, also those that are not kept.</summary>
    public int Total { get; private set; }

    /// <inheritdoc/>
    public int Count => _mistakes.Count + _warnings.Count;

    /// <summary>Notes a mistake.</summary>
    public void Wrong(int line, string? column, string message)
    {
        Mistakes++;
        Total++;
        if (_mistakes.Count < KeptMax) _mistakes.Add(new InputProblem(line, column, message));
    }

    /// <summary>Notes what is odd and no mistake.</summary>
    public void Odd(int line, string? column, string message)
    {
        Total++;
        if (_warnings.Count < KeptMax) _warnings.Add(new InputProblem(line, column, message, IsWarning: true));
    }

    /// <inheritdoc/>
    public IEnumerator<InputProblem> GetEnumerator() => _mistakes.OrderBy(p => p.Line).Concat(_warnings.OrderBy(p => p.Line)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
