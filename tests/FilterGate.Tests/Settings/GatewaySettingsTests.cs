using System.Net;
using FilterGate.Commands;
using FilterGate.Lists.Locked;
using FilterGate.Settings;

namespace FilterGate.Tests.Settings;

public sealed class GatewaySettingsTests
{
    private const string File = "/etc/school/filtergate.yaml";

    [Test]
    public void Parse_EveryKey_IsRead()
    {
        var settings = GatewaySettings.Parse("""
            listen: [10.20.0.1:8080, "[fd00::1]:8080"]
            tier_listen: { pupil: 127.0.0.1:8081, staff: [127.0.0.1:8082, 127.0.0.1:8083] }
            review_listen: 127.0.0.1:8090
            lookup_listen: 127.0.0.1:0
            data: data
            policy: ../policy.yaml
            limits: { connections: 500, head_timeout: 10s, tunnel_idle_timeout: 1h }
            upstream: { trust_ca: county.pem }
            lists:
              sources: [ut1, county]
              update: 05:15
              keep: 9
              own: [{ id: county, address: "https://county.example/list.txt", format: hosts, category: social-networks }]
            """, File);

        Assert.Multiple(() =>
        {
            Assert.That(settings.Listen, Is.EqualTo(new[] { IPEndPoint.Parse("10.20.0.1:8080"), IPEndPoint.Parse("[fd00::1]:8080") }));
            Assert.That(settings.TierListen.Select(t => $"{t.Tier}={t.EndPoint}"), Is.EqualTo(new[] { "pupil=127.0.0.1:8081", "staff=127.0.0.1:8082", "staff=127.0.0.1:8083" }));
            Assert.That(settings.ReviewListen, Is.EqualTo(IPEndPoint.Parse("127.0.0.1:8090")));
            Assert.That(settings.LookupListen!.Port, Is.Zero);
            Assert.That(settings.Data, Is.EqualTo("/etc/school/data"));
            Assert.That(settings.Policy, Is.EqualTo("/etc/policy.yaml"));
            Assert.That(settings.Limits, Is.EqualTo(new LimitSettings { Connections = 500, HeadTimeout = TimeSpan.FromSeconds(10), TunnelIdleTimeout = TimeSpan.FromHours(1) }));
            Assert.That(settings.UpstreamTrustCa, Is.EqualTo(new[] { "/etc/school/county.pem" }));
            Assert.That(settings.Lists.Sources, Is.EqualTo(new[] { "ut1", "county" }));
            Assert.That((settings.Lists.UpdateAt, settings.Lists.Keep), Is.EqualTo((new TimeOnly(5, 15), 9)));
            Assert.That(settings.Lists.Own.Select(s => $"{s.Id} {s.Name} {s.Addresses.Single()} {s.FormatName} {s.Category} {s.IsOwn}"), Is.EqualTo(new[] { "county county https://county.example/list.txt hosts social-networks True" }));
        });
    }

    [Test]
    public void Parse_LockedFeeds_AreRead()
    {
        var settings = GatewaySettings.Parse("""
            locked:
              - { feed: iwf-csam, file: iwf.csv, format: csv, entry_column: address, category_column: kind, verification_column: test }
              - { feed: ctiru, file: /srv/ctiru/feed.fgb, format: bundle, key_file: ctiru.key }
            """, File);
        Assert.That(settings.Locked, Is.EqualTo(new[]
        {
            new LockedFeedSource(LockedFeedKind.Find("iwf-csam")!, "/etc/school/iwf.csv", LockedFormat.Csv) { EntryColumn = "address", CategoryColumn = "kind", VerificationColumn = "test" },
            new LockedFeedSource(LockedFeedKind.Find("ctiru")!, "/srv/ctiru/feed.fgb", LockedFormat.Bundle) { KeyFile = "/etc/school/ctiru.key" },
        }));
    }

