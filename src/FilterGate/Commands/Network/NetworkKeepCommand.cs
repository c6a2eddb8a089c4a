using FilterGate.Network;
using FilterGate.Running;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Network;

/// <summary><c>network keep</c>: what the service <c>filtergate-network</c> runs.</summary>
internal sealed class NetworkKeepCommand : GatewayCommand
{
    // As long as the web of a school may be without a filter after something has thrown the rules away.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StatusEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HangsAfter = TimeSpan.FromSeconds(25);

    private readonly NetworkOptions _options = new();

    /// <summary>Makes the command.</summary>
    public NetworkKeepCommand(CommandHost host) : base(host, "keep", "Put the rules in place and keep them there, through changes of the policy; the service filtergate-network runs this.",
        new CommandExample("sudo systemctl enable --now filtergate-network", "from now on, and at each start before the network is up"),
        new CommandExample("sudo filtergate network keep", "the same in a terminal; Ctrl-C ends it, and the rules stay"))
    {
        _options.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        StateStore? state = null;
        var before = KeeperStatus.Read(context.DataFolder);
        var status = new KeeperStatus(default, before?.LastSuccess, null);
        var outage = new GatewayOutage(context.Box, context.Clock, before?.OutageSince);
        var lastLook = context.Clock.GetTimestamp();
        NetworkKeeper? keeper = null;
        try
        {
            keeper = new NetworkKeeper(new KernelRules(context.Box), new RulesRecord(context.DataFolder), () => _options.OwnPlanOf(context), InputsNow, outage, new TriesWatch(new TriesSpool(context.DataFolder), context.Clock), Say);
            await keeper.StartAsync(cancellationToken);
            Note(keeper);
            using var manager = new ServiceManager(Environment.GetEnvironmentVariable, Environment.ProcessId, () => context.Clock.GetElapsedTime(Interlocked.Read(ref lastLook)) < HangsAfter, context.Clock);
            manager.Ready(keeper.Problem ?? "the rules are in place");
            using var timer = new PeriodicTimer(Every, context.Clock);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await keeper.LookAsync(cancellationToken);
                Interlocked.Exchange(ref lastLook, context.Clock.GetTimestamp());
                if (keeper.Problem != status.Problem || keeper.LetsStaffPast != status.LetsStaffPast || outage.Since != status.OutageSince || context.Clock.GetUtcNow() - status.LastLook >= StatusEvery) Note(keeper);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (keeper is { LetsStaffPast: true })
            {
                await keeper.EndAsync();
                Note(keeper);
            }
            context.Error.WriteLine("filtergate: the rules stay in the kernel; filtergate network remove takes them out");
        }
        finally
        {
            state?.Dispose();
        }

        return ExitCode.Done;

        string InputsNow()
        {
            if (context.Settings.Policy is { } path) return $"{File.GetLastWriteTimeUtc(path).Ticks}";
            return (state ??= GatewayInputs.OpenStateIfThere(context))?.CurrentPolicy()?.Version ?? "";
        }

        void Say(KeeperNote note, string sentence)
        {
            context.Error.WriteLine($"filtergate: {(note is KeeperNote.Applied ? "" : "warning: ")}{sentence}");
            if (note is KeeperNote.Problem) return;
            try
            {
                NetworkAudit.Note(context, note switch { KeeperNote.Applied => "network.apply", KeeperNote.TakenOut => "network.stand-aside", KeeperNote.StaffPast => "network.staff-past", KeeperNote.StaffBack => "network.staff-back", _ => "network.restore" }, sentence);
            }
            catch (StateStoreException problem)
            {
                // The rules matter more than their record.
                context.Error.WriteLine($"filtergate: warning: {problem.Message}");
            }
        }

        void Note(NetworkKeeper keeper)
        {
            var now = context.Clock.GetUtcNow();
            status = new KeeperStatus(now, keeper.Problem is null ? now : status.LastSuccess, keeper.Problem, outage.Since, keeper.LetsStaffPast);
            if (!Directory.Exists(Path.Combine(context.DataFolder, "network"))) return;
            try
            {
                status.Write(context.DataFolder);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                context.Error.WriteLine($"filtergate: warning: {problem.Message}");
            }
        }
    }
}
