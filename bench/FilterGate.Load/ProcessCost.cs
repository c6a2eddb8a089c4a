namespace FilterGate.Load;

/// <summary>What processes have cost so far, from <see href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html">/proc/PID/stat</see>.</summary>
/// <param name="Cpu">User and system time of the process and its living descendants, in steps of 10 ms.</param>
/// <param name="ResidentBytes">Memory in use now.</param>
internal readonly record struct ProcessCost(TimeSpan Cpu, long ResidentBytes)
{
    // USER_HZ, in which the kernel shows times to programs, is 100 on every Linux that .NET runs on.
    private const long TicksPerJiffy = TimeSpan.TicksPerSecond / 100;

    /// <summary>Reads it; zero for a process that is gone.</summary>
    public static ProcessCost Of(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            // The name, in brackets, may hold anything: count from behind it. Fields 14 and 15 are the times, 24 the resident pages.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var cost = new ProcessCost(
                new TimeSpan((long.Parse(fields[11], InvariantCulture) + long.Parse(fields[12], InvariantCulture)) * TicksPerJiffy),
                long.Parse(fields[21], InvariantCulture) * Environment.SystemPageSize);
            foreach (var child in ChildrenOf(processId))
            {
                var of = Of(child);
                cost = new ProcessCost(cost.Cpu + of.Cpu, cost.ResidentBytes + of.ResidentBytes);
            }

            return cost;
        }
        catch (IOException)
        {
            return default;
        }
    }

    private static IEnumerable<int> ChildrenOf(int processId) =>
        Directory.EnumerateDirectories($"/proc/{processId}/task")
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, InvariantCulture));
}
