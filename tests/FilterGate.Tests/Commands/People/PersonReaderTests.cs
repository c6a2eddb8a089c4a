using System.Text;
using FilterGate.Commands.People;
using FilterGate.Policy.People;
using FilterGate.State;

namespace FilterGate.Tests.Commands.People;

/// <summary>What a file of people may look like, and what is said of one that is wrong.</summary>
public sealed class PersonReaderTests
{
    private const string Header = "id,name,group,role,account,from,until,agreement,authorised_by\n";

    // Each file has one thing wrong; the message says where and what to do.
    [TestCase("", "the file is empty", TestName = "Read_EmptyFile_IsRefused")]
    [TestCase(Header, "no rows below the header", TestName = "Read_HeaderAlone_IsRefused")]
    [TestCase("id,nmae,role\np1,A,pupil\n", ":1: mistake: there is no column 'name'; is it 'nmae'?", TestName = "Read_MistypedHeader_IsRefused")]
    [TestCase("id,name\np1,A\n", "there is no column 'role'", TestName = "Read_NoRoleColumn_IsRefused")]
    [TestCase("id,name,role,class,group\np1,A,pupil,4b,4b\n", "two columns are 'group' ('class' and 'group')", TestName = "Read_ClassAndGroup_IsRefused")]
    [TestCase("id,name,role\np1,A\n", ":2: mistake: the row has 2 cells and the header 3", TestName = "Read_CellMissing_IsRefused")]
    [TestCase("id,name,role\np1,Hill, Terry,pupil\n", ":2: mistake: the row has 4 cells and the header 3; put a cell with a ','", TestName = "Read_CommaInAName_IsRefused")]
    [TestCase("id,name,role\np1,\"A,pupil\np2,B,pupil\n", ":2: mistake: a quote (\") is opened and not closed", TestName = "Read_QuoteNotClosed_IsRefused")]
    [TestCase("id,name,role\np1,\"A\"b,pupil\n", "text behind a closing quote", TestName = "Read_TextBehindAQuote_IsRefused")]
    [TestCase("id,name,role\np1,=cmd|'/c calc'!A1,pupil\n", ":2: mistake: name: begins with '=', which a spreadsheet runs as a formula", TestName = "Read_Formula_IsRefused")]
    [TestCase("id,name,role\np1,+A,pupil\n", "begins with '+'", TestName = "Read_FormulaWithPlus_IsRefused")]
    [TestCase("id,name,role\np1,-A,pupil\n", "begins with '-'", TestName = "Read_FormulaWithMinus_IsRefused")]
    [TestCase("id,name,role\np1,@A,pupil\n", "begins with '@'", TestName = "Read_FormulaWithAt_IsRefused")]
    [TestCase("id,name,role\np1,\" =A\",pupil\n", "begins with '='", TestName = "Read_FormulaBehindABlank_IsRefused")]
    [TestCase("id,name,role\np1,A\u0007,pupil\n", "a character that cannot be seen", TestName = "Read_ControlCharacter_IsRefused")]
    [TestCase("id,name,role\np1,Ren\ufffd,pupil\n", "could not read a letter", TestName = "Read_LetterThatWasLost_IsRefused")]
    [TestCase("id,name,role\n,A,pupil\n", ":2: mistake: id: it is missing", TestName = "Read_NoId_IsRefused")]
    [TestCase("id,name,role\nSam Sample,A,pupil\n", "it cannot be an id", TestName = "Read_NameForAnId_IsRefused")]
    [TestCase("id,name,role\np1,A,pupil\nP1,B,pupil\n", ":3: mistake: id: 'P1' is in line 2 already", TestName = "Read_IdTwice_IsRefused")]
    [TestCase("id,name,role,account\np1,A,pupil,a.b\np2,B,pupil, A.B\n", ":3: mistake: account: the same log-in name as in line 2", TestName = "Read_AccountTwiceInOtherSpelling_IsRefused")]
    [TestCase("id,name,role\np1,,pupil\n", "name: it is missing", TestName = "Read_NoName_IsRefused")]
    [TestCase("id,name,role\np1,…,pupil\n", "the names of this file are hidden", TestName = "Read_MaskedExport_IsRefused")]
    [TestCase("id,name,role\np1,A,puple\n", "'puple' is no role; write pupil, staff or guest", TestName = "Read_UnknownRole_IsRefused")]
    [TestCase("id,name,role,group\np1,A,pupil,4bb\n", "'4bb' is no group of the policy; did you mean '4b'? (groups: ks2, 4b, 5b, teachers, visitors)", TestName = "Read_UnknownGroup_IsRefused")]
    [TestCase("id,name,role,from\np1,A,pupil,31/02/2026\n", "from: '31/02/2026' is no date that there is", TestName = "Read_ImpossibleDate_IsRefused")]
    [TestCase("id,name,role,from\np1,A,pupil,2026-13-01\n", "is no date that there is", TestName = "Read_Month13_IsRefused")]
    [TestCase("id,name,role,from\np1,A,pupil,09/28/2026\n", "the day first", TestName = "Read_MonthFirst_IsRefused")]
    [TestCase("id,name,role,from\np1,A,pupil,29/02/2026\n", "is no date that there is", TestName = "Read_LeapDayOfAnotherYear_IsRefused")]
    [TestCase("id,name,role,from\np1,A,pupil,1826-09-01\n", "is no date that there is", TestName = "Read_YearOfAnotherCentury_IsRefused")]
    [TestCase("id,name,role,from,until\np1,A,pupil,2026-09-02,2026-09-01\n", "until: it is before 'from'", TestName = "Read_UntilBeforeFrom_IsRefused")]
    [TestCase("id,name,role,until\np1,A,pupil,2027-03-28T01:30\n", "the clocks go forward over it", TestName = "Read_TimeThatDoesNotExist_IsRefused")]
    [TestCase("id,name,role,agreement\np1,A,staff,2027-01-01\n", "agreement: it lies in the future", TestName = "Read_AgreementInTheFuture_IsRefused")]
    [TestCase("id,name,role,until\ng1,A,guest,2026-12-18\n", "authorised_by: guests come, and stay for longer, only with", TestName = "Read_GuestWithoutAuthority_IsRefused")]
    [TestCase("id,name,role,until,authorised_by\ng1,A,guest,2026-12-18,t-hill\n", "authorised_by: 't-hill' is neither the head nor the business manager", TestName = "Read_GuestAuthorisedByATeacher_IsRefused")]
    [TestCase("id,name,role,until,authorised_by\nt-deputy,A,guest,2026-12-18,T-Deputy\n", "nobody authorises his or her own access", TestName = "Read_GuestAuthorisesHerself_IsRefused")]
    [TestCase("id,name,role,authorised_by\ng1,A,guest,t-head\n", "until: a guest's access ends by itself", TestName = "Read_GuestWithoutEnd_IsRefused")]
    public void Read_Mistake(string text, string message)
    {
        var (_, problems) = Read(text);
        Assert.That(problems, Has.Count.EqualTo(1));
        Assert.That(problems.Single(), Does.Contain(message).And.Contain("mistake: "));
    }

