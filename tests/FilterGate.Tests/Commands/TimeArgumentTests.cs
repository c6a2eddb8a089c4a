using FilterGate.Commands;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Commands;

public sealed class TimeArgumentTests
{
    // In London the clocks go forward on 29 March 2026 at 01:00, and summer time ends on 25 October.
    private static FakeTimeProvider Clock()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 6, 1, 9, 0, 0, TimeSpan.Zero));
        clock.SetLocalTimeZone(TimeZoneInfo.FindSystemTimeZoneById("Europe/London"));
        return clock;
    }

    [TestCase("2026-11-23T14:00Z", "2026-11-23T14:00:00+00:00", TestName = "Read_Utc_IsTakenAsWritten")]
    [TestCase("2026-11-23T14:00:30+02:00", "2026-11-23T14:00:30+02:00", TestName = "Read_Offset_IsTakenAsWritten")]
    [TestCase("2026-11-23T14:00", "2026-11-23T14:00:00+00:00", TestName = "Read_NoOffsetInWinter_IsSchoolTime")]
    [TestCase("2026-06-23 14:00", "2026-06-23T14:00:00+01:00", TestName = "Read_NoOffsetInSummer_IsSchoolTime")]
    [TestCase("2026-06-23", "2026-06-23T00:00:00+01:00", TestName = "Read_DateAlone_IsItsMidnight")]
    [TestCase("14:30", "2026-06-01T14:30:00+01:00", TestName = "Read_TimeAlone_IsToday")]
    public void Read(string text, string expected) =>
        Assert.That(TimeArgument.Read(text, "--at", Clock()), Is.EqualTo(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture)));

    [TestCase("yesterday")]
    [TestCase("23/11/2026")]
    [TestCase("25:00")]
    [TestCase("")]
    [TestCase("2026-03-29T01:30", TestName = "Read_TimeThatTheClocksLeapOver_IsRefused")]
    public void Read_NoTime_IsRefused(string text) => Assert.That(() => TimeArgument.Read(text, "--at", Clock()), Throws.TypeOf<UserErrorException>().With.Message.Contains("--at"));
}
