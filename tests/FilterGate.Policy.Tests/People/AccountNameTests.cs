using FilterGate.Policy.People;

namespace FilterGate.Policy.Tests.People;

public sealed class AccountNameTests
{
    [TestCase("b.hill", "b.hill", TestName = "Normalise_PlainName_StaysAsItIs")]
    [TestCase("B.Hill", "b.hill", TestName = "Normalise_UpperCase_IsLowered")]
    [TestCase("  b.hill\t", "b.hill", TestName = "Normalise_BlanksAround_AreDropped")]
    [TestCase("\u00a0b.hill\u3000", "b.hill", TestName = "Normalise_WideBlanksAround_AreDropped")]
    [TestCase("ｂ．ｈｉｌｌ", "b.hill", TestName = "Normalise_FullWidthLetters_AreThePlainOnes")]
    [TestCase("b\u200b.hill", "b.hill", TestName = "Normalise_ZeroWidthSpaceWithin_IsDropped")]
    [TestCase("\u202eb.hill", "b.hill", TestName = "Normalise_MarkOfDirection_IsDropped")]
    [TestCase("b.hill\0", "b.hill", TestName = "Normalise_ControlCharacter_IsDropped")]
    [TestCase("\ufb01ona", "fiona", TestName = "Normalise_Ligature_IsItsLetters")]
    [TestCase("rene\u0301", "ren\u00e9", TestName = "Normalise_CombiningAccent_IsComposed")]
    [TestCase("RENE\u0301", "ren\u00e9", TestName = "Normalise_CombiningAccentUpperCase_IsComposedAndLowered")]
    [TestCase("e\u200b\u0301", "\u00e9", TestName = "Normalise_AccentBehindAZeroWidthSpace_IsComposed")]
    [TestCase("\u212aim", "kim", TestName = "Normalise_KelvinSign_IsTheLetter")]
    [TestCase("mi\u017f\u017f", "miss", TestName = "Normalise_LongS_IsTheLetter")]
    [TestCase("\u03c2\u03c3", "\u03c3\u03c3", TestName = "Normalise_FinalSigma_IsTheOtherOne")]
    [TestCase("", "", TestName = "Normalise_Nothing_IsNothing")]
    [TestCase(" \u200b ", "", TestName = "Normalise_NothingToSee_IsNothing")]
    [TestCase("b.hi11", "b.hi11", TestName = "Normalise_DigitsForLetters_StayApart")]
    [TestCase("b hill", "b hill", TestName = "Normalise_BlankWithin_Stays")]
    [TestCase("\u0430nna", "\u0430nna", TestName = "Normalise_CyrillicLetter_StaysApart")]
    public void Normalise(string name, string expected) => Assert.That(AccountName.Normalise(name), Is.EqualTo(expected));

    [Test]
    public void Normalise_HalfASurrogatePair_IsNothing() => Assert.That(AccountName.Normalise("b\ud800"), Is.Empty);

    [Test]
    public void Normalise_ItsOwnResult_StaysAsItIs()
    {
        // Every character of the basic plane, each between two letters: what is in the form must be found in it.
        for (var character = '\0'; character < char.MaxValue; character++)
        {
            var once = AccountName.Normalise($"a{character}b");
            Assert.That(AccountName.Normalise(once), Is.EqualTo(once), $"U+{(int)character:X4}");
        }
    }
}
