using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Commands.Backups;
using FilterGate.Commands.Certificates;
using FilterGate.Commands.Lists;
using FilterGate.Commands.NameServer;
using FilterGate.Commands.Network;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Lists.Locked;
using FilterGate.NameServer;
using FilterGate.Network;
using FilterGate.Running;
using FilterGate.Safeguarding.Keeping;
using FilterGate.Settings;
using FilterGate.State;
using FilterGate.Watching;

namespace FilterGate.Commands.Doctor;

/// <summary>How one point of the box stands.</summary>
internal enum PointState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, and wants care.</summary>
    Warn,

    /// <summary>Pupils are not protected as they should be, or will soon not be.</summary>
    Red,

    /// <summary>Could not be looked at; never the same as well.</summary>
    Skipped,
}

/// <summary>One point, as <c>doctor --json</c> shows it.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="State">How it stands.</param>
/// <param name="Found">What was found; names nobody and no site.</param>
/// <param name="Mend">What mends it; null where nothing has to be.</param>
internal sealed record BoxPoint(string Check, PointState State, string Found, string? Mend = null);

/// <summary>Looks at the points of a box, each where it is answered for elsewhere: nothing is judged a second time.</summary>
internal sealed class BoxPoints(CommandContext context)
{
    /// <summary>A certificate has to come to every device again, by device management or by hand: half a term.</summary>
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(60);

    /// <summary>The nightly round is daily; two nights missed are no accident.</summary>
    private static readonly TimeSpan RoundLate = TimeSpan.FromHours(50);

    /// <summary>A week of requests, openings and people is what a school can bear to enter again.</summary>
    private static readonly TimeSpan BackupOld = TimeSpan.FromDays(8);

    /// <summary>The keeper of the rules says twice a minute that it has looked.</summary>
    private static readonly TimeSpan KeeperLate = TimeSpan.FromMinutes(2);

    /// <summary>No school is without a single request for longer.</summary>
    private static readonly TimeSpan LongestHoliday = TimeSpan.FromDays(92);

    /// <summary>Two clocks of one box differ by less.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    /// <summary>A browser gives up on a name later than this; a technician should not have to wait so long.</summary>
    private static readonly TimeSpan NameTimeout = TimeSpan.FromSeconds(5);

    // Google's forced safe search needs it, it is the same everywhere, and it says nothing of what anybody looks at.
    private const string KnownName = "forcesafesearch.google.com";

    private const double FreeShareWarns = 0.10;
    private const long FreeBytesRed = 1L << 30;

    private const string NameServerPoint = "name server", DevicesNamesPoint = "names for devices", NetworkPoints = "network";

    /// <summary>Made anew every night; after the third that failed somebody has to look.</summary>
    private static readonly TimeSpan NamesAgeWarns = TimeSpan.FromDays(3);

    private (string Check, Func<string, BoxPoint> Look)[] Points =>
    [
        ("gateway", Gateway), ("review site", Review), ("shadow mode", Shadow), ("clock", Clock), ("certificate authority", Authority), ("illegal-content lists", Locked), ("category lists", Categories), ("policy", Policy), ("records", Records), ("nightly round", Round), ("backup", Backup), ("disk", Disk),
    ];

    /// <summary>What the points are called, in their order.</summary>
    public IReadOnlyList<string> Names => [.. Points.Select(p => p.Check), NameServerPoint, DevicesNamesPoint, NetworkPoints];

    /// <summary>Looks at every point. One that fails does not hide the others.</summary>
    /// <param name="only">Some of <see cref="Names"/>; none for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<BoxPoint> LookAsync(IReadOnlyCollection<string> only, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (check, look) in Points.Where(p => IsMeant(p.Check))) yield return Guarded(check, look);
        if (IsMeant(NameServerPoint)) yield return await NamesAsync(NameServerPoint, cancellationToken);
        if (IsMeant(DevicesNamesPoint)) yield return await DevicesNamesAsync(DevicesNamesPoint, cancellationToken);
        if (!IsMeant(NetworkPoints)) yield break;
        await foreach (var point in NetworkAsync(cancellationToken)) yield return point;

