using System.Collections.Frozen;
using System.Collections.Immutable;

namespace FilterGate.Matching;

/// <summary>One host that a service needs.</summary>
/// <param name="Text">The entry, as own lists write it: <c>example.com</c>, <c>=example.com</c> or <c>*.example.com</c>; a host, never a path, because it has to hold in a tunnel too.</param>
/// <param name="Line">Its line in the bundle's file, from 1.</param>
/// <param name="Reason">What the service needs it for, in a sentence.</param>
/// <param name="Source">Where that is known from.</param>
/// <param name="IsNeverIntercepted">True when HTTPS to it is passed unread for a tier that has the bundle on: it fails when it is read, or what goes there is private.</param>
/// <param name="Rule">What decisions and events name: <c>bundle zoom: *.zoom.us</c>.</param>
public sealed record BundleEntry(string Text, int Line, string Reason, string Source, bool IsNeverIntercepted, string Rule);

/// <summary>The hosts that one service needs, so that a school opens the service whole with one word. Immutable.</summary>
public sealed class Bundle
{
    /// <summary>Its name in policies: lower-case letters, digits and <c>-</c>.</summary>
    public required string Name
    {
        get;
        init
        {
            field = value;
            List = $"bundle {value}";
        }
    }

    /// <summary>The service's name for people.</summary>
    public required string Title { get; init; }

    /// <summary>What the service is for.</summary>
    public required string Purpose { get; init; }

    /// <summary>Where a person finds it.</summary>
    public required string Address { get; init; }

    /// <summary>The day on which the hosts were last compared with what the service's maker says.</summary>
    public required DateOnly Checked { get; init; }

    /// <summary>What a filter cannot do for this service, and what else is opened with it.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>The hosts, in the order of the file; at least one.</summary>
    public required ImmutableArray<BundleEntry> Entries { get; init; }

    /// <summary>What explanations show as its list: <c>bundle zoom</c>. No other list has a blank in its name.</summary>
    public string List { get; private init; } = "";

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>All bundles there are. Immutable; safe from any thread.</summary>
public sealed class BundleCatalogue
{
    private readonly FrozenDictionary<string, Bundle> _byName;

    /// <summary>Makes a catalogue.</summary>
    /// <exception cref="ArgumentException">Two bundles share a name.</exception>
    public BundleCatalogue(IEnumerable<Bundle> bundles)
    {
        All = [.. bundles.OrderBy(b => b.Name, StringComparer.Ordinal)];
        _byName = All.ToFrozenDictionary(b => b.Name, StringComparer.Ordinal);
    }

    /// <summary>No bundles.</summary>
    public static BundleCatalogue Empty { get; } = new([]);

    /// <summary>Every bundle, by name.</summary>
    public ImmutableArray<Bundle> All { get; }

    /// <summary>The bundle with this name, or null.</summary>
    public Bundle? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The service whose app needs this host's HTTPS to be passed unread, by the first bundle that says so; null for none. For people who ask what a host is: goes through all of them.</summary>
    public Bundle? FindUnread(string canonicalHost)
    {
        ArgumentNullException.ThrowIfNull(canonicalHost);
        return All.FirstOrDefault(bundle => bundle.Entries.Any(entry => entry.IsNeverIntercepted && Covers(entry.Text, canonicalHost)));
    }

    /// <summary>As own entries are read: a name with its sub-domains, <c>=name</c> alone, <c>*.name</c> what is below it.</summary>
    private static bool Covers(string entry, string host)
    {
        if (entry.StartsWith('=')) return host == entry[1..];
        if (entry.StartsWith("*.", StringComparison.Ordinal)) return host.EndsWith(entry[1..], StringComparison.Ordinal);
        return host == entry || (host.Length > entry.Length && host[^(entry.Length + 1)] == '.' && host.EndsWith(entry, StringComparison.Ordinal));
    }
}
