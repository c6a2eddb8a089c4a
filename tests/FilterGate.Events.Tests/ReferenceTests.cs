namespace FilterGate.Events.Tests;

internal sealed class ReferenceTests
{
    [TestCase("K7Q4-M2XD", "K7Q4-M2XD", TestName = "Normalise_UsualSpelling_IsKept")]
    [TestCase("k7q4-m2xd", "K7Q4-M2XD", TestName = "Normalise_LowerCase_IsRaised")]
    [TestCase("k7q4m2xd", "K7Q4-M2XD", TestName = "Normalise_NoHyphen_IsReadTheSame")]
    [TestCase(" K7-Q4-M2-XD\n", "K7Q4-M2XD", TestName = "Normalise_BlanksAroundAndOtherHyphens_AreIgnored")]
    [TestCase("OoIiLl10", "0011-1110", TestName = "Normalise_LettersThatLookLikeDigits_AreDigits")]
    [TestCase("ZZZZ-ZZZZ", "ZZZZ-ZZZZ", TestName = "Normalise_GreatestValue_IsKept")]
    [TestCase("0000-0000", "0000-0000", TestName = "Normalise_LeastValue_IsKept")]
    [TestCase("K7Q4-M2X", null, TestName = "Normalise_SevenCharacters_IsNone")]
    [TestCase("K7Q4-M2XDD", null, TestName = "Normalise_NineCharacters_IsNone")]
    [TestCase("K7Q4-M2XU", null, TestName = "Normalise_LetterU_IsNone")]
    [TestCase("K7Q4 M2XD", null, TestName = "Normalise_BlankInside_IsNone")]
    [TestCase("\u212A7Q4-M2XD", null, TestName = "Normalise_KelvinSign_IsNone")]
    [TestCase("K7Q4-M2X%", null, TestName = "Normalise_LikePattern_IsNone")]
    [TestCase("", null, TestName = "Normalise_Empty_IsNone")]
    [TestCase(null, null, TestName = "Normalise_Null_IsNone")]
    public void Normalise(string? text, string? expected) => Assert.That(Reference.Normalise(text), Is.EqualTo(expected));

    [Test]
    public void Draw_ManyTimes_BeginsWithItsMonthAndReadsBack()
    {
        var november = EventMonth.Of(new DateTimeOffset(2026, 11, 30, 23, 59, 59, TimeSpan.Zero));
        for (var i = 0; i < 1000; i++)
        {
            var reference = Reference.Draw(november);
            Assert.That(reference.MonthModulo, Is.EqualTo(((2026 * 12) + 10) % 32));
            Assert.That(Reference.TryParse(reference.ToString(), out var read) && read == reference, reference.ToString());
        }
    }

    [Test]
    public void Modulo_ThirtyTwoMonthsInARow_AllDiffer()
    {
        var month = new EventMonth(2026, 11);
        var seen = new HashSet<int>();
        for (var i = 0; i < 32; i++, month = month.Next) Assert.That(seen.Add(month.Modulo), $"{month}");
        Assert.That(seen.Add(month.Modulo), Is.False);
    }
}