        bool IsMeant(string check) => only.Count == 0 || only.Contains(check, StringComparer.Ordinal);
    }

    private static BoxPoint Guarded(string check, Func<string, BoxPoint> look)
    {
        try
        {
            return look(check);
        }
        catch (UnauthorizedAccessException)
        {
            return new(check, PointState.Skipped, "this account may not read it", "sudo filtergate doctor");
        }
        catch (Exception problem) when (problem is UserErrorException or ListLoadException or StateStoreException or EventStoreException or IOException)
        {
            return new(check, PointState.Red, problem.Message);
        }
    }

    private BoxPoint Gateway(string check)
    {
        var (endPoints, _) = RunOptions.WhereToListen([], [], [], context.Settings.Network.Mode, review: null, context.Settings);
        int[] ports = [.. endPoints.Select(e => e.EndPoint.Port).Where(port => port != 0).Distinct()];
        var taken = context.Box.TcpListeners().Select(e => e.Port).ToHashSet();
        var listed = string.Join(", ", ports.Select(Number));
        if (!WatchSocket.IsAlive(WatchSocket.PathIn(context.DataFolder)))
        {
            var others = ports.Where(taken.Contains).ToList();
            return others.Count > 0
                ? new(check, PointState.Red, $"it does not run, and another program has port {string.Join(", ", others.Select(Number))}", $"sudo ss -ltnp 'sport = :{Number(others[0])}' names the program")
                : new(check, PointState.Red, $"it does not run (ports {listed} are free): behind this box nobody reaches the web{(IsStaffPast ? " but staff, past the filter" : "")}", "sudo systemctl start filtergate, or: filtergate run");
        }

        var silent = ports.Where(port => !taken.Contains(port)).ToList();
        return silent.Count == 0
            ? new(check, PointState.Ok, $"runs, on ports {listed}")
            : new(check, PointState.Red, $"runs, but not on port {string.Join(", ", silent.Select(Number))} of the settings: it was started before they were changed, or with flags of its own", "sudo systemctl restart filtergate");
    }

    private BoxPoint Review(string check)
    {
        var (_, at) = RunOptions.WhereToListen([], [], [], context.Settings.Network.Mode, review: null, context.Settings);
        if (at is null) return new(check, PointState.Skipped, "the settings do not say where it listens (review_listen)");
        var port = Number(at.Port);
        if (context.Box.TcpListeners().All(e => e.Port != at.Port))
            return new(check, PointState.Red, $"nobody listens on port {port}: nobody can look at what happened, and no request is answered there", "sudo systemctl start filtergate-review, or: filtergate run");
        // Whoever signs, in this process or in the gateway's: what counts is what a browser is shown.
        return ReviewListener.NeedsSignIn(at) && NamesOfReview(at).FirstOrDefault(name => !ShowsCertificate(at, name)) is { } without
            ? new(check, PointState.Red, $"port {port} is listened on, but there is no valid certificate for {without}: no browser opens the site", "sudo systemctl restart filtergate: the gateway signs it, for review_names and review_listen of the settings; journalctl -u filtergate says what it could not write")
            : new(check, PointState.Ok, $"port {port} is listened on");
    }

    /// <summary>By what people open the site: its names, else its address.</summary>
    private ImmutableArray<string> NamesOfReview(IPEndPoint at) => context.Settings.ReviewNames is { IsEmpty: false } names ? names : [DialOf(at.Address).ToString()];

    private static IPAddress DialOf(IPAddress listened) => listened.Equals(IPAddress.Any) ? IPAddress.Loopback : listened.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listened;

    /// <summary>Does as a browser does, but for asking who signed: that is the point of the authority.</summary>
    private bool ShowsCertificate(IPEndPoint at, string name)
    {
        try
        {
            using var client = new TcpClient(at.AddressFamily) { ReceiveTimeout = (int)NameTimeout.TotalMilliseconds, SendTimeout = (int)NameTimeout.TotalMilliseconds };
            client.Connect(DialOf(at.Address), at.Port);
            using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None && certificate is X509Certificate2 shown && shown.NotAfter.ToUniversalTime() > context.Clock.GetUtcNow().UtcDateTime);
            tls.AuthenticateAsClient(name);
            return true;
        }
        catch (Exception problem) when (problem is IOException or SocketException or AuthenticationException)
        {
            return false;
        }
    }

    private BoxPoint Shadow(string check)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        if (state?.LastShadow() is not { } run || !run.IsOn(context.Clock.GetUtcNow())) return new(check, PointState.Ok, "off: what the policy refuses is refused");
        return new(check, PointState.Red, $"on until {UnblockCommand.Local(context, run.Mode.Until)}, started by {run.Actor}: FilterGate blocks illegal content and little else", "filtergate shadow says what it would have blocked; to end it, start the gateway without --shadow");
    }

    private BoxPoint Clock(string check)
    {
        const string Mend = "timedatectl; and once it is right: sudo systemctl restart filtergate";
        var now = context.Clock.GetUtcNow();
        // One that has lost its battery begins in 1970, 2000, or the year of its board. What is shipped was looked over on a day; a year less, for nobody has to update at once after a clock is set.
        var shipped = BundleFile.Shipped.All.Max(bundle => bundle.Checked);
        if (DateOnly.FromDateTime(now.UtcDateTime) < shipped.AddYears(-1))
            return new(check, PointState.Red, string.Create(CultureInfo.InvariantCulture, $"it says {now:yyyy-MM-dd}, long before this FilterGate was made: timetables and what ends by itself go wrong, and pages over HTTPS do not open"), Mend);
        if (Events()?.Search(new EventQuery { Limit = 1 }).Events is not [var newest]) return new(check, PointState.Skipped, "there are no events yet to compare it with");
        return newest.Time > now + ClockSlack
            ? new(check, PointState.Red, $"it is behind the newest event, of {UnblockCommand.Local(context, newest.Time)}: timetables and what ends by itself go wrong", Mend)
            : context.Box.ClockIsSet() == false ? new(check, PointState.Warn, "no time server sets it: nobody would notice when it goes wrong", "timedatectl set-ntp true, with Debian's package systemd-timesyncd or chrony")
            : now - newest.Time > LongestHoliday ? new(check, PointState.Warn, $"it is far ahead of the newest event, of {UnblockCommand.Local(context, newest.Time)}: nobody asked for anything since, or it is wrong", Mend)
            : new(check, PointState.Ok, $"not behind the newest event, of {UnblockCommand.Local(context, newest.Time)}");
    }

    private BoxPoint Authority(string check)
    {
        // Before anything is opened: whoever reads this key can pretend to be any site to the school's devices.
        var keys = Directory.Exists(Path.Combine(context.DataFolder, "ca")) ? Directory.GetFiles(Path.Combine(context.DataFolder, "ca"), "*.key") : [];
        if (keys.FirstOrDefault(OthersMayRead) is { } open)
            return new(check, PointState.Red, "others may read its key", $"sudo chmod 600 {open}; and if anybody else has an account here: filtergate certificates rotate");
        using var authorities = CertificatesCommand.Open(context);
        var (from, until) = authorities.Current.Minting.Validity;
        var left = until - context.Clock.GetUtcNow();
        if (context.Clock.GetUtcNow() < from) return new(check, PointState.Red, $"it begins only on {CertificatesCommand.Say(context, from)}, by this box's clock: no device opens an inspected page", "timedatectl: the clock is wrong, or it was when the authority was made");
        var found = $"valid until {CertificatesCommand.Say(context, until)}";
        if (left <= TimeSpan.Zero) return new(check, PointState.Red, $"it has ended ({found}): no device opens an inspected page", "filtergate certificates rotate");
        if (authorities.Current.Next is not null) return new(check, PointState.Ok, $"{found}; another follows it");
        return left < ExpiresSoon ? new(check, PointState.Warn, $"{found}: time to give devices the next", "filtergate certificates rotate") : new(check, PointState.Ok, found);
    }

    private static bool OthersMayRead(string file) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != UnixFileMode.None;

    private BoxPoint Locked(string check)
    {
        if (!File.Exists(GatewayInputs.ListsOf(context).LockedKey)) return new(check, PointState.Red, "the key of this box that they are hashed with is not there: nothing of them can be in force", "filtergate run makes one; then import the lists again: filtergate lists locked import --help");
        var status = LockedStatus.Of(context);
        if (!status.Met) return new(check, PointState.Red, string.Join("; ", status.Why), "filtergate lists status says which; membership gives the list: filtergate lists locked import --help");
        return status.Feeds.Any(feed => feed.Health == LockedFeedHealth.Stale)
            ? new(check, PointState.Warn, string.Create(CultureInfo.InvariantCulture, $"one is older than {LockedFeedStatus.WarnsAfter.TotalHours} hours; it stays in force"), "filtergate lists status")
            : new(check, PointState.Ok, "met");
    }

    private BoxPoint Categories(string check)
    {
        var status = CompiledStatus.Of(context);
        if (!status.Met) return new(check, PointState.Red, string.Join("; ", status.Problems), "filtergate lists compile");
        if (status.Origin == "starter" && WereFetched())
            return new(check, PointState.Red, "the small starter lists alone, and this box had fetched others: they are gone from its disk", "filtergate lists update, or put them back from a backup");
        if (status.Origin == "starter") return new(check, PointState.Warn, "the small starter lists alone", "filtergate lists update ut1");
        var found = string.Create(CultureInfo.InvariantCulture, $"{status.Entries:#,0} entries, in force since {status.Since}");
        return status.Problems.Count > 0 ? new(check, PointState.Warn, $"{found}; {status.Problems.Count} problems", "filtergate lists status") : new(check, PointState.Ok, found);
    }

    private bool WereFetched()
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        return state?.LastTime("lists.update") is not null;
    }

    private BoxPoint Policy(string check)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        GatewayInputs inputs;
        try
        {
            inputs = GatewayInputs.Load(context, listsFolder: null, state);
        }
        catch (UserErrorException)
        {
            // The message quotes the document, which may name people.
            return new(check, PointState.Red, "it has mistakes; a running gateway stays with the one before", "filtergate policy validate");
        }
        if (inputs.Text.Source == PolicySource.Sample || inputs.Text.Source == PolicySource.State && state?.CurrentPolicy() is { } version && GatewayInputs.IsSample(version))
            return new(check, PointState.Warn, "the sample school's, not this school's", "sudo filtergate setup");
        return inputs.Document.Networks.Length == 0 ? new(check, PointState.Warn, "it names no networks: only this computer is served", "filtergate policy export, then add `networks`")
            : inputs.Warnings.Length > 0 ? new(check, PointState.Warn, string.Create(CultureInfo.InvariantCulture, $"valid, with {inputs.Warnings.Length} warnings"), "filtergate policy validate")
            : Policies.CertificateWarnings.Count(inputs.Document, context.Clock) is var (ended, soon) && ended + soon > 0
                ? new(check, PointState.Warn, string.Create(CultureInfo.InvariantCulture, $"valid; of its exceptions for certificates {ended} have ended and {soon} end within a month"), "filtergate policy show; certificate_exceptions: another certificate for the site, or another end")
            : new(check, PointState.Ok, "valid with the lists in force");
    }

    private BoxPoint Records(string check)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        if (state is null) return new(check, PointState.Red, "there is no state.db in the data folder", "is --data right? filtergate run makes one");
        if (Events() is not { } events) return new(check, PointState.Warn, "state.db can be read; there are no events yet");
        var page = events.Search(new EventQuery { Limit = 1 });
        return page.Problems is [_, ..]
            ? new(check, PointState.Red, string.Create(CultureInfo.InvariantCulture, $"{page.Problems.Count} parts of the events cannot be read; the others can"), "filtergate events verify, and put the parts back from a backup")
            : new(check, PointState.Ok, "state.db and the newest events can be read");
    }

    private BoxPoint Round(string check)
    {
        if (KeepingStatus.Read(context.DataFolder) is not { } round) return new(check, PointState.Skipped, "there was none yet: nobody has looked whether the records are as they were written", "filtergate events verify");
        var ran = UnblockCommand.Local(context, round.LastRun);
        if (!round.IsWhole) return new(check, PointState.Red, $"that of {ran} found records that are not as they were written", "filtergate events verify, and keep the data folder as it is");
        if (round.Problems.Count > 0) return new(check, PointState.Warn, string.Create(CultureInfo.InvariantCulture, $"that of {ran} could not do everything ({round.Problems.Count} problems)"), "filtergate events purge --dry-run");
        return context.Clock.GetUtcNow() - round.LastRun > RoundLate ? new(check, PointState.Warn, $"the last was on {ran}", "sudo systemctl status filtergate") : new(check, PointState.Ok, $"well on {ran}");
    }

    private BoxPoint Backup(string check)
    {
        const string Mend = "sudo filtergate backup --to DIR, each night (docs/technician.md, Backup and restore)";
        using var state = GatewayInputs.OpenStateIfThere(context);
        if (state is null) return new(check, PointState.Skipped, "there is nothing to back up yet");
        if (state.LastTime(BackupCommand.DoneAction) is not { } last) return new(check, PointState.Warn, "there was none yet: a broken disk would take the authority with it, and every device would need another", Mend);
        var found = $"the last was made on {UnblockCommand.Local(context, last)}";
        return context.Clock.GetUtcNow() - last > BackupOld ? new(check, PointState.Warn, found, Mend) : new(check, PointState.Ok, found);
    }

    private BoxPoint Disk(string check)
    {
        var disk = new DriveInfo(context.DataFolder);
        var (free, share) = (disk.AvailableFreeSpace, (double)disk.AvailableFreeSpace / Math.Max(1, disk.TotalSize));
        var state = free < FreeBytesRed ? PointState.Red : share < FreeShareWarns ? PointState.Warn : PointState.Ok;
        return new(check, state, string.Create(CultureInfo.InvariantCulture, $"{free >> 20:#,0} MiB free ({share:P0})"), state == PointState.Ok ? null : "filtergate events purge --dry-run; when it is full, nothing can be recorded any more");
    }

    private async Task<BoxPoint> NamesAsync(string check, CancellationToken cancellationToken)
    {
        const string Mend = "resolvectl status, or cat /etc/resolv.conf: name a server that answers this box";
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(NameTimeout);
        try
        {
            var addresses = await context.LookUp(KnownName, late.Token).WaitAsync(late.Token);
            return addresses.Length > 0 ? new(check, PointState.Ok, $"knows {KnownName}") : new(check, PointState.Red, $"knows no address of {KnownName}", Mend);
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new(check, PointState.Red, $"gives no answer about {KnownName}: no site can be reached by its name", Mend);
        }
    }

    /// <summary>What devices are answered by the box: is the file fresh, and does the server say what it should?</summary>
    private async Task<BoxPoint> DevicesNamesAsync(string check, CancellationToken cancellationToken)
    {
        const string Write = "sudo filtergate dns write --restart dnsmasq; each night: sudo systemctl enable --now filtergate-names.timer";
        var settings = context.Settings.NameServer;
        if (settings.File is not { } file || settings.Server(context.Settings.Network.DnsPort) is not { } server)
            return new(check, PointState.Skipped, "the settings name no file for dnsmasq (name_server): nobody looks whether devices are kept from encrypted DNS and encrypted names of sites (ECH), and to safe search", "filtergate dns write --help");
        if (!File.Exists(file)) return new(check, PointState.Red, $"{file} is not there", Write);
        try
        {
            var policy = DnsCommand.Policy(context);
            var plan = new DnsmasqPlan { Tier = DnsCommand.TierOf(context, policy, null), Gateway = settings.Gateway, EncryptedDns = DnsmasqPlan.EncryptedDnsOf(policy.Lists) };
            var wrong = new List<NameAnswer>();
            await foreach (var answer in NameServerCheck.AskAsync(server, plan, cancellationToken))
                if (!answer.IsRight) wrong.Add(answer);
            if (wrong is [var first, ..]) return new(check, PointState.Red, $"{server} answers {wrong.Count.ToString(CultureInfo.InvariantCulture)} of its names wrongly: {first.Name} {first.Kind} is {first.Got}, wanted {first.Wanted}", "filtergate dns check; " + Write);
        }
        catch (Exception problem) when (problem is IOException or UserErrorException or ListLoadException or StateStoreException)
        {
            return new(check, PointState.Red, problem.Message, "systemctl status dnsmasq; filtergate dns check");
        }
        var made = new DateTimeOffset(File.GetLastWriteTimeUtc(file), TimeSpan.Zero);
        return context.Clock.GetUtcNow() - made > NamesAgeWarns
            ? new(check, PointState.Warn, $"{server} answers as it should; {file} was last made {UnblockCommand.Local(context, made)}, and safe addresses change", Write)
            : new(check, PointState.Ok, $"{server} answers as it should; {file} was last made {UnblockCommand.Local(context, made)}");
    }

    private async IAsyncEnumerable<BoxPoint> NetworkAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (context.Settings.Network.Lan.IsEmpty)
        {
            yield return new("network", PointState.Skipped, "the settings name no interfaces (network: lan): devices have to be told of the proxy", "filtergate network show --help");
            yield break;
        }

        yield return Guarded("network: keeper", Keeper);
        yield return Guarded("network: staff without the gateway", StaffWhenDown);
        IReadOnlyList<NetworkPoint> points = [];
        BoxPoint? failed = null;
        try
        {
            points = await NetworkPoint.LookAsync(new NetworkOptions().KeptPlanOf(context), context.Box, cancellationToken);
        }
        catch (Exception problem) when (problem is UserErrorException or ListLoadException or StateStoreException or UnauthorizedAccessException)
        {
            failed = new("network", PointState.Skipped, "the rules could not be looked at", "sudo filtergate network check says why");
        }

        if (failed is not null) yield return failed;
        foreach (var point in points.Where(p => p.Item != "gateway"))
            yield return new($"network: {point.Item}", point.Ok ? PointState.Ok : PointState.Red, point.Detail, point.Mend);
    }

    private BoxPoint Keeper(string check)
    {
        const string Mend = "sudo systemctl enable --now filtergate-network";
        if (KeeperStatus.Read(context.DataFolder) is not { } status)
            return new(check, PointState.Warn, "nobody keeps the rules: they follow no change of the policy, and are gone after a restart of this box", Mend);
        if (context.Clock.GetUtcNow() - status.LastLook > KeeperLate)
            return new(check, PointState.Red, $"nobody has looked at the rules since {UnblockCommand.Local(context, status.LastLook)}: they follow no change of the policy, and may be gone", Mend);
        return status.Problem is null ? new(check, PointState.Ok, "the rules are kept as policy and settings want them") : new(check, PointState.Red, status.Problem, "sudo filtergate network check");
    }

    private bool IsStaffPast => KeeperStatus.Read(context.DataFolder) is { LetsStaffPast: true };

    private BoxPoint StaffWhenDown(string check)
    {
        if (context.Settings.Network.StaffWhenDown is not { } choice) return new(check, PointState.Ok, "refused like everybody");
        const string Try = "have somebody try it (testfiltering.com has a page for it) and write the day into the settings (network: when_down: checked)";
        if (IsStaffPast)
            return new(check, PointState.Red, $"the gateway is down, and since {UnblockCommand.Local(context, KeeperStatus.Read(context.DataFolder)!.OutageSince ?? context.Clock.GetUtcNow())} the web of staff passes unfiltered: nothing of this box stops illegal content there", "sudo systemctl start filtergate; journalctl -u filtergate says why it does not run");
        var today = DateOnly.FromDateTime(context.Clock.GetLocalNow().DateTime);
        if (!choice.HoldsOn(today)) return new(check, PointState.Warn, string.Create(CultureInfo.InvariantCulture, $"they would be refused like everybody: that illegal content is stopped on the line was tried on {choice.Checked:yyyy-MM-dd}, and that holds for a year"), Try);
        var found = string.Create(CultureInfo.InvariantCulture, $"their web would pass straight, for at most {GatewayOutage.LastsAtMost.TotalHours} hours; that illegal content is stopped on the line was tried on {choice.Checked:yyyy-MM-dd}");
        return today.AddDays((int)ExpiresSoon.TotalDays) > choice.LastDay ? new(check, PointState.Warn, $"{found}, which holds for a year", Try) : new(check, PointState.Ok, found);
    }

    private EventReader? Events() => Directory.Exists(GatewayInputs.EventsFolder(context)) ? new EventReader(GatewayInputs.EventsFolder(context)) : null;

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);
}