    [TestCase("locked: [{ feed: iwf, file: a, format: csv }]", "'iwf' is not the name of a feed", TestName = "Parse_UnknownLockedFeed_IsAMistake")]
    [TestCase("locked: [{ feed: ctiru, file: a, format: tsv }]", "'tsv' is not a format", TestName = "Parse_UnknownLockedFormat_IsAMistake")]
    [TestCase("locked: [{ feed: ctiru, file: a }]", "a locked feed needs feed, file and format", TestName = "Parse_LockedFeedWithoutFormat_IsAMistake")]
    [TestCase("locked: [{ feed: ctiru, file: a, format: bundle }]", "a bundle needs the file of its key", TestName = "Parse_LockedBundleWithoutKey_IsAMistake")]
    [TestCase("locked: [{ feed: ctiru, file: a, format: urls }, { feed: ctiru, file: b, format: urls }]", "ctiru is named twice", TestName = "Parse_LockedFeedTwice_IsAMistake")]
    [TestCase("locked: [{ feed: ctiru, file: a, format: urls, off: true }]", "'off' is no key of a locked feed", TestName = "Parse_LockedFeedOff_IsAMistake")]
    public void Parse_LockedFeeds_Mistakes(string yaml, string message) =>
        Assert.That(() => GatewaySettings.Parse(yaml, File), Throws.TypeOf<UserErrorException>().With.Message.Contains(message));

    [TestCase("", TestName = "Parse_EmptyFile_IsTheDefaults")]
    [TestCase("# nothing yet\n", TestName = "Parse_OnlyComments_IsTheDefaults")]
    [TestCase("---\n", TestName = "Parse_OnlyADocumentMark_IsTheDefaults")]
    [TestCase("limits:\n", TestName = "Parse_EmptySection_IsTheDefaults")]
    public void Parse_Nothing_IsTheDefaults(string yaml)
    {
        var settings = GatewaySettings.Parse(yaml, File);
        Assert.That(settings, Is.EqualTo(new GatewaySettings { Path = File, Listen = settings.Listen, TierListen = settings.TierListen, UpstreamTrustCa = settings.UpstreamTrustCa }));
        Assert.That(settings.Listen, Is.Empty);
    }

