using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Policy.People;

namespace FilterGate.Tests.Commands.People;

public sealed class PeopleCommandTests
{
    private const string Header = "id,name,group,role,account,from,until,agreement,authorised_by\n";
    private const string Sam = "p123,Sam Sample,4b,pupil,S.Sample,,,,\n";
    private const string Terry = "t-hill,Terry Hill,teachers,staff,t.hill,2024-09-01,,2026-09-01,\n";

    private SchoolBox _box = null!;

    [SetUp]
    public void SetUp() => _box = new SchoolBox();

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [Test]
    public void Import_NewPeople_AreInTheRosterAndTheRecord()
    {
        var run = _box.Run("people", "import", _box.File(Header + Sam + Terry), "--reason", "new school year");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Lines, Is.EqualTo(new[] { "+ p123  pupil in 4b", "+ t-hill  staff in teachers", "2 added, 0 changed, 0 removed, 0 as before." }));
        Assert.That(run.Error, Is.Empty);

        var roster = _box.State.CurrentRoster();
        Assert.That(roster.FindPerson("p123"), Is.EqualTo(new Person("p123", "Sam Sample", "4b", PersonRole.Pupil) { Account = "S.Sample" }));
        // The clock of the school: in September the first day begins an hour before midnight in Greenwich.
        Assert.That(roster.FindPerson("t-hill")!.From, Is.EqualTo(new DateTimeOffset(2024, 8, 31, 23, 0, 0, TimeSpan.Zero)));
        Assert.That(_box.State.AccessRecords().Select(r => (r.Person, r.Agreement, r.GrantedBy)), Is.EqualTo(new[] { ("p123", (DateOnly?)null, "tech"), ("t-hill", new DateOnly(2026, 9, 1), "tech") }));
        Assert.That(_box.State.AuditEntries().First(a => a.Action == "people.import"), Has.Property("Subject").EqualTo("records.csv: 2 added, 0 changed, 0 removed").And.Property("Reason").EqualTo("new school year"));
    }

    [Test]
    public void Import_DryRun_ChangesNothing()
    {
        _box.People(Sam);
        var before = _box.State.DataVersion();
        var run = _box.Run("people", "import", _box.File(Header + Sam.Replace("4b", "5b", StringComparison.Ordinal).Replace("Sam ", "Samira ", StringComparison.Ordinal) + Terry), "--dry-run");
        Assert.That(run.Lines, Is.EqualTo(new[] { "+ t-hill  staff in teachers", "~ p123  name changed, group 4b → 5b", "1 added, 1 changed, 0 removed, 0 as before. This was a dry run: nothing has changed." }));
        Assert.That(_box.State.DataVersion(), Is.EqualTo(before));
    }

    [Test]
    public void Import_Json_HasEveryKeyAndNoName()
    {
        _box.People(Sam + "p124,Alex Sample,4b,pupil,,,,,\n");
        var run = _box.Run("people", "import", _box.File("id,name,class,account,dob\np123,Samira Sample,Class 4B,other,2016-01-01\n"), "--role", "pupil", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var row = JsonDocument.Parse(run.Lines.Single()).RootElement;
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo((string[])["file", "applied", "added", "changed", "removed", "missing", "unchanged", "problems"]));
        Assert.That(row.GetProperty("missing")[0].GetString(), Is.EqualTo("p124"));
        Assert.That(row.GetProperty("changed")[0].GetProperty("fields").EnumerateArray().Select(f => f.GetProperty("field").GetString()), Is.EqualTo(new[] { "name", "account" }));
        Assert.That(row.GetProperty("problems")[0].GetProperty("severity").GetString(), Is.EqualTo("warning"), "a date of birth is not ours to keep");
        Assert.That(run.Output + run.Error, Does.Not.Contain("Sam").And.Not.Contain("other"));
    }

    [Test]
    public void Import_RemoveMissing_RemovesOnlyThoseOfTheFilesRoles()
    {
        _box.People(Sam + Terry + "p124,Alex Sample,4b,pupil,,,,,\n");
        var stay = _box.Run("people", "import", _box.File(Header + Sam));
        Assert.That(stay.Output, Does.Contain("1 people of the roster are not in the file and stay; --remove-missing removes them (p124)"));
        var run = _box.Run("people", "import", _box.File(Header + Sam), "--remove-missing");
        Assert.That(run.Lines, Is.EqualTo(new[] { "- p124", "0 added, 0 changed, 1 removed, 1 as before." }));
        Assert.That(_box.State.CurrentRoster().People.Select(p => p.Id), Is.EqualTo(new[] { "p123", "t-hill" }));
    }

    [Test]
    public void Import_RemovingMoreThanHalf_IsRefusedUntilAgreed()
    {
        _box.People(string.Concat(Enumerable.Range(0, 20).Select(i => $"p{i},Pupil {i},4b,pupil,,,,,\n")));
        var file = _box.File(Header + "p1,Pupil 1,4b,pupil,,,,,\n");
        var run = _box.Run("people", "import", file, "--remove-missing");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((ExitCode.Refused, $"filtergate: {file} would remove 19 of 20 people: more than half. Is it the whole file? See --dry-run; if it is right, add --agree. Nothing has changed.\n")));
        Assert.That(_box.State.CurrentRoster().People, Has.Length.EqualTo(20));
        Assert.That(_box.Run("people", "import", file, "--remove-missing", "--agree").ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(_box.State.CurrentRoster().People, Has.Length.EqualTo(1));
    }

    [Test]
    public void Import_AtATerminal_AsksFirst()
    {
        var file = _box.File(Header + Sam);
        Assert.That(_box.RunWith("n", "people", "import", file).ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(_box.State.CurrentRoster().People, Is.Empty);
        Assert.That(_box.RunWith("y", "people", "import", file).ExitCode, Is.EqualTo(ExitCode.Done));
    }

    [Test]
    public void Import_Mistake_ChangesNothing()
    {
        var file = _box.File(Header + Sam + "p124,=cmd|'/c calc'!A1,4b,pupil,,,,,\n");
        var run = _box.Run("people", "import", file);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Is.EqualTo($"{file}:3: mistake: name: begins with '=', which a spreadsheet runs as a formula; write it without, or leave it empty\nfiltergate: {file} is not imported, and nothing has changed: 1 mistake.\n"));
        Assert.That(_box.State.CurrentRoster().People, Is.Empty);
    }

    [Test]
    public void Import_ManyMistakes_AreNamedAllAtOnceWithoutAnyName()
    {
        var run = _box.Run("people", "import", _box.File("id,name,role,group,from\np1,Sam Sample,pupil,9z,\n,Alex Sample,nobody,4b,\np3,Kim Sample,pupil,4b,soon\n"));
        Assert.That(run.Error.Split('\n').Count(l => l.Contains(": mistake: ", StringComparison.Ordinal)), Is.EqualTo(4));
        Assert.That(run.Error, Does.Contain("nothing has changed: 4 mistakes.").And.Not.Contain("Sample"));
        var json = JsonDocument.Parse(_box.Run("people", "import", _box.File("id,name,role\np1,A,x\n"), "--json").Lines.Single()).RootElement;
        Assert.That((json.GetProperty("applied").GetBoolean(), json.GetProperty("problems")[0].GetProperty("line").GetInt32(), json.GetProperty("problems")[0].GetProperty("column").GetString()), Is.EqualTo((false, 2, "role")));
    }

    [Test]
    public void Import_AccountOfSomebodyWhoIsNotInTheFile_IsNamedWithItsLine()
    {
        _box.People(Terry);
        var run = _box.Run("people", "import", _box.File(Header + Sam.Replace("S.Sample", "T.HILL", StringComparison.Ordinal)));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("records.csv:2: mistake: the log-in name of p123 is t-hill's already"));
    }

    [Test]
    public void Import_ManyProblems_AreCutShort()
    {
        var run = _box.Run("people", "import", _box.File("id,name,role\n" + string.Concat(Enumerable.Range(0, 2000).Select(i => $"p{i},A{i},x\n"))));
        Assert.That(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(52));
        Assert.That(run.Error, Does.Contain("and 1,950 further ones").And.Contain("2000 mistakes"));
    }

    [Test]
    public void List_People_HidesNamesUntilRevealed()
    {
        _box.People(Sam + Terry);
        var run = _box.Run("people", "list");
        Assert.That(run.Lines, Has.Length.EqualTo(2));
        Assert.That(run.Output, Does.Contain("p123").And.Contain("4b").And.Not.Contain("Sample").And.Not.Contain("Hill"));
        var row = JsonDocument.Parse(_box.Run("people", "list", "--role", "pupil", "--json").Lines.Single()).RootElement;
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo((string[])["id", "name", "group", "role", "account", "from", "until", "access", "agreement"]));
        Assert.That((row.GetProperty("name").GetString(), row.GetProperty("account").GetString(), row.GetProperty("access").GetString()), Is.EqualTo(("…", "…", "granted")));

        Assert.That(_box.Run("people", "list", "--reveal").ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(_box.Run("people", "list", "--reveal", "--reason", "yearly check").Output, Does.Contain("Sam Sample (S.Sample)"));
        Assert.That(_box.State.AuditEntries().Count(a => a is { Action: "reveal", Reason: "yearly check" }), Is.EqualTo(1));
        Assert.That(_box.Run("people", "list", "--group", "Class 4B").Lines, Has.Length.EqualTo(1));
        Assert.That(_box.Run("people", "list", "--group", "4c").Error, Does.Contain("did you mean '4b'?"));
    }

    [TestCase("p123", TestName = "Show_Id_IsFound")]
    [TestCase(" S.SAMPLE", TestName = "Show_LogInNameInOtherSpelling_IsFound")]
    public void Show(string who)
    {
        _box.People(Sam);
        _box.Devices("ipad-14,10.20.1.7,,4b,p123,\n");
        var run = _box.Run("people", "show", who);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("id       p123").And.Contain("devices  ipad-14").And.Contain("no agreement noted").And.Not.Contain("Sample"));
    }

    [Test]
    public void Show_NobodyOfThisId_SuggestsOne()
    {
        _box.People(Sam);
        var run = _box.Run("people", "show", "p124");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((ExitCode.Usage, "filtergate: nobody and nothing is called 'p124'; did you mean 'p123'?; see: filtergate people list, filtergate devices list\n")));
    }

    [Test]
    public void AddChangeRemove_OnePerson()
    {
        Assert.That(_box.Run("people", "add", "p201", "--name", "Kim Sample", "--role", "pupil", "--group", "4B", "--until", "18/12/2026").Output, Is.EqualTo("p201 is added: pupil in 4b.\n"));
        Assert.That(_box.Run("people", "add", "P201", "--name", "Kim Sample", "--role", "pupil").Error, Does.Contain("p201 is there already"));
        Assert.That(_box.Run("people", "change", "p201", "--group", "5b", "--account", "k.sample").Output, Is.EqualTo("p201 is changed: group 4b → 5b, account changed.\n"));
        Assert.That(_box.State.CurrentRoster().FindPerson("p201"), Is.EqualTo(
            new Person("p201", "Kim Sample", "5b", PersonRole.Pupil) { Account = "k.sample", Until = new DateTimeOffset(2026, 12, 19, 0, 0, 0, TimeSpan.Zero) }), "what no option names stays");
        Assert.That(_box.Run("people", "change", "p201", "--until", "").Output, Does.Contain("until"));
        Assert.That(_box.State.CurrentRoster().FindPerson("p201")!.Until, Is.Null);
        Assert.That(_box.Run("people", "change", "p201").Output, Is.EqualTo("p201 is as before.\n"));
        Assert.That(_box.Run("people", "remove", "p201", "--reason", "moved away").Output, Is.EqualTo("p201 is removed.\n"));
        Assert.That(_box.State.CurrentRoster().People, Is.Empty);
    }

    [Test]
    public void Add_Mistakes_AreNamedWithTheirOptions()
    {
        var run = _box.Run("people", "add", "Sam Sample", "--name", "=A", "--role", "guest", "--group", "5c");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("ID: it cannot be an id").And.Contain("--name: begins with '='").And.Contain("--group: '5c' is no group").And.Contain("--until: a guest's access ends").And.Contain("--authorised-by: guests come"));
    }

    [Test]
    public void Change_GuestStaysForLonger_NeedsAuthorityAgain()
    {
        _box.People("g1,A,visitors,guest,,,2026-11-27,,t-head\n");
        Assert.That(_box.Run("people", "change", "g1", "--until", "2026-11-25").ExitCode, Is.EqualTo(ExitCode.Done), "shorter is no favour");
        Assert.That(_box.Run("people", "change", "g1", "--until", "2026-12-18").Error, Does.Contain("--authorised-by: guests come, and stay for longer, only with"));
        Assert.That(_box.Run("people", "change", "g1", "--until", "2026-12-18", "--authorised-by", "t-office").ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(_box.State.AccessRecords().Single().AuthorisedBy, Is.EqualTo("t-office"));
    }

    [Test]
    public void Export_ThenImport_ChangesNothing()
    {
        _box.People(Sam + Terry + "g1,\"Guest, with \"\"quotes\"\"\",visitors,guest,,2026-11-23T09:00,2026-10-25T00:30+00:00,,t-head\n".Replace("2026-11-23T09:00,2026-10-25T00:30+00:00", "2026-10-25T01:30+00:00,2026-12-18", StringComparison.Ordinal));
        Assert.That(_box.Run("people", "export").ExitCode, Is.EqualTo(ExitCode.Usage), "an export has every name");
        var export = _box.Run("people", "export", "--reveal", "--reason", "new box");
        Assert.That(export.ExitCode, Is.EqualTo(ExitCode.Done), export.Error);
        Assert.That(export.Output, Does.StartWith("id,name,group,role,account,from,until,agreement,authorised_by\r\n"));
        var again = _box.Run("people", "import", _box.File(export.Output));
        Assert.That(again.Output, Is.EqualTo("0 added, 0 changed, 0 removed, 3 as before.\n"), again.Error);
    }
}