    [TestCase("id,name,role\np1,A,pupil\n", TestName = "Read_Commas_AreRead")]
    [TestCase("\ufeffid,name,role\r\np1,A,pupil\r\n", TestName = "Read_ByteOrderMarkAndWindowsLines_AreRead")]
    [TestCase("id;name;role\np1;A;pupil\n", TestName = "Read_Semicolons_AreRead")]
    [TestCase("id\tname\trole\np1\tA\tpupil\n", TestName = "Read_Tabs_AreRead")]
    [TestCase("Role , ID,Full Name\npupil,p1,A\n", TestName = "Read_ColumnsInAnotherOrderAndSpelling_AreRead")]
    [TestCase("id,name,role\n\np1,A,pupil\n,,\n", TestName = "Read_EmptyRows_ArePassedOver")]
    [TestCase("id,name,role\n\"p1\",\"A\",\"pupil\"", TestName = "Read_QuotesAndNoLastLineEnd_AreRead")]
    [TestCase("id,name,role\n p1 , A , Pupil \n", TestName = "Read_BlanksAroundCells_AreDropped")]
    [TestCase("id,name,role\np1,\"A\",STUDENT\n", TestName = "Read_AnotherWordForARole_IsRead")]
    public void Read_FormsOfATable(string text)
    {
        var (entries, problems) = Read(text);
        Assert.That(problems, Is.Empty);
        Assert.That(entries.Single().Person, Is.EqualTo(new Person("p1", "A", null, PersonRole.Pupil)));
    }

    [TestCase("2026-09-01", TestName = "Read_DateYearFirst_IsRead")]
    [TestCase("01/09/2026", TestName = "Read_DateDayFirst_IsRead")]
    [TestCase("1.9.2026", TestName = "Read_DateWithDots_IsRead")]
    [TestCase("1 Sep 2026", TestName = "Read_DateWithAWord_IsRead")]
    [TestCase("1 September 2026", TestName = "Read_DateWithALongWord_IsRead")]
    public void Read_FormsOfADate(string date)
    {
        var person = Read($"id,name,role,from,until\np1,A,pupil,{date},{date}\n").Entries.Single().Person;
        Assert.That((person.From, person.Until), Is.EqualTo((new DateTimeOffset(2026, 8, 31, 23, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 9, 1, 23, 0, 0, TimeSpan.Zero))), "the last day counts whole");
    }

    private static readonly TestCaseData[] Encodings =
    [
        new TestCaseData(Encoding.Unicode, "the file is UTF-16", 0) { TestName = "Read_Utf16_SaysHowToSaveIt" },
        new TestCaseData(Encoding.BigEndianUnicode, "the file is UTF-16", 0) { TestName = "Read_Utf16BigEndian_SaysHowToSaveIt" },
        new TestCaseData(new UnicodeEncoding(false, byteOrderMark: false), "the file is UTF-16", 0) { TestName = "Read_Utf16WithoutMark_SaysHowToSaveIt" },
        new TestCaseData(Encoding.Latin1, "a letter here is not UTF-8: the file is probably Windows-1252", 3) { TestName = "Read_Windows1252_SaysHowToSaveItAndWhere" },
    ];

