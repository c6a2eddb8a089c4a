using FilterGate.Commands;

namespace FilterGate.Tests.Commands;

public sealed class MaskingTests
{
    [TestCase("http://site.example/a", "http://site.example/a", TestName = "Url_NoQuery_IsAsItIs")]
    [TestCase("http://site.example/a?q=how+to", "http://site.example/a?…", TestName = "Url_Query_IsHidden")]
    [TestCase("http://site.example/?a?b", "http://site.example/?…", TestName = "Url_TwoQuestionMarks_HidesFromTheFirst")]
    [TestCase("http://site.example/a?", "http://site.example/a?…", TestName = "Url_EmptyQuery_LooksLikeAny")]
    public void Url(string url, string expected) => Assert.That(Masking.Url(url), Is.EqualTo(expected));

    [TestCase(null, null)]
    [TestCase("", "")]
    [TestCase("how to", "…")]
    public void Words(string? words, string? expected) => Assert.That(Masking.Words(words), Is.EqualTo(expected));
}
