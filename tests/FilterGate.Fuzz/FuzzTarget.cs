namespace FilterGate.Fuzz;

/// <summary>Takes any bytes. Throws when something is wrong with what became of them; what it expects to be refused, it catches.</summary>
internal delegate void FuzzRun(ReadOnlySpan<byte> input);

/// <summary>Something that reads what strangers write.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Seeds">Inputs to begin with; made when they are asked for.</param>
/// <param name="Run">One input.</param>
internal sealed record FuzzTarget(string Name, Func<IReadOnlyList<byte[]>> Seeds, FuzzRun Run)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>An answer that is wrong, though nothing threw.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