    [TestCase("lists: { sources: [a], own: [{ id: a, address: 'a.example', category: games }] }", "1:48: 'a.example' is not an address that begins with https://", TestName = "Parse_OwnSourceOfNoAddress_IsTheMistakeAndNotItsName")]
    [TestCase("lists: { own: [{ id: iwf-csam, address: 'https://a.example/', category: games }] }", "1:22: 'iwf-csam' is the name of a feed of illegal content", TestName = "Parse_OwnSourceNamedAsALockedFeed_IsAMistake")]
    [TestCase("lists: { update: 25:00 }", "1:18: '25:00' is neither a time of day such as 04:30 nor off", TestName = "Parse_ListsUpdateAtNoTime_IsAMistake")]
    [TestCase("lists: { sources: [ut2] }", "1:20: 'ut2' is no source; did you mean 'ut1'?", TestName = "Parse_ListsUnknownSource_SuggestsTheNearest")]
    [TestCase("lists: { keep: 1 }", "1:16: '1' is not a whole number from 2 to 50", TestName = "Parse_ListsKeepTooFew_IsAMistake")]
    [TestCase("lists: { own: [{ id: a, address: 'https://a.example/', category: gamez }] }", "1:66: 'gamez' is no category; did you mean 'games'?", TestName = "Parse_OwnSourceOfNoCategory_IsAMistake")]
    [TestCase("lists: { own: [{ id: a, address: 'https://a.example/', category: csam-iwf }] }", "1:66: csam-iwf is a locked category", TestName = "Parse_OwnSourceOfALockedCategory_IsAMistake")]
    [TestCase("lists: { own: [{ id: a, address: 'http://a.example/', category: games }] }", "1:16: http://a.example/ is http", TestName = "Parse_OwnSourceOverHttp_IsAMistake")]
    [TestCase("lists: { own: [{ id: a, address: 'https://a.example/' }] }", "1:16: an own source that is one list needs a category", TestName = "Parse_OwnSourceWithoutCategory_IsAMistake")]
    [TestCase("lists: { own: [{ id: ../a, address: 'https://a.example/', category: games }] }", "1:22: '../a' is no id", TestName = "Parse_OwnSourceWithAPathForAnId_IsAMistake")]
    [TestCase("lists: { own: [{ id: a, address: 'https://a.example/', category: games }, { id: a, address: 'https://b.example/', category: games }] }", "there are two own sources a", TestName = "Parse_TwoOwnSourcesOfOneId_IsAMistake")]
    [TestCase("devices: { neighbours: perhaps }", "1:24: on or off is wanted here, not 'perhaps'", TestName = "Parse_NeighboursNeitherOnNorOff_IsAMistake")]
    [TestCase("devices: { kea_lease: a }", "1:12: 'kea_lease' is no key of devices; did you mean 'kea_leases'?", TestName = "Parse_UnknownKeyOfDevices_SuggestsTheNearest")]
    [TestCase("polcy: a.yaml", "1:1: 'polcy' is no key of settings; did you mean 'policy'?", TestName = "Parse_UnknownKey_SuggestsTheNearest")]
    [TestCase("data: a\ndata: b", "2:1: 'data' is written twice; it stands on line 1 already", TestName = "Parse_KeyTwice_IsAMistake")]
    [TestCase("listen: 8080", "1:9: '8080' is not an address and a port", TestName = "Parse_PortAlone_IsAMistake")]
    [TestCase("listen: localhost:8080", "1:9: 'localhost:8080' is not an address", TestName = "Parse_NameToListenOn_IsAMistake")]
    [TestCase("listen: 127.0.0.1:65536", "1:9:", TestName = "Parse_PortTooLarge_IsAMistake")]
    [TestCase("listen: 127.1:80", "1:9:", TestName = "Parse_ShortAddress_IsAMistake")]
    [TestCase("listen: ::1:80", "1:9:", TestName = "Parse_Ipv6WithoutBrackets_IsAMistake")]
    [TestCase("tier_listen: [127.0.0.1:80]", "1:15: '127.0.0.1:80' names no tier", TestName = "Parse_TierListenWithoutTier_IsAMistake")]
    [TestCase("limits: { connections: 0 }", "1:24: '0' is not a whole number from 10 to 1000000", TestName = "Parse_NumberOutOfRange_IsAMistake")]
    [TestCase("limits: { connection: 20 }", "1:11: 'connection' is no key of limits; did you mean 'connections'?", TestName = "Parse_UnknownLimit_SuggestsTheNearest")]
    [TestCase("limits: { head_timeout: 10 }", "1:25: '10' is not a time", TestName = "Parse_TimeWithoutUnit_IsAMistake")]
    [TestCase("limits: { head_timeout: 2h }", "1:25: '2h' is not a time", TestName = "Parse_TimeTooLong_IsAMistake")]
    [TestCase("data: []", "1:7: a path is wanted here, not a list", TestName = "Parse_ListForAPath_IsAMistake")]
    [TestCase("data:", "1:6: a path is wanted here, not nothing", TestName = "Parse_NothingForAPath_IsAMistake")]
    [TestCase("- a", "1:1: settings must be a mapping", TestName = "Parse_ListAsRoot_IsAMistake")]
    [TestCase("listen: [", "is not YAML", TestName = "Parse_BrokenYaml_IsAMistake")]
    public void Parse_Mistake_NamesPlaceAndFix(string yaml, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => GatewaySettings.Parse(yaml, File));
        Assert.Multiple(() =>
        {
            Assert.That(error!.ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(error.Message, Does.Contain(File + ":").And.Contain(expected));
        });
    }

    [Test]
    public void Parse_SeveralMistakes_NamesThemAll() =>
        Assert.That(() => GatewaySettings.Parse("a: 1\nlisten: x\nb: 2", File), Throws.TypeOf<UserErrorException>().With.Message.Contains(":1:1:").And.Message.Contains(":2:9:").And.Message.Contains(":3:1:"));

    [Test]
    public void Read_MissingFile_SaysSo() =>
        Assert.That(() => GatewaySettings.Read("/nonexistent/settings.yaml"), Throws.TypeOf<UserErrorException>().With.Message.Contains("/nonexistent/settings.yaml does not exist"));

    [Test]
    public void Read_Folder_SaysSo() =>
        Assert.That(() => GatewaySettings.Read("/tmp"), Throws.TypeOf<UserErrorException>().With.Message.Contains("is a folder"));

    [Test]
    public void Read_NotUtf8_SaysSo()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        System.IO.File.WriteAllBytes(path, [0x64, 0x3A, 0x20, 0xFF]);
        try { Assert.That(() => GatewaySettings.Read(path), Throws.TypeOf<UserErrorException>().With.Message.Contains("not UTF-8")); }
        finally { System.IO.File.Delete(path); }
    }
}
