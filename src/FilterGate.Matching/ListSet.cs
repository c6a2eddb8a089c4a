using System.Collections.Immutable;

namespace FilterGate.Matching;

/// <summary>What the lists know of a URL.</summary>
/// <param name="Categories">The union of all matching categories; empty for an unknown site.</param>
/// <param name="Locked">A hit on an illegal-content list, or null.</param>
/// <param name="IsProtectedHelp">True for a site where a child looks for help: it always answers.</param>
public readonly record struct Classification(CategorySet Categories, LockedHit? Locked, bool IsProtectedHelp)
{
    /// <summary>The addresses that stand in this one, each with what the lists know of it; empty for nearly every URL. A locked hit on one of them is in <see cref="Locked"/> already.</summary>
    public ImmutableArray<EmbeddedAddress> Embedded { get => field.IsDefault ? [] : field; init; }
}

/// <summary>An address that stands in another one, and what the lists know of it.</summary>
/// <param name="Address">The address, and what the outer one does with it.</param>
/// <param name="Classification">What the lists know of it by itself.</param>
public sealed record EmbeddedAddress(EmbeddedUrl Address, Classification Classification);

/// <summary>Every list in force, as one immutable snapshot: the front door of matching.</summary>
public sealed record ListSet
{
    /// <summary>No lists: everything is uncategorised.</summary>
    public static ListSet Empty { get; } = new() { Taxonomy = new Taxonomy([]), Version = "none" };

    /// <summary>The categories that the lists use.</summary>
    public required Taxonomy Taxonomy { get; init; }

    /// <summary>A short name of exactly these lists, stored with each event.</summary>
    public required string Version { get; init; }

    /// <summary>A short name of the category lists alone; empty where nobody says.</summary>
    public string CategoriesVersion { get; init; } = "";

    /// <summary>The category lists.</summary>
    public ListLayers Categories { get; init; } = ListLayers.Empty;

    /// <summary>The illegal-content lists.</summary>
    public LockedMatcher Locked { get; init; } = LockedMatcher.Empty;

    /// <summary>Protected help sites: always reached, never intercepted.</summary>
    public ListMatcher ProtectedHelp { get; init; } = ListMatcher.Empty;

    /// <summary>Hosts that fail when intercepted (pinned system services, updates): shipped, and added to by the policy.</summary>
    public ListMatcher NeverIntercept { get; init; } = ListMatcher.Empty;

    /// <summary>The version of the shipped ones of them: the day on which they last changed. Empty where nobody says.</summary>
    public string NeverInterceptVersion { get; init; } = "";

    /// <summary>What went wrong or was left out while loading, in plain words, for the technician.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>Looks a URL up in every list, and the addresses that stand in it. Does not allocate unless a locked list is hit or another address stands in it; safe from any thread.</summary>
    public Classification Classify(CanonicalUrl url, Seen seen)
    {
        var own = ClassifyAlone(url, seen);
        return EmbeddedUrls.MayHold(url, seen) ? WithEmbedded(in own, EmbeddedUrls.Find(url, seen), seen) : own;
    }

    private Classification WithEmbedded(in Classification own, ImmutableArray<EmbeddedUrl> found, Seen seen)
    {
        if (found.IsEmpty) return own;
        var addresses = ImmutableArray.CreateBuilder<EmbeddedAddress>(found.Length);
        var locked = own.Locked;
        foreach (var address in found)
        {
            var classification = ClassifyAlone(address.Url, seen);
            locked ??= classification.Locked;
            addresses.Add(new(address, classification));
        }
        return own with { Locked = locked, Embedded = addresses.MoveToImmutable() };
    }

    private Classification ClassifyAlone(CanonicalUrl url, Seen seen) => new(Categories.Classify(url, seen), Locked.Find(url, seen), ProtectedHelp.Matches(url, Seen.Host));
}
