using FilterGate.Policy;
using System.Net;
using System.Net.NetworkInformation;
using FilterGate.Policy.People;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

internal sealed class PeopleTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly Person Sam = new("p123", "Sam Sample", "4b", PersonRole.Pupil) { Account = "S.Sample", From = Noon.AddYears(-1), Until = Noon.AddYears(1) };
    private static readonly Person Alex = new("p124", "Alex Sample", "4b", PersonRole.Pupil) { Account = "a.sample" };
    private static readonly Person Terry = new("t-hill", "Terry Hill", null, PersonRole.Staff) { Account = "t.hill" };
    private static readonly Device Ipad = new("ipad-14") { Address = IPAddress.Parse("10.20.1.7"), Mac = PhysicalAddress.Parse("a4:83:e7:00:00:01"), Group = "4b", IsTrolley = true };
    private static readonly Device Laptop = new("laptop-3") { Address = IPAddress.Parse("fd00::3"), Person = "t-hill" };

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _clock = new FakeTimeProvider(Noon);
        _store = StateStore.Open(_temp["state.db"], _clock);
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Test]
    public void ImportPeople_New_AreKeptWithTheirRecordAndAudit()
    {
        var diff = Import(Sam, Terry);

        Assert.That(diff.Added, Is.EqualTo(new[] { Sam, Terry }));
        Assert.That(_store.CurrentRoster().People, Is.EqualTo(new[] { Sam, Terry }));
        Assert.That(_store.AccessRecords().Select(r => (r.Person, r.Name, r.GrantedAt, r.GrantedBy, r.EndedAt)), Is.EqualTo(new[] { ("p123", "Sam Sample", Noon, "tech", (DateTimeOffset?)null), ("t-hill", "Terry Hill", Noon, "tech", null) }));
        Assert.That(Audit(), Is.EqualTo(new[]
        {
            ("people.add", "person p123: pupil in 4b"), ("people.add", "person t-hill: staff"), ("people.import", "people.csv: 2 added, 0 changed, 0 removed"),
        }));
    }

    [Test]
    public void ImportPeople_TheSameAgain_ChangesNothing()
    {
        Import(Sam, Terry);
        var (version, audit) = (_store.DataVersion(), _store.AuditEntries().Count);
        var diff = Import(Sam, Terry);
        Assert.That((diff.Added.Length, diff.Changed.Length, diff.Missing.Length, diff.Unchanged), Is.EqualTo((0, 0, 0, 2)));
        Assert.That((_store.DataVersion(), _store.AuditEntries().Count), Is.EqualTo((version, audit)));
    }

    [Test]
    public void ImportPeople_DryRun_SaysWhatWouldChangeAndChangesNothing()
    {
        Import(Sam, Alex);
        var before = _store.DataVersion();
        var diff = _store.ImportPeople([new(Sam with { Group = "5b" }), new(Terry)], removeMissing: true, "people.csv", null, "tech", dryRun: true);
        Assert.That((diff.Added.Single(), diff.Changed.Single().After.Group, diff.Missing.Single()), Is.EqualTo((Terry, "5b", Alex)));
        Assert.That(_store.DataVersion(), Is.EqualTo(before));
        Assert.That(_store.CurrentRoster().People, Is.EqualTo(new[] { Sam, Alex }));
    }

    [Test]
    public void ImportPeople_Changed_SaysWhatInTheAuditWithoutAnyName()
    {
        Import(Sam);
        Import(Sam with { Id = "P123", Name = "Samira Sample", Group = "5b", Account = "samira", Until = null });

        Assert.That(_store.CurrentRoster().People.Single().Name, Is.EqualTo("Samira Sample"));
        Assert.That(_store.AccessRecords(), Has.Count.EqualTo(1), "somebody who moves up a class is not granted access again");
        var change = _store.AuditEntries().Single(a => a.Action == "people.change");
        Assert.That(change.Subject, Is.EqualTo("person P123: name changed, group 4b to 5b, account changed, until 2027-11-22T12:00:00Z to none"));
        Assert.That(_store.AuditEntries().Select(a => a.Subject), Has.None.Contains("Sample").And.None.Contains("samira"));
    }

    [Test]
    public void ImportPeople_Missing_StayUnlessToldOtherwise()
    {
        Import(Sam, Alex, Terry);
        Assert.That(Import(Sam).Missing, Is.EqualTo(new[] { Alex }), "a file of pupils says nothing about staff");
        Assert.That(_store.CurrentRoster().People, Has.Length.EqualTo(3));

        _store.ImportPeople([new(Sam)], removeMissing: true, "people.csv", "end of year", "tech");
        Assert.That(_store.CurrentRoster().People, Is.EqualTo(new[] { Sam, Terry }));
        var record = _store.AccessRecords().Single(r => r.Person == "p124");
        Assert.That((record.Name, record.EndedAt, record.EndedBy, record.EndReason), Is.EqualTo(("Alex Sample", Noon, "tech", "end of year")), "the record keeps who had access");
    }

    [Test]
    public void ImportPeople_TwoSwapTheirLogInNames_IsDone()
    {
        Import(Sam, Alex);
        Import(Sam with { Account = Alex.Account }, Alex with { Account = Sam.Account });
        Assert.That(_store.CurrentRoster().FindByAccount("a.sample")!.Id, Is.EqualTo("p123"));
    }

    [Test]
    public void ImportPeople_LogInNameOfSomebodyElse_ChangesNothing()
    {
        Import(Sam);
        var diff = Import(Terry, Alex with { Account = " s.SAMPLE" });
        Assert.That(diff.Clashes.Single().Id, Is.EqualTo("p124"));
        Assert.That(diff.Clashes.Single().Message, Does.Contain("p123").And.Not.Contain("ample"));
        Assert.That(_store.CurrentRoster().People, Is.EqualTo(new[] { Sam }), "nothing is half applied");
    }

    [Test]
    public void ImportPeople_LogInNameOfSomebodyWhoIsRemoved_IsFree()
    {
        Import(Sam);
        var diff = _store.ImportPeople([new(Alex with { Account = Sam.Account })], removeMissing: true, "people.csv", null, "tech");
        Assert.That(diff.Clashes, Is.Empty);
        Assert.That(_store.CurrentRoster().FindByAccount(Sam.Account!)!.Id, Is.EqualTo("p124"));
    }

    [Test]
    public void RemovePerson_WithADeviceOnLoan_ReturnsItAndEndsTheRecord()
    {
        Import(Terry);
        _store.ImportDevices([Laptop], removeMissing: false, "devices.csv", null, "tech");
        Assert.That(_store.RemovePerson("T-HILL", "left the school", "tech"), Is.True);
        Assert.That(_store.RemovePerson("t-hill", "left the school", "tech"), Is.False);
        Assert.That(_store.CurrentRoster().People, Is.Empty);
        Assert.That(_store.CurrentRoster().Devices.Single().Person, Is.Null);
        Assert.That(_store.AccessRecords().Single().EndReason, Is.EqualTo("left the school"));

        Import(Terry);
        Assert.That(_store.AccessRecords().Select(r => r.EndedAt), Is.EqualTo(new DateTimeOffset?[] { Noon, null }), "who comes back has a line of his own");
    }

    [Test]
    public void CurrentRoster_NothingChanged_IsTheSameObject()
    {
        Import(Sam);
        var roster = _store.CurrentRoster();
        _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "why", "tech");
        Assert.That(_store.CurrentRoster(), Is.SameAs(roster));
        using (var other = StateStore.Open(_temp["state.db"], _clock)) other.RemovePerson("p123", "left", "tech");
        Assert.That(_store.CurrentRoster().People, Is.Empty, "another process's change counts too");
    }

    [Test]
    public void ImportDevices_NewAndChanged_AreKept()
    {
        Import(Terry);
        Assert.That(Devices(Ipad, Laptop).Added, Is.EqualTo(new[] { Ipad, Laptop }));
        Assert.That(_store.CurrentRoster().Devices, Is.EqualTo(new[] { Ipad, Laptop }));

        Devices(Ipad with { Address = Laptop.Address }, Laptop with { Address = Ipad.Address });
        Assert.That(_store.CurrentRoster().FindDevice(IPAddress.Parse("10.20.1.7"))!.Name, Is.EqualTo("laptop-3"), "two may swap their addresses");
        Assert.That(_store.AuditEntries().Select(a => a.Subject), Does.Contain("device ipad-14: address 10.20.1.7 to fd00::3"));
    }

    [Test]
    public void ImportDevices_Clashes_ChangeNothing()
    {
        Devices(Ipad);
        var diff = Devices(new Device("netbook-1") { Address = Ipad.Address }, new Device("netbook-2") { Mac = Ipad.Mac }, Laptop, new Device("netbook-3"));
        Assert.That(diff.Clashes.Select(c => c.Id), Is.EqualTo(new[] { "netbook-1", "netbook-2", "laptop-3" }));
        Assert.That(_store.CurrentRoster().Devices, Is.EqualTo(new[] { Ipad }));
    }

    [Test]
    public void ImportDevices_Missing_StayUnlessToldOtherwise()
    {
        Devices(Ipad);
        Assert.That(Devices(new Device("netbook-1")).Missing, Is.EqualTo(new[] { Ipad }));
        _store.ImportDevices([new Device("netbook-2") { Address = Ipad.Address }], removeMissing: true, "devices.csv", null, "tech");
        Assert.That(_store.CurrentRoster().Devices.Select(d => d.Name), Is.EqualTo(new[] { "netbook-2" }));
    }

    [Test]
    public void RemoveDevice_OnceOnly()
    {
        Devices(Ipad);
        Assert.That((_store.RemoveDevice("IPAD-14", "broken", "tech"), _store.RemoveDevice("ipad-14", "broken", "tech")), Is.EqualTo((true, false)));
        Assert.That(_store.CurrentRoster().FindDevice(Ipad.Address!), Is.Null);
    }

    [Test]
    public void GrantAccess_KnownPerson_NotesTheAgreement()
    {
        Import(Terry);
        Assert.That(_store.GrantAccess("T-Hill", new DateOnly(2026, 9, 1), "t-head", null, "tech"), Is.True);
        var record = _store.AccessRecords().Single();
        Assert.That((record.Agreement, record.AuthorisedBy), Is.EqualTo((new DateOnly(2026, 9, 1), "t-head")));
        Assert.That(_store.GrantAccess("nobody", new DateOnly(2026, 9, 1), null, null, "tech"), Is.False);

        // What a file does not say leaves what is known.
        _store.ImportPeople([new(Terry)], removeMissing: false, "people.csv", null, "tech");
        Assert.That(_store.AccessRecords().Single().Agreement, Is.EqualTo(new DateOnly(2026, 9, 1)));
    }

    [Test]
    public void WithdrawAccess_Person_IsInForceUntilRestored()
    {
        var withdrawn = _store.WithdrawAccess("p123", null, null, "misuse, see the incident log", "tech");
        Assert.That(_store.LiveWithdrawals(Noon, Roster.Empty).FindPerson("P123", Noon)!.Id, Is.EqualTo(withdrawn.Id));
        Assert.That(Audit(), Is.EqualTo(new[] { ("access.withdraw", "withdrawal 1: person p123 until restored") }));

        _clock.Advance(TimeSpan.FromDays(1));
        Assert.That(_store.RestoreAccess("P123", null, "talked it over", "head").Single().RestoredBy, Is.EqualTo("head"));
        Assert.That(_store.RestoreAccess("p123", null, "again", "head"), Is.Empty);
        Assert.That(_store.LiveWithdrawals(_clock.GetUtcNow(), Roster.Empty).All, Is.Empty);
        Assert.That(_store.Withdrawals().Single(), Is.EqualTo(withdrawn with { RestoredAt = Noon.AddDays(1), RestoredBy = "head", RestoreReason = "talked it over" }));
    }

    [Test]
    public void WithdrawAccess_WithAnEnd_EndsByItself()
    {
        _store.WithdrawAccess(null, "ipad-14", Noon.AddHours(1), "cracked screen", "tech");
        Assert.That(_store.LiveWithdrawals(Noon.AddHours(1).AddMilliseconds(-1), Roster.Empty).All, Has.Length.EqualTo(1));
        Assert.That(_store.LiveWithdrawals(Noon.AddHours(1), Roster.Empty).All, Is.Empty);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.That(_store.RestoreAccess(null, "ipad-14", "mended", "tech"), Is.Empty, "it had ended already");
    }

    [Test]
    public void LiveWithdrawals_SomebodyWhoseTimeIsOver_IsAmongThem()
    {
        Import(Sam);
        var table = _store.LiveWithdrawals(Noon, _store.CurrentRoster());
        Assert.That((table.FindPerson("p123", Noon), table.FindPerson("p123", Noon.AddYears(1)) is null), Is.EqualTo(((Withdrawal?)null, false)));
    }

    [Test]
    public void WithdrawAccess_RemovedAndBack_IsStillWithdrawn()
    {
        Import(Sam);
        _store.WithdrawAccess("p123", null, null, "why", "tech");
        _store.RemovePerson("p123", "left", "tech");
        Import(Sam);
        Assert.That(_store.LiveWithdrawals(Noon, _store.CurrentRoster()).FindPerson("p123", Noon), Is.Not.Null);
    }

    [TestCase(null, null, "why", "tech", TestName = "WithdrawAccess_NeitherPersonNorDevice_Throws")]
    [TestCase("p123", "ipad-14", "why", "tech", TestName = "WithdrawAccess_Both_Throws")]
    [TestCase("p123", null, " ", "tech", TestName = "WithdrawAccess_NoReason_Throws")]
    [TestCase("p123", null, "why", "", TestName = "WithdrawAccess_NoActor_Throws")]
    public void WithdrawAccess_WordMissing(string? person, string? device, string reason, string actor) =>
        Assert.That(() => _store.WithdrawAccess(person, device, null, reason, actor), Throws.ArgumentException);

    [Test]
    public void WithdrawAccess_EndIsNow_Throws()
    {
        Assert.That(() => _store.WithdrawAccess("p123", null, Noon, "why", "tech"), Throws.ArgumentException);
        Assert.That((_store.Withdrawals().Count, _store.AuditEntries().Count), Is.EqualTo((0, 0)));
    }

    private RosterDiff<Person> Import(params Person[] people) => _store.ImportPeople([.. people.Select(p => new PersonEntry(p))], removeMissing: false, "people.csv", null, "tech");

    private RosterDiff<Device> Devices(params Device[] devices) => _store.ImportDevices(devices, removeMissing: false, "devices.csv", null, "tech");

    private IEnumerable<(string Action, string Subject)> Audit() => _store.AuditEntries().Reverse().Select(a => (a.Action, a.Subject));
}
