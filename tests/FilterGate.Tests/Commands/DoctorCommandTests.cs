using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Network;
using FilterGate.Proxy.Certificates;
using FilterGate.Running;
using FilterGate.Safeguarding.Keeping;
using FilterGate.Tests.Running;

namespace FilterGate.Tests.Commands;

/// <summary><c>doctor</c> over a box with one fault after another.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DoctorCommandTests
{
    private StoreBox _box = null!;
    private int[] _listening = [];
    private bool? _clockIsSet = true;

    [SetUp]
    public void SetUp() => (_box, _listening, _lookUp) = (new StoreBox(), [], static () => Task.FromResult<IPAddress[]>([IPAddress.Loopback]));

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    private Func<Task<IPAddress[]>> _lookUp = null!;

    private CommandHost Host => new()
    {
        LookUp = (_, _) => _lookUp(),
        Clock = _box.Clock, Variable = _ => null, Account = () => "tech", IsRoot = () => false, OutputIsTerminal = () => false, InstalledSettingsPath = "/nonexistent/filtergate.yaml",
        Box = new NetworkBox { ClockIsSet = () => _clockIsSet, TcpListeners = () => [.. _listening.Select(port => new IPEndPoint(IPAddress.Loopback, port))] },
    };

    private CommandRun Run(params string[] arguments) => CommandRun.Of(Host, ["doctor", .. arguments, "--data", _box.Folder]);

    private (string State, string Found) Point(string check, params string[] arguments)
    {
        var run = Run(["--json", .. arguments]);
        var point = run.Lines.Select(line => JsonDocument.Parse(line).RootElement).Single(p => p.GetProperty("check").GetString() == check);
        Assert.That(point.EnumerateObject().Select(p => p.Name), Is.EqualTo(["check", "state", "found", "mend"]));
        return (point.GetProperty("state").GetString()!, point.GetProperty("found").GetString()!);
    }

    [Test]
    public void FreshBox_SaysEveryPoint_AndIsRed()
    {
        var run = Run();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage), run.Error);
        foreach (var line in (string[])["RED      gateway: it does not run", "RED      review site: nobody listens on port 8090", "skipped  clock:", "RED      certificate authority: there is no certificate authority", "RED      illegal-content lists:", "warn     category lists: the small starter lists alone", "warn     policy: the sample school's", "ok       records:", "skipped  nightly round:", "ok       name server:", "skipped  network:"])
            Assert.That(run.Output, Does.Contain(line));
        Assert.That(run.Output, Does.Contain("disk: ").And.Contain(" MiB free").And.Contain("filtergate lists update ut1"));
    }

    [Test]
    public void Only_LooksAtThatAlone()
    {
        Assert.That(Run("--only", "disk").Lines.Count(line => !line.StartsWith(' ')), Is.EqualTo(1));
        Assert.That(Run("--only", "disk", "--only", "records", "--json").Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("check").GetString()), Is.EqualTo(["records", "disk"]));
        Assert.That(Run("--only", "gateway").ExitCode, Is.EqualTo(ExitCode.Usage));
        _listening = [8090];
        Assert.That(Run("--only", "review site").ExitCode, Is.EqualTo(ExitCode.Done));
        var unknown = Run("--only", "gatewy");
        Assert.That((unknown.ExitCode, unknown.Error), Is.EqualTo((ExitCode.Usage, unknown.Error)));
        Assert.That(unknown.Error, Does.Contain("did you mean 'gateway'?").And.Contain("known: gateway, review site,"));
    }

    [TestCase(null, "warn", "there was none yet", TestName = "Backup_NeverMade_Warns")]
    [TestCase(8, "ok", "the last was made on 2026-11-15 12:00:00", TestName = "Backup_OfAWeekAgo_IsWell")]
    [TestCase(9, "warn", "the last was made on 2026-11-14 12:00:00", TestName = "Backup_Older_Warns")]
    public void Backup(int? daysAgo, string state, string found)
    {
        _box.Clock.AdjustTime(StoreBox.Noon.AddDays(-(daysAgo ?? 0)));
        if (daysAgo is not null) _box.State.Audit("tech", "backup", "/mnt/safe/box.fgbackup", null);
        // Begun and not ended is none.
        _box.State.Audit("tech", "backup.begin", "/mnt/safe/box.fgbackup", null);
        _box.Clock.AdjustTime(StoreBox.Noon);
        var point = Point("backup");
        Assert.That(point.State, Is.EqualTo(state));
        Assert.That(point.Found, Does.StartWith(found));
    }

    private const string NoCertificate = "is listened on, but there is no valid certificate for";

    /// <summary>A site of another account has no certificate before the gateway has signed one, for a name that the settings got later, or once the gateway no longer renews it.</summary>
    [TestCase(false, "[review.school.example]", 0, "red", NoCertificate + " review.school.example: no browser opens the site")]
    [TestCase(false, "[]", 0, "red", NoCertificate + " 127.0.0.1: no browser opens the site")]
    [TestCase(true, "[review.school.example]", 0, "ok", "is listened on")]
    [TestCase(true, "[]", 0, "ok", "is listened on")]
    [TestCase(true, "[review.school.example, new.school.example]", 0, "red", NoCertificate + " new.school.example: no browser opens the site")]
    [TestCase(true, "[review.school.example]", 8, "red", NoCertificate + " review.school.example: no browser opens the site")]
    public async Task ReviewSite_OffLoopback_NeedsItsCertificate(bool isSigned, string names, int days, string state, string found)
    {
        if (isSigned) await ReviewListenerTests.SignAsync(_box.Folder);
        using var listener = ReviewListener.Open(new IPEndPoint(IPAddress.Any, 0), ["review.school.example"], _box.Folder, isApart: true, TimeProvider.System);
        await using var site = await ReviewListenerTests.StartAsync(listener);
        var port = new Uri(site.Urls.Single()).Port;
        var settings = Path.Combine(_box.Folder, "settings.yaml");
        await File.WriteAllTextAsync(settings, $"review_listen: 0.0.0.0:{port}\nreview_names: {names}\n");
        _listening = [port];
        _box.Clock.AutoAdvanceAmount = TimeSpan.Zero;
        _box.Clock.SetUtcNow(DateTimeOffset.UtcNow.AddDays(days));
        Assert.That(Point("review site", "--config", settings), Is.EqualTo((state, $"port {port} {found}")));
    }

    /// <summary>In one process with the gateway it signs its own.</summary>
    [Test]
    public async Task ReviewSite_BesideTheGatewayInOneProcess_NeedsNoFile()
    {
        using var listener = ReviewListener.Open(new IPEndPoint(IPAddress.Any, 0), [], _box.Folder, isApart: false, TimeProvider.System);
        await using var site = await ReviewListenerTests.StartAsync(listener);
        var port = new Uri(site.Urls.Single()).Port;
        var settings = Path.Combine(_box.Folder, "settings.yaml");
        await File.WriteAllTextAsync(settings, $"review_listen: 0.0.0.0:{port}\n");
        _listening = [port];
        Assert.That(Point("review site", "--config", settings).State, Is.EqualTo("ok"));
    }

    /// <summary>The clock of the test is 2026-11-23.</summary>
    [TestCase("2026-11-22", "warn", "valid; of its exceptions for certificates 1 have ended and 0 end within a month")]
    [TestCase("2026-11-23", "warn", "valid; of its exceptions for certificates 0 have ended and 1 end within a month")]
    [TestCase("2026-12-24", "warn", "valid; of its exceptions for certificates 0 have ended and 1 end within a month")]
    [TestCase("2026-12-25", "ok", "valid with the lists in force")]
    public void Policy_ExceptionForACertificate_IsSaidBeforeItsEnd(string until, string state, string found)
    {
        var settings = Path.Combine(_box.Folder, "settings.yaml");
        File.WriteAllText(settings, "policy: policy.yaml\n");
        File.WriteAllText(Path.Combine(_box.Folder, "policy.yaml"), $"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: {{}} }}\ncertificate_exceptions: [{{ host: box.example, sha256: {new string('a', 64)}, until: {until}, why: W }}]\n");
        Assert.That(Point("policy", "--config", settings), Is.EqualTo((state, found)));
    }

    [Test]
    public void NoDataFolder_SaysHowToMakeOne()
    {
        var run = CommandRun.Of(Host, "doctor", "--data", "/nonexistent/filtergate");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("filtergate run"));
    }

    [Test]
    public void Gateway_PortOfAnotherProgram_IsNamed()
    {
        _listening = [8081];
        Assert.That(Point("gateway"), Is.EqualTo(("red", "it does not run, and another program has port 8081")));
    }

    [TestCase(new[] { 8080, 8081, 8082 }, "ok", "runs, on ports 8080, 8081, 8082")]
    [TestCase(new[] { 8080, 8082 }, "red", "runs, but not on port 8081 of the settings")]
    public void Gateway_ThatRuns(int[] ports, string state, string found)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_box.Folder, "gateway.sock")));
        socket.Listen();
        _listening = ports;
        var point = Point("gateway");
        Assert.That(point.State, Is.EqualTo(state), point.Found);
        Assert.That(point.Found, Does.StartWith(found));
    }

    /// <summary>A dead battery, a clock that nobody sets, one that was set far ahead.</summary>
    [TestCase(-400, 0, true, "red", "long before this FilterGate was made")]
    [TestCase(-20_000, 0, true, "red", "it says 1972-02-20")]
    [TestCase(0, 1, false, "warn", "no time server sets it")]
    [TestCase(0, 1, null, "ok", "not behind the newest event")]
    [TestCase(92, 0, true, "ok", "not behind the newest event")]
    [TestCase(93, 0, true, "warn", "far ahead of the newest event")]
    public async Task Clock_ThatIsWrong(int days, int eventDays, bool? isSet, string state, string found)
    {
        (_clockIsSet, _box.Clock.AutoAdvanceAmount) = (isSet, TimeSpan.Zero);
        await _box.Events.CommitAsync(new FilterEvent { Time = StoreBox.Noon.AddDays(-eventDays), Kind = EventKind.Block, Host = "games.example" }, giveReference: false);
        _box.Clock.AdjustTime(StoreBox.Noon.AddDays(days));
        var point = Point("clock");
        Assert.That((point.State, point.Found), Is.EqualTo((state, point.Found)));
        Assert.That(point.Found, Does.Contain(found));
    }

    /// <summary>What was fetched is gone: the gateway starts on the small lists, and that is not as well as a box that never had others.</summary>
    [Test]
    public void CategoryLists_ThatAreGone_AreRed()
    {
        _box.State.Audit("tech", "lists.update", "ut1 20261101", "by hand");
        Assert.That(Point("category lists"), Is.EqualTo(("red", "the small starter lists alone, and this box had fetched others: they are gone from its disk")));
    }

    /// <summary>What was set, what it would be worth today, and that it is in use.</summary>
    [TestCase("2026-11-02", false, "ok", "their web would pass straight, for at most 10 hours")]
    [TestCase("2025-12-20", false, "warn", "which holds for a year")]
    [TestCase("2025-11-02", false, "warn", "they would be refused like everybody")]
    [TestCase("2026-11-02", true, "red", "passes unfiltered")]
    [TestCase(null, false, "ok", "refused like everybody")]
    public void StaffWithoutTheGateway(string? day, bool passes, string state, string found)
    {
        var settings = Path.Combine(_box.Folder, "trial.yaml");
        File.WriteAllText(settings, $"transparent_listen: \"[::]:8129\"\nnetwork:\n  lan: [lan0]\n{(day is null ? "" : $"  when_down: {{ staff: pass, illegal_content_stopped_by: Anytown Broadband, checked: {day} }}\n")}");
        Directory.CreateDirectory(Path.Combine(_box.Folder, "network"));
        new KeeperStatus(StoreBox.Noon, StoreBox.Noon, null, passes ? StoreBox.Noon.AddHours(-1) : null, passes).Write(_box.Folder);
        var point = Point("network: staff without the gateway", "--only", "network", "--config", settings);
        Assert.That((point.State, point.Found), Is.EqualTo((state, point.Found)));
        Assert.That(point.Found, Does.Contain(found).And.Not.Contain("Anytown"));
        Assert.That(KeeperStatus.StaffPastSince(_box.Folder), Is.EqualTo(passes ? StoreBox.Noon.AddHours(-1) : (DateTimeOffset?)null), "the review site says it too");
    }

    [TestCase(-1, "ok")]
    [TestCase(4, "ok")]
    [TestCase(6, "red")]
    public async Task Clock_BesideTheNewestEvent(int minutes, string state)
    {
        await _box.Events.CommitAsync(new FilterEvent { Time = StoreBox.Noon.AddMinutes(minutes), Kind = EventKind.Block, Host = "games.example" }, giveReference: false);
        var point = Point("clock");
        Assert.That(point.State, Is.EqualTo(state));
        Assert.That(point.Found, Does.Not.Contain("games.example"));
    }

    private static IEnumerable<TestCaseData> NameServers()
    {
        yield return new TestCaseData(() => Task.FromResult<IPAddress[]>([IPAddress.Loopback]), "ok").SetName("NameServer_ThatAnswers");
        yield return new TestCaseData(() => Task.FromResult<IPAddress[]>([]), "red").SetName("NameServer_WithoutAnAddress");
        yield return new TestCaseData(() => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.TryAgain)), "red").SetName("NameServer_ThatFails");
        yield return new TestCaseData(() => new TaskCompletionSource<IPAddress[]>().Task, "red").SetName("NameServer_ThatIsSilent").SetCategory("Slow");
    }

    [TestCaseSource(nameof(NameServers))]
    public void NameServer(Func<Task<IPAddress[]>> lookUp, string state)
    {
        _lookUp = lookUp;
        Assert.That(Point("name server").State, Is.EqualTo(state));
    }

    [TestCase(0, "ok", "valid until")]
    [TestCase(-59, "warn", "time to give devices the next")]
    [TestCase(1, "red", "it has ended")]
    public void Authority_ByItsEnd(int daysAfterEnd, string state, string found)
    {
        using (var authorities = CertificateAuthorities.Open(Path.Combine(_box.Folder, "ca"), _box.Clock))
            if (daysAfterEnd != 0) _box.Clock.SetUtcNow(authorities.Current.Minting.Validity.Item2.AddDays(daysAfterEnd));
        var point = Point("certificate authority");
        Assert.That(point.State, Is.EqualTo(state), point.Found);
        Assert.That(point.Found, Does.Contain(found));
    }

    [Test]
    public void Authority_WhoseKeyOthersMayRead_IsRed()
    {
        CertificateAuthorities.Open(Path.Combine(_box.Folder, "ca"), _box.Clock).Dispose();
        File.SetUnixFileMode(Directory.GetFiles(Path.Combine(_box.Folder, "ca"), "*.key").Single(), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.That(Point("certificate authority"), Is.EqualTo(("red", "others may read its key")));
    }

    private static IEnumerable<TestCaseData> Rounds()
    {
        var well = new KeepingStatus { LastRun = StoreBox.Noon.AddHours(-8), LastSuccess = StoreBox.Noon.AddHours(-8), IsWhole = true };
        yield return new TestCaseData(well, "ok").SetName("Round_Well");
        yield return new TestCaseData(well with { LastRun = StoreBox.Noon.AddDays(-3) }, "warn").SetName("Round_Missed");
        yield return new TestCaseData(well with { Problems = ["x"] }, "warn").SetName("Round_WithProblems");
        yield return new TestCaseData(well with { IsWhole = false, Problems = ["x"] }, "red").SetName("Round_FoundSomethingChanged");
    }

    [TestCaseSource(nameof(Rounds))]
    public void Round(KeepingStatus status, string state)
    {
        status.Write(_box.Folder);
        Assert.That(Point("nightly round").State, Is.EqualTo(state));
    }

    [Test]
    public async Task Records_WithADamagedMonth_AreRedAndTheOthersCanBeRead()
    {
        await _box.BlockedAsync("games.example");
        var month = Path.Combine(_box.Folder, "events", "2026-10.db");
        await File.WriteAllTextAsync(month, "no database");
        Assert.That(Point("records"), Is.EqualTo(("red", "1 parts of the events cannot be read; the others can")));
    }

    [Test]
    public void Policy_WithAMistake_IsRedAndQuotesNothing()
    {
        var settings = Path.Combine(_box.Folder, "settings.yaml");
        File.WriteAllText(settings, "policy: policy.yaml\n");
        File.WriteAllText(Path.Combine(_box.Folder, "policy.yaml"), "school: Test\ntiers: { pupil: { own_block: ['the-name-of-a-child'] }, }\napprovals: { head: the-name-of-a-child\n");
        var run = Run("--config", settings);
        Assert.That(run.Output, Does.Contain("RED      policy: it has mistakes"));
        Assert.That(run.Output + run.Error, Does.Not.Contain("the-name-of-a-child"));
    }
}
