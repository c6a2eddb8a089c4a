using FilterGate.Settings;

namespace FilterGate.Commands.Network;

/// <summary>Puts on record who changed the rules of the box.</summary>
internal static class NetworkAudit
{
    /// <summary>Notes it where there is a <c>state.db</c>; rules may be put in place before the gateway's first start.</summary>
    public static void Note(CommandContext context, string action, string what)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        state?.Audit(context.Actor, action, "nftables", what);
    }
}
