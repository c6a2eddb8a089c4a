namespace FilterGate.Policy;

/// <summary>What kind of audience. Stored by its spelling, not by its number.</summary>
public enum AudienceKind : byte
{
    /// <summary>Everybody.</summary>
    Everyone,
    /// <summary>All clients of a tier.</summary>
    Tier,
    /// <summary>All clients of a group and of the groups within it: a class, a year, a phase.</summary>
    Group,
    /// <summary>One person, by the school's own id.</summary>
    Person,
    /// <summary>One device, by its name.</summary>
    Device,
    /// <summary>One address, for a client that nothing names.</summary>
    Client,
}

/// <summary>Whom an override, a block or a session is for. Immutable.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Name">The tier, group, person, device or address; empty for everybody.</param>
public readonly record struct Audience(AudienceKind Kind, string Name)
{
    private static readonly (string Word, AudienceKind Kind)[] Words =
        [("tier", AudienceKind.Tier), ("group", AudienceKind.Group), ("person", AudienceKind.Person), ("device", AudienceKind.Device), ("client", AudienceKind.Client)];

    /// <summary>What a person calls it: <c>pupil</c>, <c>4b</c>, <c>everyone</c>.</summary>
    public string Label => Kind == AudienceKind.Everyone ? "everyone" : Name;

    /// <summary>The same for whoever need not know whom: of a person nothing but that it is one.</summary>
    public string LabelUnnamed => Kind == AudienceKind.Person ? "one person" : Label;

    /// <summary>The tier, where it is one; else null.</summary>
    public string? TierName => Kind == AudienceKind.Tier ? Name : null;

    /// <summary>Everybody.</summary>
    public static Audience Everyone { get; } = new(AudienceKind.Everyone, "");

    /// <summary>A tier.</summary>
    public static Audience ForTier(string name) => new(AudienceKind.Tier, name);

    /// <summary>A group, with the groups within it.</summary>
    public static Audience ForGroup(string name) => new(AudienceKind.Group, name);

    /// <summary>A person.</summary>
    public static Audience ForPerson(string id) => new(AudienceKind.Person, id);

    /// <summary>A device.</summary>
    public static Audience ForDevice(string name) => new(AudienceKind.Device, name);

    /// <summary>An address.</summary>
    public static Audience ForClient(string address) => new(AudienceKind.Client, address);

    /// <summary>Reads <c>everyone</c>, <c>tier:pupil</c>, <c>group:4b</c>, <c>person:p123</c>, <c>device:ipad-14</c> or <c>client:10.20.1.7</c>. Whether there is such a tier or person is for the caller.</summary>
    public static bool TryParse(string? text, out Audience audience)
    {
        audience = Everyone;
        if (text == "everyone") return true;
        if (text is null || text.IndexOf(':', StringComparison.Ordinal) is var colon && (colon <= 0 || colon == text.Length - 1)) return false;
        foreach (var (word, kind) in Words)
        {
            if (!text.AsSpan(0, colon).SequenceEqual(word)) continue;
            audience = new(kind, text[(colon + 1)..]);
            return true;
        }
        return false;
    }

    /// <summary>The spelling that <see cref="TryParse"/> reads.</summary>
    public override string ToString()
    {
        if (Kind == AudienceKind.Everyone) return "everyone";
        foreach (var (word, kind) in Words)
            if (kind == Kind) return $"{word}:{Name}";
        throw new System.Diagnostics.UnreachableException($"audience {Kind}");
    }
}
