using System.Globalization;
using FilterGate.Commands;
using FilterGate.Network;
using FilterGate.Policy.People;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Setup;

/// <summary>What is on the box before anything is changed. Looking makes nothing.</summary>
internal sealed record SetupFound
{
    /// <summary>The settings file, absolute; it need not be there.</summary>
    public required string SettingsPath { get; init; }

    /// <summary>Its text, or null where it is not there.</summary>
    public required string? SettingsText { get; init; }

    /// <summary>What it says.</summary>
    public required GatewaySettings Settings { get; init; }

    /// <summary>The data folder, absolute; it need not be there.</summary>
    public required string Data { get; init; }

    /// <summary>The policy in force.</summary>
    public required PolicyText Policy { get; init; }

    /// <summary>The number of its version in <c>state.db</c>; 0 where none is there.</summary>
    public required long PolicyNumber { get; init; }

    /// <summary>True for a policy that is not the sample's: the school's own, which setup leaves alone.</summary>
    public required bool HasOwnPolicy { get; init; }

    /// <summary>True when there is a certificate authority.</summary>
    public required bool HasAuthority { get; init; }

    /// <summary>Who is known.</summary>
    public required Roster Roster { get; init; }

    /// <summary>Who can sign in, by id.</summary>
    public required IReadOnlySet<string> Accounts { get; init; }

    /// <summary>Invitations that can still be used.</summary>
    public required IReadOnlyDictionary<string, DateTimeOffset> Invitations { get; init; }

    /// <summary>The box's interfaces.</summary>
    public required IReadOnlyList<BoxInterface> Interfaces { get; init; }

    /// <summary>Looks.</summary>
    /// <param name="context">The run.</param>
    /// <param name="settingsPath">Where the settings are, or are to be.</param>
    /// <param name="data">The data folder.</param>
    /// <exception cref="UserErrorException">The settings, or a policy file that they name, cannot be read.</exception>
    /// <exception cref="StateStoreException"><c>state.db</c> cannot be read.</exception>
    public static SetupFound Look(CommandContext context, string settingsPath, string data)
    {
        var text = File.Exists(settingsPath) ? TextFile.Read(settingsPath, "the settings") : null;
        var settings = text is null ? new GatewaySettings { Path = settingsPath } : GatewaySettings.Parse(text, settingsPath);
        var statePath = Path.Combine(data, "state.db");
        using var state = File.Exists(statePath) ? StateStore.Open(statePath, context.Clock) : null;
        var version = state?.CurrentPolicy();
        var policy = settings.Policy is { } path ? new PolicyText(PolicySource.File, path, TextFile.Read(path, "the policy"))
            : version is not null ? new PolicyText(PolicySource.State, string.Create(CultureInfo.InvariantCulture, $"policy {version.Number}"), version.Yaml) : GatewayInputs.Sample;
        var authority = Path.Combine(data, "ca");
        return new SetupFound
        {
            SettingsPath = settingsPath,
            SettingsText = text,
            Settings = settings,
            Data = data,
            Policy = policy,
            PolicyNumber = version?.Number ?? 0,
            HasOwnPolicy = policy.Source == PolicySource.File || version is not null && !GatewayInputs.IsSample(version),
            HasAuthority = File.Exists(Path.Combine(authority, "ca.crt")) || File.Exists(Path.Combine(authority, "authorities.json")),
            Roster = state?.CurrentRoster() ?? new Roster([], []),
            Accounts = state?.Accounts().Select(a => a.Person).ToHashSet(RosterIds.Comparer) ?? [],
            Invitations = state?.Invitations() ?? new Dictionary<string, DateTimeOffset>(),
            Interfaces = context.Box.Interfaces(),
        };
    }

    /// <summary>The interfaces that lead to the school's devices, as far as can be told: those without a default route.</summary>
    public IReadOnlyList<BoxInterface> SchoolSide => [.. Interfaces.Where(i => !i.IsToTheLine && i.Addresses.Count > 0)];
}
