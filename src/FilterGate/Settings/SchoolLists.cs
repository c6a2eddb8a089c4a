using FilterGate.Commands;

namespace FilterGate.Settings;

/// <summary>Puts what the sources have in force before the matcher.</summary>
internal static class SchoolLists
{
    /// <summary>What <c>lists update</c> and <c>lists rollback</c> call after a change; null while lists are read as they stand, at each start.</summary>
    public static Func<CancellationToken, Task>? RecompileOf(CommandContext context) => null;
}