    [TestCaseSource(nameof(Encodings))]
    public void Read_Encoding(Encoding encoding, string message, int line)
    {
        var (entries, problems) = Read([.. encoding.GetPreamble(), .. encoding.GetBytes("id,name,role\np1,Anna,pupil\np2,René,pupil\n")]);
        Assert.That(entries, Is.Empty);
        Assert.That(problems.Single(), Does.StartWith(line == 0 ? $"mistake: {message}" : $":{line}: mistake: {message}").And.Contain("CSV UTF-8"));
    }

    [Test]
    public void Read_Workbook_SaysHowToSaveIt() => Assert.That(Read([.. "PK\u0003\u0004"u8, 0, 0, 0]).Problems.Single(), Does.Contain("this is a workbook"));

    [Test]
    public void Read_ColumnsMixedUp_ShowsNoName()
    {
        var (_, problems) = Read("id,group,role,name\np1,Sam Sample,pupil,4b\np2,4b,Alex Sample,x\n");
        Assert.That(problems, Has.Count.EqualTo(2).And.One.Contains("'…' is no group").And.One.Contains("'…' is no role").And.None.Contains("Sample"));
    }

    [Test]
    public void Read_SameNameInOneGroup_Warns()
    {
        var (entries, problems) = Read("id,name,role,group\np1,Sam Sample,pupil,4b\np2,SAM SAMPLE,pupil,4b\np3,Sam Sample,pupil,5b\n");
        Assert.That(entries, Has.Count.EqualTo(3));
        Assert.That(problems.Single(), Does.StartWith(":3: warning: name: the same name in the same group as in line 2").And.Not.Contain("Sample"));
    }

    [Test]
    public void Read_UnknownColumn_IsNotKept()
    {
        var (entries, problems) = Read("id,name,role,acount,date of birth\np1,A,pupil,x,2016-01-01\n");
        Assert.That(entries, Has.Count.EqualTo(1));
        Assert.That(problems, Is.EqualTo(new[]
        {
            ":1: warning: the column 'acount' is not used and not kept; did you mean 'account'?", ":1: warning: the column 'date of birth' is not used and not kept",
        }));
    }

    [Test]
    public void Read_Guest_KeepsWhoLetHerIn()
    {
        var entry = Read("id,name,role,until,authorised_by\ng1,A,visitor,2026-12-18,t-deputy\n").Entries.Single();
        Assert.That((entry.Person.Role, entry.AuthorisedBy), Is.EqualTo((PersonRole.Guest, "t-deputy")));
    }

    [TestCase(CsvTable.RowsMax, 0, TestName = "Read_AsManyRowsAsThereMayBe_AreRead")]
    [TestCase(CsvTable.RowsMax + 1, 1, TestName = "Read_OneRowTooMany_IsRefused")]
    public void Read_Rows(int rows, int mistakes)
    {
        var (entries, problems) = Read("id,name,role\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"p{i},A{i},pupil\n")));
        Assert.That((entries.Count, problems.Count), Is.EqualTo((CsvTable.RowsMax, mistakes)));
        Assert.That(problems, Has.All.Contains(":20002: mistake: there are more than 20,000 rows"));
    }

    [Test]
    public void Read_MistakeBehindManyWarnings_IsNotLost()
    {
        var rows = string.Concat(Enumerable.Range(0, (2 * InputProblems.KeptMax) + 1).Select(i => $"p{i},A,pupil\n"));
        var (_, problems) = Read($"id,name,role\n{rows}p0,B,pupil\n");
        Assert.That(problems, Has.Count.EqualTo(InputProblems.KeptMax + 1));
        Assert.That(problems[0], Does.Contain("'p0' is in line 2 already"));
    }

    [Test]
    public void Read_OneByteTooMany_IsRefused() => Assert.That(Read(new byte[CsvTable.BytesMax + 1]).Problems.Single(), Does.Contain("larger than 10 MiB"));

    [TestCase(CsvTable.CellLengthMax, "longer than 200 characters", TestName = "Read_LongName_IsRefused")]
    [TestCase(CsvTable.CellLengthMax + 1, "longer than 500 characters", TestName = "Read_LongCell_IsRefused")]
    public void Read_LongCell(int length, string message) => Assert.That(Read($"id,name,role\np1,{new string('a', length)},pupil\n").Problems, Has.One.Contains(message));

    private static (IReadOnlyList<PersonEntry> Entries, IReadOnlyList<string> Problems) Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    private static (IReadOnlyList<PersonEntry> Entries, IReadOnlyList<string> Problems) Read(byte[] bytes)
    {
        var problems = new InputProblems();
        using var stream = new MemoryStream(bytes);
        var rows = CsvTable.Read(stream, PersonReader.Columns, ["id", "name", "role"], problems);
        return (new PersonReader(SchoolBox.Records()).ReadAll(rows, role: null, problems), [.. problems.Select(SchoolBox.Say)]);
    }
}
