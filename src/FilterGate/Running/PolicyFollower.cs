using FilterGate.Commands;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Proxy;
using FilterGate.Settings;
using FilterGate.State;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Keeps a running gateway on the policy and the overrides in force: what a command changes in <c>state.db</c>, and a policy file that somebody edits.</summary>
/// <remarks>What cannot be read never replaces what is in force: the last good policy stays, and the log says why.</remarks>
internal sealed partial class PolicyFollower : IAsyncDisposable
{
    private readonly CommandContext _context;
    private readonly RunOptions _options;
    private readonly StateStore _state;
    private readonly CurrentPolicy _current;
    private readonly Func<PolicySnapshot, PolicySnapshot> _forTrial;
    private readonly ILogger _log;
    private readonly StateWatcher _watcher;
    private readonly Lock _publishing = new();
    private AddressBook _addresses = AddressBook.Empty;
    private long _nextBooking = long.MaxValue;
    private string _version;
    private DateTime _fileTime;
    private DateTime _listsTime;
    private ITimer? _timer;
    private long _lastLook;

    /// <summary>Makes a follower; it does nothing before <see cref="Start"/>.</summary>
    public PolicyFollower(
        CommandContext context, RunOptions options, StateStore state, CurrentPolicy current, GatewayInputs inputs, Func<PolicySnapshot, PolicySnapshot> forTrial, ILogger log)
    {
        (_context, _options, _state, _current, _forTrial, _log) = (context, options, state, current, forTrial, log);
        _version = inputs.Policy.Version;
        (_fileTime, _listsTime) = (FileTime(), ListsTime());
        _watcher = new StateWatcher(state, context.Clock, Reload, problem => CannotFollow(_log, problem.Message));
    }

    /// <summary>Begins to follow.</summary>
    public void Start(TimeSpan tick)
    {
        Interlocked.Exchange(ref _lastLook, _context.Clock.GetTimestamp());
        _watcher.Start();
        // What changed between loading and watching is read now.
        Reload();
        NoteLists();
        _timer = _context.Clock.CreateTimer(_ => Tick(), null, tick, tick);
    }

    /// <summary>How long ago it last looked: far more than a tick when the process is no longer well.</summary>
    public TimeSpan SinceLastLook => _context.Clock.GetElapsedTime(Interlocked.Read(ref _lastLook));

    private void Tick()
    {
        Interlocked.Exchange(ref _lastLook, _context.Clock.GetTimestamp());
        try
        {
            Look();
        }
        catch (StateStoreException problem)
        {
            // Nothing catches behind a timer: the gateway would end. What was in force stays, and the next tick looks again at everything.
            (_fileTime, _listsTime) = (default, default);
            CannotFollow(_log, problem.Message);
        }
    }

    private void Look()
    {
        if (ListsTime() is var lists && lists != _listsTime)
        {
            _listsTime = lists;
            if (ReloadLists()) NewLists(_log, _current.Snapshot.Lists.Version);
        }
        if (FileTime() is var file && file != _fileTime)
        {
            _fileTime = file;
            Reload();
        }
        if (_context.Clock.GetUtcNow().UtcTicks >= Interlocked.Read(ref _nextBooking)) Reload();
    }

    /// <summary>Loads the lists again and publishes them with the policy in force.</summary>
    /// <returns>False when they cannot be loaded: what was in force stays, and the log says why.</returns>
    public bool ReloadLists()
    {
        lock (_publishing)
        {
            try
            {
                NoteNextBooking();
                var inputs = GatewayInputs.Load(_context, _options.ListsFolder, _state);
                _version = inputs.Policy.Version;
                Publish(_forTrial(inputs.Policy));
                NoteLists();
                return true;
            }
            catch (Exception problem) when (problem is UserErrorException or Lists.ListLoadException)
            {
                CannotFollow(_log, problem.Message);
                return false;
            }
        }
    }

