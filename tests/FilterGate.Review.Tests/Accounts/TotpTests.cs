using System.Text;
using FilterGate.Review.Accounts;

namespace FilterGate.Review.Tests.Accounts;

public sealed class TotpTests
{
    private static readonly byte[] Secret = "12345678901234567890"u8.ToArray();

    private static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    // RFC 6238, appendix B, the column for SHA-1.
    [TestCase(59, "94287082")]
    [TestCase(1111111109, "07081804")]
    [TestCase(1111111111, "14050471")]
    [TestCase(1234567890, "89005924")]
    [TestCase(2000000000, "69279037")]
    [TestCase(20000000000, "65353130")]
    public void Code_ExamplesOfTheRfc(long seconds, string expected) => Assert.That(Totp.Code(Secret, Totp.StepAt(At(seconds)), digits: 8), Is.EqualTo(expected));

    // RFC 4226, appendix D: six digits by counter.
    [TestCase(0, "755224")]
    [TestCase(1, "287082")]
    [TestCase(9, "520489")]
    public void Code_ExamplesOfTheCounter(long step, string expected) => Assert.That(Totp.Code(Secret, step), Is.EqualTo(expected));

    [TestCase(59, "287082", 1, TestName = "FindStep_Now")]
    [TestCase(59, "287 082", 1, TestName = "FindStep_WithABlank")]
    [TestCase(60, "287082", 1, TestName = "FindStep_OneStepLate")]
    [TestCase(89, "287082", 1, TestName = "FindStep_OneStepLateToTheSecond")]
    [TestCase(29, "287082", 1, TestName = "FindStep_OneStepEarly")]
    [TestCase(0, "755224", 0, TestName = "FindStep_TheFirstStepEver")]
    [TestCase(90, "287082", null, TestName = "FindStep_TwoStepsLate_IsNone")]
    [TestCase(59, "287083", null, TestName = "FindStep_OneDigitOff_IsNone")]
    [TestCase(59, "28708", null, TestName = "FindStep_TooShort_IsNone")]
    [TestCase(59, "2870820", null, TestName = "FindStep_TooLong_IsNone")]
    [TestCase(59, "94287082", null, TestName = "FindStep_EightDigits_IsNone")]
    [TestCase(59, "", null, TestName = "FindStep_Empty_IsNone")]
    [TestCase(59, "２８７０８２", null, TestName = "FindStep_FullWidthDigits_IsNone")]
    public void FindStep(long seconds, string code, long? expected) => Assert.That(Totp.FindStep(Secret, code, At(seconds)), Is.EqualTo(expected));

    // RFC 4648, section 10, without padding.
    [TestCase("", "")]
    [TestCase("f", "MY")]
    [TestCase("fo", "MZXQ")]
    [TestCase("foo", "MZXW6")]
    [TestCase("foob", "MZXW6YQ")]
    [TestCase("fooba", "MZXW6YTB")]
    [TestCase("foobar", "MZXW6YTBOI")]
    public void Spell(string text, string expected) => Assert.That(Totp.Spell(Encoding.ASCII.GetBytes(text)), Is.EqualTo(expected));

    [Test]
    public void SpellInGroups_20Bytes_IsEightGroupsOfFour() => Assert.That(Totp.SpellInGroups(Secret), Is.EqualTo("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"));

    [Test]
    public void Link_NamesTheSchoolAndThePerson() =>
        Assert.That(Totp.Link(Secret, "St. Mary & All", "t-hill"), Is.EqualTo("otpauth://totp/FilterGate%20St.%20Mary%20%26%20All:t-hill?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=FilterGate%20St.%20Mary%20%26%20All"));
}
