using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The units as a box runs them: under a systemd that was booted for them, with their sandbox, their watchdog, their socket and their journal.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Box")]
[Category("Slow")]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class SystemdTests
{
    private const string BothHalves = "filtergate.service filtergate-review.service";
    private const string IsRefusedByTheFilter = "test \"$(curl -s -o /dev/null -w '%{http_code}' --max-time 10 -x http://127.0.0.1:8080 http://ebay.co.uk/)\" = 403";

    private TempFolder _folder = null!;
    private BootedSystem _box = null!;

    /// <summary>This machine's programs, an empty /etc and /var, and on top what the package would put there.</summary>
    [OneTimeSetUp]
    public async Task BootAsync()
    {
        Programs.RequireRoot("a system of its own is booted");
        Programs.Require("systemd-nspawn", "systemd-container");
        _folder = new TempFolder();
        var (root, usr) = (_folder["root"], _folder["usr"]);
        foreach (var folder in (string[])["etc/systemd/system", "etc/filtergate", "usr", "var/lib", "var/log/journal", "tmp", "run", "proc", "sys", "dev", "root", "opt/filtergate"]) Directory.CreateDirectory(Path.Combine(root, folder));
        foreach (var folder in (string[])["bin", "sbin", "lib", "lib64"]) File.CreateSymbolicLink(Path.Combine(root, folder), $"usr/{folder}");
        Directory.CreateDirectory(Path.Combine(usr, "bin"));
        // Others may enter: the services are not root.
        foreach (var folder in (string[])[root, usr, Path.Combine(root, "etc", "filtergate")]) await Programs.MustAsync("chmod", "755", folder);
        await Programs.MustAsync("chmod", "1777", Path.Combine(root, "tmp"));
        File.CreateSymbolicLink(Path.Combine(usr, "bin", "filtergate"), "/opt/filtergate/filtergate");
        foreach (var unit in (string[])["filtergate.service", "filtergate-review.service", "filtergate-network.service", "filtergate-names.service", "filtergate-names.timer", "filtergate.socket"]) File.Copy(Deploy("systemd", unit), Path.Combine(root, "etc/systemd/system", unit));
        File.Copy(Deploy("settings", "filtergate.yaml"), Path.Combine(root, "etc/filtergate/filtergate.yaml"));
        File.Copy("/etc/os-release", Path.Combine(root, "etc/os-release"));
        await File.WriteAllTextAsync(Path.Combine(root, "etc/machine-id"), Guid.NewGuid().ToString("N") + "\n");
        await File.WriteAllTextAsync(Path.Combine(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/bash\nfiltergate:x:901:901::/var/lib/filtergate:/usr/sbin/nologin\nfiltergate-review:x:902:901::/var/lib/filtergate:/usr/sbin/nologin\n");
        await File.WriteAllTextAsync(Path.Combine(root, "etc/group"), "root:x:0:\nfiltergate:x:901:\n");
        await File.WriteAllTextAsync(Path.Combine(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
        await File.WriteAllTextAsync(Path.Combine(root, "etc/hosts"), "127.0.0.1 localhost\n");
        if (Directory.Exists("/etc/alternatives")) await Programs.MustAsync("cp", "-a", "/etc/alternatives", Path.Combine(root, "etc"));
        await Programs.MustAsync("cp", "/etc/ld.so.cache", Path.Combine(root, "etc"));

        _box = await BootedSystem.BootAsync(root, $"--overlay=/usr:{usr}:/usr", $"--bind-ro={AppContext.BaseDirectory}:/opt/filtergate");
        await _box.MustAsync($"systemctl start {BothHalves}");
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        if (_box is not null) await _box.DisposeAsync();
        _folder?.Dispose();
    }

    /// <summary>Each test begins with both halves running.</summary>
    [SetUp]
    public Task StartedAsync() => _box.MustAsync($"systemctl reset-failed; systemctl start {BothHalves}");

    [Test]
    public async Task Halves_Start_ServeAndSayHowTheyAre()
    {
        Assert.That((await _box.RunAsync(IsRefusedByTheFilter)).ExitCode, Is.Zero, await JournalAsync());
        Assert.That(await _box.MustAsync("systemctl show --value -p StatusText filtergate"), Does.Match(@"^listening on 127\.0\.0\.1:8080; policy [0-9a-f]{12}"));
        Assert.That(await _box.MustAsync("systemctl show --value -p StatusText filtergate-review"), Does.Match(@"^listening on 127\.0\.0\.1:8090 \(review\); policy [0-9a-f]{12}"));
        Assert.That(await JournalAsync(), Does.Contain("listening on 127.0.0.1:8080").And.Contain("listening on 127.0.0.1:8090 (review)"));
        Assert.That(await _box.MustAsync("filtergate doctor --only gateway && filtergate doctor --only 'review site'"), Does.Contain("runs, on ports 8080"));
    }

    /// <summary>The nightly unit with its sandbox: it makes dnsmasq's file by the settings, has dnsmasq restarted where it has changed, and leaves it running where it has not.</summary>
    [Test]
    public async Task Names_AreMadeAnewByTheirTimer_AndDnsmasqHasThem()
    {
        Programs.Require("dnsmasq", "dnsmasq-base");
        const string Settings = "/etc/filtergate/filtergate.yaml", Made = "/etc/dnsmasq.d/filtergate.conf", Unit = "/etc/systemd/system/dnsmasq.service", MainPid = "systemctl show --value -p MainPID dnsmasq";
        await _box.MustAsync($"mkdir -p /etc/dnsmasq.d; cp {Settings} /root/settings; printf 'name_server: {{ file: {Made}, gateway: [127.0.0.1], tier: staff }}\n' >> {Settings}");
        await _box.MustAsync($"printf '[Service]\nExecStart=/usr/sbin/dnsmasq --keep-in-foreground --user=root --port=5355 --conf-dir=/etc/dnsmasq.d\n' > {Unit}; systemctl daemon-reload; systemctl start dnsmasq");
        try
        {
            var before = await _box.MustAsync(MainPid);
            Assert.That(await _box.MustAsync("systemctl start filtergate-names.timer; systemctl show --value -p NextElapseUSecRealtime filtergate-names.timer"), Does.Contain("04:"));
            await _box.MustAsync("systemctl start filtergate-names || { journalctl -u filtergate-names --no-pager; false; }");
            var after = await _box.MustAsync(MainPid);
            Assert.That(after, Is.Not.EqualTo(before), "dnsmasq was restarted");
            Assert.That(await _box.MustAsync($"cat {Made}"), Does.Contain("local=/use-application-dns.net/"));
            await _box.MustAsync($"touch -d yesterday {Made}; systemctl start filtergate-names");
            Assert.That((await _box.MustAsync(MainPid), (await _box.MustAsync($"find {Made} -mmin -5")).Trim()), Is.EqualTo((after, Made)), "nothing has changed: dnsmasq goes on, and the file says when it was last made");
            Assert.That(await _box.MustAsync("find /var/lib/filtergate ! -user filtergate ! -user filtergate-review"), Is.Empty, "root left nothing that the gateway could not read");
        }
        finally
        {
            await _box.MustAsync($"systemctl stop filtergate-names.timer dnsmasq; mv /root/settings {Settings}; rm -f {Unit} {Made}; systemctl daemon-reload");
        }
    }

    /// <summary>What the kernel holds of each process, not what its unit says.</summary>
    [TestCase("filtergate", 901)]
    [TestCase("filtergate-review", 902)]
    public async Task Half_HasNoRightAndGetsNone(string unit, int account)
    {
        var status = await _box.MustAsync($"cat /proc/$(systemctl show --value -p MainPID {unit})/status");
        Assert.That(status, Does.Match("CapPrm:\t0{16}").And.Match("CapBnd:\t0{16}").And.Match("CapAmb:\t0{16}").And.Contain("NoNewPrivs:\t1").And.Contain("Seccomp:\t2").And.Contain($"Uid:\t{account}\t{account}\t{account}\t{account}"));
        // In its own view of the disk its folder alone can be written.
        var inside = $"nsenter --target=$(systemctl show --value -p MainPID {unit}) --mount --";
        Assert.That((await _box.RunAsync($"{inside} touch /etc/filtergate/made /usr/made")).ExitCode, Is.Not.Zero, "even root finds it read-only");
        await _box.MustAsync($"{inside} touch /var/lib/filtergate/made && rm /var/lib/filtergate/made");
    }

    /// <summary>A fault in one half does not touch the other.</summary>
    [TestCase("filtergate", "filtergate-review")]
    [TestCase("filtergate-review", "filtergate")]
    public async Task Half_ThatIsKilled_IsBackWhileTheOtherGoesOn(string killed, string other)
    {
        var (before, neighbour) = (await ProcessOfAsync(killed), await ProcessOfAsync(other));
        await _box.MustAsync($"kill -KILL {before}");
        await _box.UntilAsync($"test $(systemctl show --value -p MainPID {killed}) != {before} && systemctl is-active --quiet {killed}", "systemd starts it anew");
        await _box.UntilAsync(IsRefusedByTheFilter, "the filter answers");
        Assert.That(await ProcessOfAsync(other), Is.EqualTo(neighbour));
    }

    /// <summary>The review site is for people; the authority that every device trusts is none of its business, nor are the rules of the network.</summary>
    [TestCase("cat /var/lib/filtergate/ca/ca.key")]
    [TestCase("mv /var/lib/filtergate/ca /var/lib/filtergate/ca-of-mine")]
    [TestCase("touch /var/lib/filtergate/network/applied.nft")]
    [TestCase("mv /var/lib/filtergate/network /var/lib/filtergate/network-of-mine")]
    [TestCase("rm /var/lib/filtergate/state.db")]
    public async Task ReviewSite_MayNot(string command)
    {
        await _box.MustAsync("install -d -m 700 -o filtergate -g filtergate /var/lib/filtergate/network");
        const string AsTheSite = "setpriv --reuid=filtergate-review --regid=filtergate --clear-groups --inh-caps=-all --bounding-set=-all --";
        Assert.That((await _box.RunAsync($"{AsTheSite} {command}")).ExitCode, Is.Not.Zero);
        await _box.MustAsync($"{AsTheSite} test -r /var/lib/filtergate/state.db -a -w /var/lib/filtergate/events");
    }

    /// <summary>Off loopback it speaks TLS with what the gateway has signed, and both write to the records of the school.</summary>
    [Test]
    public async Task ReviewSite_OfAnotherAccount_WorksOnTheNetwork()
    {
        await _box.MustAsync("ip addr replace 10.99.0.1/32 dev lo && cp -p /etc/filtergate/filtergate.yaml /root/before.yaml && sed -i 's/^review_listen:.*/review_listen: 10.99.0.1:8443/; s/^# review_names:.*/review_names: [filter.school.example]/' /etc/filtergate/filtergate.yaml && systemctl restart filtergate filtergate-review");
        try
        {
            const string Site = "curl -s --cacert /var/lib/filtergate/ca/ca.crt --max-time 10 -o /dev/null -w '%{http_code}\n'";
            await _box.UntilAsync($"{Site} https://10.99.0.1:8443/sign-in", "the gateway signs within moments");
            Assert.That(await _box.MustAsync($"{Site} https://10.99.0.1:8443/sign-in; {Site} --resolve filter.school.example:8443:10.99.0.1 https://filter.school.example:8443/sign-in"), Is.EqualTo("200\n200\n"));
            await _box.MustAsync(IsRefusedByTheFilter);
            const string Doctor = "filtergate doctor --only 'review site'; true";
            Assert.That(await _box.MustAsync(Doctor), Does.Match("ok +review site: port 8443 is listened on"));
            // A name that the settings got since.
            await _box.MustAsync("sed -i 's/^review_names:.*/review_names: [filter.school.example, new.school.example]/' /etc/filtergate/filtergate.yaml");
            Assert.That(await _box.MustAsync(Doctor), Does.Match("RED +review site: port 8443 is listened on, but there is no valid certificate for new.school.example: no browser opens the site\n.*sudo systemctl restart filtergate"));
            await _box.MustAsync("systemctl restart filtergate filtergate-review");
            await _box.UntilAsync("filtergate doctor --only 'review site'", "restarted as it says, the gateway signs for the new name");
            Assert.That(await _box.MustAsync("umask 022; filtergate block unsafe.example --reason 'seen in year 5' --yes >/dev/null; filtergate events search --since 1h --json"), Does.Contain("\"kind\":\"block\""));
            Assert.That(await _box.MustAsync("find /var/lib/filtergate -maxdepth 2 -printf '%u:%g %m %P\n' | sort"), Does.Contain("filtergate:filtergate 2700 ca\n").And.Contain("filtergate-review:filtergate 2700 review-keys\n").And.Contain("filtergate:filtergate 660 state.db\n").And.Contain("filtergate:filtergate 2770 events\n").And.Contain("filtergate:filtergate 660 review-tls/10.99.0.1.pem").And.Not.Match("640 (state|events/)"));
        }
        finally
        {
            await _box.MustAsync("cp -p /root/before.yaml /etc/filtergate/filtergate.yaml; systemctl restart filtergate filtergate-review");
        }
    }

    /// <summary>A process that runs and follows nothing is ended and started anew: the watchdog, with a shorter time than the unit's thirty seconds.</summary>
    [Test]
    public async Task Gateway_ThatHangs_IsStartedAnew()
    {
        await _box.MustAsync("mkdir -p /run/systemd/system/filtergate.service.d && printf '[Service]\\nWatchdogSec=2\\n' >/run/systemd/system/filtergate.service.d/watchdog.conf && systemctl daemon-reload && systemctl restart filtergate");
        var before = await ProcessOfAsync("filtergate");
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.That(await ProcessOfAsync("filtergate"), Is.EqualTo(before), "one that is well is left alone");
        await _box.MustAsync($"kill -STOP {before}");
        await _box.UntilAsync($"test $(systemctl show --value -p MainPID filtergate) != {before} && systemctl is-active --quiet filtergate", "the watchdog bites");
        Assert.That(await JournalAsync(), Does.Contain("Watchdog timeout"));
        await _box.UntilAsync(IsRefusedByTheFilter, "the filter answers");
        await _box.MustAsync("rm -r /run/systemd/system/filtergate.service.d && systemctl daemon-reload && systemctl restart filtergate");
    }

    [Test]
    public async Task Halves_Stopped_EndAsAskedAndInTime()
    {
        await _box.MustAsync($"systemctl stop {BothHalves}");
        Assert.That(await _box.MustAsync($"systemctl show --value -p Result {BothHalves}"), Is.EqualTo("success\n\nsuccess\n"));
        Assert.That((await _box.RunAsync(IsRefusedByTheFilter)).ExitCode, Is.Not.Zero);
    }

    /// <summary>With the socket unit nobody is refused while the gateway starts anew: whoever comes waits.</summary>
    [Test]
    public async Task Restart_WithTheSocketHeld_RefusesNobody()
    {
        // The port of redirected traffic too, as the unit's comment has it: a gateway that did not take it over could not listen there, and would not start.
        await _box.MustAsync("""
            sed -i 's/^# ListenStream=/ListenStream=/' /etc/systemd/system/filtergate.socket
            cp -p /etc/filtergate/filtergate.yaml /root/before.yaml && echo 'transparent_listen: "[::]:8129"' >>/etc/filtergate/filtergate.yaml
            systemctl daemon-reload && systemctl stop filtergate && systemctl start filtergate.socket && systemctl start filtergate
            """);
        try
        {
            await _box.MustAsync(IsRefusedByTheFilter);
            Assert.That(await _box.MustAsync("systemctl show --value -p StatusText filtergate"), Does.Contain("[::]:8129 (redirected)"));
            var asked = _box.RunAsync("""
                for i in $(seq 40); do curl -s -o /dev/null -w '%{http_code}\n' --max-time 20 -x http://127.0.0.1:8080 http://ebay.co.uk/ || echo "curl ended with $?"; sleep 0.05; done
                """);
            await _box.MustAsync("sleep 0.3; systemctl restart filtergate");
            Assert.That((await asked).Lines, Has.Length.EqualTo(40).And.All.EqualTo("403"), await JournalAsync());
        }
        finally
        {
            await _box.MustAsync("cp -p /root/before.yaml /etc/filtergate/filtergate.yaml; systemctl stop filtergate.socket filtergate && systemctl start filtergate");
        }
    }

    /// <summary>The rules of the network need one right of root's, stay without the gateway, and come back when something else throws them away. That staff pass meanwhile, where the school chose so, the review site's account can read.</summary>
    [Test]
    public async Task Rules_AreKeptByTheirUnit()
    {
        await _box.MustAsync("ip link show lan0 >/dev/null 2>&1 || { ip link add lan0 type veth peer name lan1 && ip addr add 10.77.1.1/24 dev lan0 && ip link set lan0 up; }");
        await File.WriteAllTextAsync(Path.Combine(_folder["root"], "etc/filtergate/policy.yaml"), BoxNetwork.Policy);
        await _box.MustAsync("cp -p /etc/filtergate/filtergate.yaml /root/before.yaml && printf 'policy: policy.yaml\ntransparent_listen: \"[::]:8129\"\nnetwork: { lan: [lan0], when_down: { staff: pass, illegal_content_stopped_by: Anytown Broadband, checked: %s } }\n' $(date +%F) >>/etc/filtergate/filtergate.yaml");
        try
        {
            await _box.MustAsync("systemctl start filtergate-network && systemctl stop filtergate");
            Assert.That(await _box.MustAsync("nft list table inet filtergate"), Does.Contain("redirect to :8129"));
            await _box.MustAsync("nft flush ruleset");
            await _box.UntilAsync("nft list table inet filtergate", "the rules are back");

            const string SaysSo = "curl -s http://127.0.0.1:8090/sign-in | grep -q 'Staff are not filtered'";
            await _box.UntilAsync(SaysSo, "the review site says that staff pass");
            Assert.That(await _box.MustAsync("stat -c '%U:%G %a' /var/lib/filtergate/staff-past"), Is.EqualTo("filtergate:filtergate 660\n"));
            await _box.MustAsync($"systemctl stop filtergate-network && ! {SaysSo} && systemctl start filtergate-network");

            // A start of the box with a mistake in the policy.
            await _box.MustAsync("systemctl stop filtergate-network && nft list table inet filtergate >/dev/null && nft flush ruleset && echo 'school: [' >/etc/filtergate/policy.yaml && systemctl start filtergate-network");
            Assert.That(await _box.MustAsync("nft list table inet filtergate"), Does.Contain("redirect to :8129"));
            Assert.That(await _box.MustAsync("systemctl show --value -p StatusText filtergate-network; filtergate doctor --only network; true"), Does.Contain("policy.yaml:").And.Match("RED +network: keeper"));
        }
        finally
        {
            await _box.MustAsync("cp -p /root/before.yaml /etc/filtergate/filtergate.yaml; systemctl stop filtergate-network; nft flush ruleset");
        }
    }

    [TestCase("filtergate.service")]
    [TestCase("filtergate-review.service")]
    [TestCase("filtergate-network.service")]
    public async Task Unit_AsItRuns_IsSandboxed(string unit) => await _box.MustAsync($"systemd-analyze security --threshold=20 {unit}");

    private static string Deploy(params string[] path) => Path.Combine([Repository.Root, "deploy", .. path]);

    private async Task<string> ProcessOfAsync(string unit) => (await _box.MustAsync($"systemctl show --value -p MainPID {unit}")).Trim();

    private async Task<string> JournalAsync() => await _box.MustAsync("journalctl --no-pager -o cat -u filtergate -u filtergate-review");
}
