using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.Testing;

namespace FilterGate.Review.Tests.Site;

/// <summary>The table in the code and the table for people are one.</summary>
internal sealed class PermissionsTests
{
    private static readonly SiteRole[] Columns = [SiteRole.Lead, SiteRole.Deputy, SiteRole.Head, SiteRole.Chair, SiteRole.Governor, SiteRole.Teacher, SiteRole.Technician, SiteRole.Auditor];

    [Test]
    public void Table_InTheDocuments_SaysTheSame()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "roles.md")).SkipWhile(line => !line.StartsWith("| on the site", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith('|')).Skip(2)
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]).ToDictionary(cells => NeedOf(cells[0]), cells => cells[1..].Index().Where(cell => cell.Item == "x").Aggregate(SiteRole.Nobody, (sum, cell) => sum | Columns[cell.Index]));

        // What everybody may, and the key that the policy gives to a role, are said in words.
        var expected = Permissions.Table.Where(row => row.Key is not (Need.Nothing or Need.SignIn or Need.Decide)).ToDictionary(row => row.Key, row => row.Value & Columns.Aggregate((sum, role) => sum | role));
        Assert.That(rows, Is.EquivalentTo(expected));
    }

    [Test]
    public void Table_EveryNeed_HasARow() => Assert.That(Permissions.Table.Keys, Is.EquivalentTo(Enum.GetValues<Need>()));

    [TestCase(Need.Review, "the online-safety lead, the lead's deputies, the head and the chair of governors")]
    [TestCase(Need.Teach, "teachers")]
    [TestCase(Need.SignIn, "people who are signed in")]
    public void Whom_InWords(Need need, string words) => Assert.That(Permissions.Whom(need, Tongue.English), Is.EqualTo(words));

    /// <summary><c>Change lists</c>, <c>Review: acts and their context</c>, <c>Sign a term</c>.</summary>
    private static Need NeedOf(string words)
    {
        var name = string.Concat(words.Split(':')[0].Split(' ').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        return name == "SignATerm" ? Need.Sign : Enum.Parse<Need>(name);
    }
}
