using FilterGate.Proxy;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Certificates;
using FilterGate.Proxy.Watching;
using FilterGate.State;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Writes counts of uses, of help visits and of how much could be seen to <c>state.db</c> each minute, and once more at the end: a power cut loses a minute of counts, never an event.</summary>
/// <remarks>Not more often: each write makes every process read again what is in force.</remarks>
internal sealed partial class UsesLoop : BackgroundLoop
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly StateStore _state;
    private readonly ILogger _log;
    private bool _hasFailed;

    /// <summary>Begins with what is on record of today.</summary>
    public UsesLoop(StateStore state, CertificateAuthorities authorities, TimeProvider clock, ILogger log)
    {
        (_state, _log) = (state, log);
        Counter = new UseCounter(clock);
        Coverage = new CoverageCounter(clock);
        Trust = new TrustLedger(authorities, clock);
        Counter.Remember(state.UsesOn(DateOnly.FromDateTime(clock.GetLocalNow().DateTime)));
        Begin(token => RunAsync(clock, token));
    }

    /// <summary>What the gateway counts with.</summary>
    public UseCounter Counter { get; }

    /// <summary>What the gateway counts coverage with.</summary>
    public CoverageCounter Coverage { get; }

    /// <summary>Where the gateway notes who takes its certificate.</summary>
    public TrustLedger Trust { get; }

    private async Task RunAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken)) Write();
        }
        catch (OperationCanceledException)
        {
            Write();
        }
    }

    private void Write()
    {
        var (uses, help) = Counter.Take();
        var coverage = Coverage.Take();
        var trust = Trust.Take();
        try
        {
            _state.AddUses(uses, help);
            (uses, help) = ([], []);
            _state.AddCoverage(coverage);
            coverage = [];
            // A minute that is lost of it is no harm: the device refuses again.
            _state.AddTrust(trust.Authority, trust.Devices, trust.Hosts);
            _hasFailed = false;
        }
        catch (StateStoreException problem)
        {
            Counter.GiveBack(uses, help);
            Coverage.GiveBack(coverage);
            // Said once, not each minute.
            if (!_hasFailed) NotWritten(_log, problem.Message);
            _hasFailed = true;
        }
    }

    [LoggerMessage(230, LogLevel.Warning, "The counts of uses and of coverage could not be written, and this is tried again each minute: {Problem}")]
    private static partial void NotWritten(ILogger log, string problem);
}
