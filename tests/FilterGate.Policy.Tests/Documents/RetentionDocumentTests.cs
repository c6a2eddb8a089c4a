using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests.Documents;

/// <summary>How long what happened is kept, as a document says it.</summary>
public sealed class RetentionDocumentTests
{
    [TestCase("", 60, 366, 731, TestName = "Parse_NoRetention_IsTheDefault")]
    [TestCase("retention:", 60, 366, 731, TestName = "Parse_EmptyRetention_IsTheDefault")]
    [TestCase("retention: { allowed: 1d }", 1, 366, 731, TestName = "Parse_OneKey_LeavesTheOthers")]
    [TestCase("retention: { allowed: 90d, attention: 30d, audit: 3650d }", 90, 30, 3650, TestName = "Parse_AllKeysAtTheirBounds_IsRead")]
    public void Parse(string yaml, int allowed, int attention, int audit)
    {
        var document = PolicyDocument.Parse($"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: }}\n{yaml}", Given.Taxonomy, out var problems);
        Assert.That(problems, Is.Empty);
        Assert.That((document!.Retention.Allowed.TotalDays, document.Retention.Attention.TotalDays, document.Retention.Audit.TotalDays), Is.EqualTo((allowed, attention, audit)));
    }

    [TestCase("retention: 60d", "4:12: retention is a mapping", TestName = "Parse_RetentionAsText_IsAMistake")]
    [TestCase("retention: { alowed: 60d }", "4:14: 'alowed' is no key of retention; did you mean 'allowed'?", TestName = "Parse_UnknownKey_IsAMistake")]
    [TestCase("retention: { attention: 29d }", "4:25: this is kept for at least 30 days", TestName = "Parse_EvidenceForgottenTooSoon_IsAMistake")]
    [TestCase("retention: { audit: 364d }", "4:21: this is kept for at least 365 days", TestName = "Parse_AuditForgottenTooSoon_IsAMistake")]
    [TestCase("retention: { allowed: 23h }", "4:23: this is kept for at least 1 day", TestName = "Parse_HoursOfADay_IsAMistake")]
    [TestCase("retention: { allowed: 3651d }", "4:23: '3651d' cannot be used here", TestName = "Parse_OverTenYears_IsAMistake")]
    [TestCase("retention: { allowed: for ever }", "4:23: 'for ever' cannot be used here", TestName = "Parse_NoLength_IsAMistake")]
    public void Mistake(string yaml, string expected)
    {
        Assert.That(PolicyDocument.Parse($"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: }}\n{yaml}", Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Select(problem => $"{problem.Line}:{problem.Column}: {problem.Message}"), Has.Some.StartsWith(expected));
    }

    [Test]
    public void Parse_AuditForgottenBeforeWhatItIsAbout_Warns()
    {
        Assert.That(PolicyDocument.Parse("school: S\nnetworks: [10.0.0.0/8]\ntiers: { pupil: }\nretention: { attention: 500d, audit: 400d }", Given.Taxonomy, out var problems), Is.Not.Null);
        Assert.That(problems.Single(), Has.Property("IsWarning").True.And.Property("Message").Contain("audit"));
    }
}
