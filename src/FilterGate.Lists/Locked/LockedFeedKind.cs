using System.Collections.Immutable;

namespace FilterGate.Lists.Locked;

/// <summary>One of the illegal-content lists there are.</summary>
/// <param name="Name">Its short name in settings, commands and file names.</param>
/// <param name="Category">Slug of its locked category.</param>
/// <param name="Title">What a person calls it.</param>
/// <param name="IsRequired">True for the two that a school's filter in the United Kingdom has to use (UK Safer Internet Centre, appropriate filtering).</param>
public sealed record LockedFeedKind(string Name, string Category, string Title, bool IsRequired)
{
    /// <summary>Every one, the required first.</summary>
    public static ImmutableArray<LockedFeedKind> All { get; } =
    [
        new("iwf-csam", "csam-iwf", "IWF URL list", IsRequired: true),
        new("ctiru", "terrorism-ctiru", "CTIRU police list", IsRequired: true),
        new("iwf-npi", "csam-npi", "IWF list of non-photographic images", IsRequired: false),
        new("c3p", "csam-c3p", "Canadian Centre list", IsRequired: false),
        new("pipcu", "piracy-pipcu", "PIPCU police list", IsRequired: false),
    ];

    /// <summary>The name of its list in decisions and events: <c>locked/iwf-csam</c>.</summary>
    public string List => $"locked/{Name}";

    /// <summary>The one with this name, or null.</summary>
    public static LockedFeedKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);
}
