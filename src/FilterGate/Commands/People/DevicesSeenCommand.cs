using System.CommandLine;
using System.Net.Sockets;
using FilterGate.Devices;
using FilterGate.Policy.People;
using FilterGate.Settings;

namespace FilterGate.Commands.People;

/// <summary><c>devices seen</c>: what is on the network now, and which of it nobody knows.</summary>
internal sealed class DevicesSeenCommand : GatewayCommand
{
    private readonly Option<bool> _unknown = new("--unknown") { Description = "only what is no device of the roster: it has the policy of unknown ones" };

    /// <summary>Makes the command.</summary>
    public DevicesSeenCommand(CommandHost host) : base(host, "seen", "What the box sees on the school's networks now, by hardware address: neighbours, and the leases that the settings name.",
        new CommandExample("filtergate devices seen --unknown", "which devices nobody has entered"),
        new CommandExample("filtergate devices seen --json", "for a script")) => Options.Add(_unknown);

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var inputs = GatewayInputs.Load(context, listsFolder: null, state);
        var (neighbours, problems) = await new NeighbourSources(context.Settings.Devices, context.Box, context.Clock).ReadAsync(cancellationToken);
        foreach (var problem in problems) context.Error.WriteLine($"filtergate: {problem}");
        var policy = inputs.Policy.With(inputs.Policy.InForce with { Addresses = NeighbourSources.BookOf(neighbours) });
        var onlyUnknown = context.Value(_unknown);
        var rows = neighbours.Where(n => !n.Address.IsIPv6LinkLocal && policy.Identify(n.Address) is not null)
            .GroupBy(n => n.Address).Select(g => new Neighbour(g.Key, g.Last().Mac, g.Select(n => n.HostName).LastOrDefault(name => name is not null)))
            .Select(n => (Neighbour: n, Device: policy.InForce.FindDevice(n.Address), Client: policy.Identify(n.Address)!))
            .Where(r => !onlyUnknown || r.Device is null)
            .OrderBy(r => r.Neighbour.Address.AddressFamily == AddressFamily.InterNetworkV6).ThenBy(r => r.Neighbour.Address.GetAddressBytes(), Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))).ToList();
        foreach (var (neighbour, device, client) in rows)
        {
            var mac = MacAddress.Spell(neighbour.Mac)!;
            if (context.Json)
            {
                context.WriteJson(new { Address = neighbour.Address.ToString(), Mac = mac, SaysItIs = neighbour.HostName, Device = device?.Name, Group = client.Group?.Name, Tier = client.Tier.Name });
                continue;
            }
            context.Output.WriteLine($"{neighbour.Address,-39}  {mac}  {(device is null ? context.Paint.Careful($"{"(unknown)",-16}") : context.Paint.Strong($"{device.Name,-16}"))}  {client.Group?.Title ?? client.Tier.Name,-12}{(neighbour.HostName is null ? "" : $"  calls itself {neighbour.HostName}")}");
        }
        if (rows.Count == 0 && !context.Json) context.Error.WriteLine(onlyUnknown ? "Every device that the box sees is in the roster." : "The box sees no device of the policy's networks. Where DHCP runs elsewhere or a router stands between, name its lease files in the settings: devices.");
        return ExitCode.Done;
    }
}
