using FilterGate.Policy;
using FilterGate.Review.Site;

namespace FilterGate.Review.Watching;

/// <summary>What the form to begin a watch shows.</summary>
public sealed record WatchFormView
{
    /// <summary>One's own watches that run.</summary>
    public required IReadOnlyList<WatchedDevice> Running { get; init; }
    /// <summary>The policy, for times and the names of devices.</summary>
    public required PolicySnapshot Policy { get; init; }
    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }
    /// <summary>What was written for the device.</summary>
    public string Target { get; init; } = "";
    /// <summary>What was written for the reason.</summary>
    public string Reason { get; init; } = "";
    /// <summary>What went wrong, or null.</summary>
    public Told? Problem { get; init; }
    /// <summary>What was just done, in English, or null.</summary>
    public string? Done { get; init; }
}

/// <summary>What the page of a watch shows.</summary>
public sealed record WatchView
{
    /// <summary>Rows shown at once, the newest.</summary>
    public const int RowsMax = 100;

    /// <summary>The watch.</summary>
    public required WatchedDevice Watch { get; init; }
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<WatchedConnection> Rows { get; init; }
    /// <summary>How many were seen.</summary>
    public required int Seen { get; init; }
    /// <summary>How many of them are in trouble.</summary>
    public required int InTrouble { get; init; }
    /// <summary>Each trouble once, the newest first: what the technician came for.</summary>
    public required IReadOnlyList<WatchedConnection> Troubles { get; init; }
    /// <summary>True to show nothing but trouble.</summary>
    public required bool OnlyTrouble { get; init; }
    /// <summary>True when the page does not load itself anew.</summary>
    public required bool IsStill { get; init; }
    /// <summary>The policy, for times.</summary>
    public required PolicySnapshot Policy { get; init; }
    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gathers it.</summary>
    public static WatchView Of(WatchedDevice watch, IReadOnlyList<WatchedConnection> seen, PolicySnapshot policy, DateTimeOffset now, bool onlyTrouble, bool isStill)
    {
        ArgumentNullException.ThrowIfNull(seen);
        var troubles = seen.Where(s => s.Trouble is not null).Reverse().ToList();
        return new WatchView
        {
            Watch = watch, Policy = policy, Now = now, OnlyTrouble = onlyTrouble, IsStill = isStill, Seen = seen.Count, InTrouble = troubles.Count,
            Troubles = [.. troubles.DistinctBy(s => (s.Trouble!.Cause, s.Trouble.Explanation, s.Trouble.Mend))],
            Rows = [.. (onlyTrouble ? troubles : seen.Reverse()).Take(RowsMax)],
        };
    }

    /// <summary>The address of this page with another choice.</summary>
    public string Link(bool onlyTrouble, bool isStill) => $"/watch/{Watch.Id}" + (onlyTrouble, isStill) switch
    {
        (false, false) => "",
        (true, false) => "?trouble=1",
        (false, true) => "?still=1",
        _ => "?trouble=1&still=1",
    };
}
