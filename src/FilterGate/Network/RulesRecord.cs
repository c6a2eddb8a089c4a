namespace FilterGate.Network;

/// <summary>The rules as they were last applied, in the folder <c>network</c> of the data folder: what a start goes by when policy or settings cannot be read, and what the keeper keeps.</summary>
/// <remarks>Where there is no data folder yet nothing is recorded. Commands and the keeper take turns by a lock.</remarks>
internal sealed class RulesRecord(string dataFolder)
{
    // A command at work holds the lock for as long as its --revert-after, the keeper for a few milliseconds.
    private static readonly TimeSpan HoldWait = TimeSpan.FromMilliseconds(100);
    private const int HoldTries = 100;

    private string Applied => Path.Combine(dataFolder, "network", "applied.nft");

    /// <summary>The rules last applied; null where none were, or they were taken out.</summary>
    /// <exception cref="IOException">They cannot be read; so may an <see cref="UnauthorizedAccessException"/> say.</exception>
    public string? Read() => File.Exists(Applied) ? File.ReadAllText(Applied) : null;

    /// <summary>Records rules that are in the kernel now, whole or not at all.</summary>
    public void Write(string rules)
    {
        if (!MakeFolder()) return;
        var part = Applied + ".new";
        using (var file = new FileStream(part, FileMode.Create, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(rules));
            file.Flush(flushToDisk: true);
        }

        File.Move(part, Applied, overwrite: true);
    }

    /// <summary>Records that they were taken out.</summary>
    public void Remove()
    {
        if (Directory.Exists(Path.GetDirectoryName(Applied))) File.Delete(Applied);
    }

    /// <summary>Keeps others off the rules until it is disposed of; waits for one that is at work, ten seconds at most.</summary>
    /// <returns>Null where there is no data folder, and so nobody else.</returns>
    /// <exception cref="Commands.UserErrorException">Somebody else is at work.</exception>
    public async Task<IDisposable?> HoldAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < HoldTries; tries++)
        {
            if (TryHold(out var held)) return held;
            await Task.Delay(HoldWait, clock, cancellationToken);
        }

        throw new Commands.UserErrorException("another `network apply` is at work and has not been confirmed yet; wait for it, or end it");
    }

    /// <summary>The same without waiting.</summary>
    /// <returns>False while somebody else is at work.</returns>
    public bool TryHold(out IDisposable? held)
    {
        held = null;
        if (!MakeFolder()) return true;
        try
        {
            held = new FileStream(Path.Combine(dataFolder, "network", "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Held, also by root, whose file this account may not open.
            return false;
        }
    }

    private bool MakeFolder()
    {
        if (!Directory.Exists(dataFolder)) return false;
        Running.DataFolder.Make(Path.Combine(dataFolder, "network"));
        return true;
    }
}
