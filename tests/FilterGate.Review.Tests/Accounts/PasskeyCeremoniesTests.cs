using FilterGate.Review.Accounts;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Accounts;

public sealed class PasskeyCeremoniesTests
{
    private readonly FakeTimeProvider _clock = new(RunningSite.Now);

    [Test]
    public void Take_Kept_WorksOnce()
    {
        var ceremonies = new PasskeyCeremonies(_clock);
        var id = ceremonies.Keep("challenge");
        Assert.That((ceremonies.Take("other"), ceremonies.Take(id), ceremonies.Take(id)), Is.EqualTo(((string?)null, "challenge", (string?)null)));
    }

    [TestCase(299, true)]
    [TestCase(300, false)]
    public void Take_Later(int seconds, bool works)
    {
        var ceremonies = new PasskeyCeremonies(_clock);
        var id = ceremonies.Keep("challenge");
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        Assert.That(ceremonies.Take(id) is not null, Is.EqualTo(works));
    }

    [Test]
    public void Keep_BeyondTheMost_ForgetsTheOldest()
    {
        var ceremonies = new PasskeyCeremonies(_clock);
        var ids = Enumerable.Range(0, PasskeyCeremonies.CountMax + 1).Select(i => ceremonies.Keep($"{i}")).ToList();
        Assert.That((ceremonies.Take(ids[0]), ceremonies.Take(ids[1]), ceremonies.Take(ids[^1])), Is.EqualTo(((string?)null, "1", $"{PasskeyCeremonies.CountMax}")));
    }
}
