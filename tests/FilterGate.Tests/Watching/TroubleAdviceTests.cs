using FilterGate.Commands;
using FilterGate.Policy;
using FilterGate.Proxy.Watching;
using FilterGate.Watching;

namespace FilterGate.Tests.Watching;

/// <summary>Each trouble has whose matter it is, a sentence and what mends it; each command in it is one that there is.</summary>
public sealed class TroubleAdviceTests
{
    private static IEnumerable<TroubleAdvice.Of> Everything()
    {
        foreach (var trouble in Enum.GetValues<Trouble>().Where(t => t != Trouble.Policy)) yield return new TroubleAdvice.Of { Trouble = trouble, Host = "api.reader.example", Tier = "pupil", Address = "10.20.1.7", Status = 503 };
        foreach (var reason in Enum.GetValues<Reason>())
        {
            yield return new TroubleAdvice.Of
            {
                Trouble = Trouble.Policy, Host = "games.example", Tier = "pupil", Address = "10.20.1.7", Device = "ipad-14", Verdict = Verdict.Block, Reason = reason, Category = "games", Rule = "games.example",
            };
        }
    }

    [Test]
    public void For_EveryTrouble_IsWholeSentences()
    {
        foreach (var what in Everything())
        {
            var advice = TroubleAdvice.For(what);
            Assert.Multiple(() =>
            {
                Assert.That(advice.Cause, Is.AnyOf("policy", "ca", "pinned-app", "certificate", "device", "dns", "network", "origin"), what.ToString());
                Assert.That(advice.Explanation, Does.EndWith(".").Or.EndWith(": games.example"), what.ToString());
                Assert.That(advice.Mend is null || advice.Mend.EndsWith('.'), Is.True, advice.Mend);
            });
        }
    }

    [Test]
    public void For_EveryTrouble_NamesOnlyCommandsThatThereAre()
    {
        foreach (var command in Everything().Select(what => TroubleAdvice.For(what).Command).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            var parse = CommandLine.Build(new CommandHost()).Parse(command["filtergate ".Length..]);
            Assert.That(parse.Errors.Select(e => e.Message), Is.Empty, command);
        }
    }

    [TestCase("us02web.zoom.us", "bundles: [zoom]")]
    [TestCase("zoom.us", "bundles: [zoom]")]
    [TestCase("app.cpoms.net", "bundles: [cpoms]")]
    [TestCase("cpoms.net", "never_intercept: [cpoms.net]")]
    [TestCase("notzoom.us", "never_intercept: [notzoom.us]")]
    [TestCase("api.reader.example", "never_intercept: [api.reader.example]")]
    public void For_PinnedApp_NamesTheBundleThatPassesItUnread(string host, string mend) =>
        Assert.That(TroubleAdvice.For(new TroubleAdvice.Of { Trouble = Trouble.PinnedApp, Host = host, Tier = "pupil" }).Mend, Does.Contain(mend));

    [TestCase(Trouble.OriginCertificateExpired)]
    [TestCase(Trouble.OriginCertificateName)]
    [TestCase(Trouble.OriginCertificateUntrusted)]
    public void For_ACertificateThatIsNotBelieved_SaysWhatToWriteOnceItsOwnerConfirmsIt(Trouble trouble) =>
        Assert.That(
            TroubleAdvice.For(new TroubleAdvice.Of { Trouble = trouble, Host = "box.example", Certificate = "AB:CD" }).Mend,
            Does.EndWith("its owner confirms the certificate by telephone: certificate_exceptions: [{ host: box.example, sha256: \"AB:CD\", until: DAY, why: TEXT }] in the policy."));

    [TestCase(Reason.Locked)]
    public void For_WhatNothingOpens_OffersNothing(Reason reason)
    {
        var advice = TroubleAdvice.For(new TroubleAdvice.Of { Trouble = Trouble.Policy, Reason = reason });
        Assert.That((advice.Mend, advice.Command), Is.EqualTo(((string?)null, (string?)null)));
    }
}
