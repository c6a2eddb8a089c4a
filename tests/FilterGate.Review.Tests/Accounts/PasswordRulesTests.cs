using FilterGate.Review.Accounts;
using FilterGate.Review.Site;

namespace FilterGate.Review.Tests.Accounts;

public sealed class PasswordRulesTests
{
    [TestCase("correct horse battery", true)]
    [TestCase("purplekettles", true, TestName = "WhyNot_BeginsWithACommonWord_IsTaken")]
    [TestCase("åäöåäöxyzqwv", true, TestName = "WhyNot_LettersOfOtherLanguages_AreTaken")]
    [TestCase("twelve chars", true, TestName = "WhyNot_TwelveCharacters_IsTaken")]
    [TestCase("elevenchars", false, TestName = "WhyNot_ElevenCharacters_IsNot")]
    [TestCase("", false)]
    [TestCase("qwertyuiopas", false, TestName = "WhyNot_Common_IsNot")]
    [TestCase("QwertyUiopAs", false, TestName = "WhyNot_CommonInOtherCase_IsNot")]
    [TestCase("Password2026!", false, TestName = "WhyNot_CommonWithDigitsAndSigns_IsNot")]
    [TestCase("2026*liverpool*", false, TestName = "WhyNot_CommonBetweenSigns_IsNot")]
    [TestCase("passwordpassword", false, TestName = "WhyNot_CommonTwice_IsNot")]
    [TestCase("123456789012", false)]
    [TestCase("aaaaaaaaaaaaaaa", false, TestName = "WhyNot_OneLetter_IsNot")]
    [TestCase("ababababababab", false, TestName = "WhyNot_TwoLetters_IsNot")]
    [TestCase("my name is T-Hill ok", false, TestName = "WhyNot_WithTheSignInName_IsNot")]
    [TestCase("👍👍👍👍👍👍👍👍👍👍👍", false, TestName = "WhyNot_ElevenPictures_IsNot")]
    public void WhyNot(string password, bool isTaken) => Assert.That(PasswordRules.WhyNot(password, "t-hill", Tongue.English) is null, Is.EqualTo(isTaken), PasswordRules.WhyNot(password, "t-hill", Tongue.English));

    [TestCase(128, true)]
    [TestCase(129, false)]
    public void WhyNot_Length(int length, bool isTaken) => Assert.That(PasswordRules.WhyNot(string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26)))), "head", Tongue.English) is null, Is.EqualTo(isTaken));

    [Test]
    public void WhyNot_AVeryShortId_DoesNotForbidItsLetters() => Assert.That(PasswordRules.WhyNot("correct horse battery", "or", Tongue.English), Is.Null);

    [TestCase("ﬁlter gate open", "filter gate open")]
    [TestCase("plain words here", "plain words here")]
    [TestCase("broken \ud800 pair", "broken \ud800 pair")]
    public void Normalise(string typed, string expected) => Assert.That(PasswordRules.Normalise(typed), Is.EqualTo(expected));
}