    /// <summary>So that what is decided by these lists can be explained when others are in force. A folder given with --lists is not kept.</summary>
    private void NoteLists()
    {
        if (_options.ListsFolder is null && _options.Only != RunOnly.Review) Lists.ListLoader.NoteInForce(GatewayInputs.ListsOf(_context), _current.Snapshot.Lists);
    }

    /// <summary>Reads warnings gone past and minutes used again, and publishes them with all else that is in force: a browser that has just gone past a warning is sent back at once.</summary>
    /// <exception cref="StateStoreException">The state cannot be read.</exception>
    public void ReloadPasses()
    {
        lock (_publishing)
        {
            var snapshot = _current.Snapshot;
            _current.Publish(snapshot.With(snapshot.InForce with { Passes = _state.Passes(_context.Clock.GetUtcNow()) }));
        }
    }

    /// <summary>Publishes which hardware address is behind which address now.</summary>
    public void Follow(AddressBook addresses)
    {
        lock (_publishing)
        {
            if (_addresses.IsSameAs(addresses)) return;
            _addresses = addresses;
            var snapshot = _current.Snapshot;
            _current.Publish(snapshot.With(snapshot.InForce with { Addresses = addresses }));
        }
    }

    /// <summary>Publishes a policy with what the network says of addresses, which no file has.</summary>
    private void Publish(PolicySnapshot policy) => _current.Publish(policy.With(policy.InForce with { Addresses = _addresses }));

    /// <summary>Notes when a booking next begins or ends: before what is in force is read, so that none falls between the two.</summary>
    private void NoteNextBooking() => Interlocked.Exchange(ref _nextBooking, _state.NextBookingChange(_context.Clock.GetUtcNow())?.UtcTicks ?? long.MaxValue);

    /// <summary>Reads policy and overrides again and publishes them. A document that cannot be used keeps nothing else back: an emergency block takes force beside the last good one.</summary>
    private void Reload()
    {
        lock (_publishing)
        {
            NoteNextBooking();
            try
            {
                if (PublishNewPolicy()) return;
            }
            catch (Exception problem) when (problem is UserErrorException or Lists.ListLoadException)
            {
                CannotFollow(_log, problem.Message);
            }
            Publish(_current.Snapshot.With(GatewayInputs.InForce(_context, _state)));
        }
    }

    /// <summary>Publishes the policy with all else where its text is another one.</summary>
    private bool PublishNewPolicy()
    {
        var text = GatewayInputs.ReadPolicy(_context, _state);
        if (PolicyDocument.VersionOf(text.Yaml) == _version) return false;
        // The lists stay as they are: an own list of millions of neighbours is live as soon as its few lines are compiled.
        var inputs = GatewayInputs.Load(_context, _current.Snapshot.Lists, _state);
        if (inputs.Text.Source == PolicySource.File)
            _state.ImportPolicy(inputs.Policy.Version, inputs.Text.Yaml, _context.Actor, $"read from {inputs.Text.Name}, which had changed");
        _version = inputs.Policy.Version;
        Publish(_forTrial(inputs.Policy));
        NewPolicy(_log, _version);
        return true;
    }

    /// <summary>When compiled lists were last put in force. A folder given with --lists is read once.</summary>
    private DateTime ListsTime() => _options.ListsFolder is null ? File.GetLastWriteTimeUtc(GatewayInputs.ListsOf(_context).InForce) : default;

    private DateTime FileTime() => _context.Settings.Policy is { } path ? File.GetLastWriteTimeUtc(path) : default;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_timer is not null) await _timer.DisposeAsync();
        await _watcher.DisposeAsync();
    }

    [LoggerMessage(200, LogLevel.Warning, "A change could not be put in force, and what was in force stays: {Problem}")]
    private static partial void CannotFollow(ILogger log, string problem);

    [LoggerMessage(201, LogLevel.Warning, "Policy {Version} is in force.")]
    private static partial void NewPolicy(ILogger log, string version);

    [LoggerMessage(206, LogLevel.Warning, "Lists {Version} are in force.")]
    private static partial void NewLists(ILogger log, string version);
}
