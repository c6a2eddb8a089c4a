using FilterGate.Commands;

namespace FilterGate.Tests.Commands;

public sealed class DurationArgumentTests
{
    [TestCase("15m", 15)]
    [TestCase("1h", 60)]
    [TestCase("2h30m", 150)]
    [TestCase("1d", 1440)]
    [TestCase("1d2h3m", 1563)]
    [TestCase("90s", 1.5)]
    [TestCase(" 1H ", 60)]
    [TestCase("0h", 0)]
    public void TryRead_LengthOfTime_IsRead(string text, double minutes)
    {
        Assert.That(DurationArgument.TryRead(text, out var duration), Is.True);
        Assert.That(duration.TotalMinutes, Is.EqualTo(minutes));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("1")]
    [TestCase("h")]
    [TestCase("-1h")]
    [TestCase("1.5h")]
    [TestCase("1h1h")]
    [TestCase("30m2h")]
    [TestCase("1w")]
    [TestCase("1 h")]
    [TestCase("1234567h")]
    [TestCase("٣h")]
    [TestCase("2026-11-23")]
    public void TryRead_AnythingElse_IsNot(string text) => Assert.That(DurationArgument.TryRead(text, out _), Is.False);
}
