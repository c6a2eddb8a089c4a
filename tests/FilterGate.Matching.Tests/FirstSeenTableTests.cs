using System.Text;
using FilterGate.Testing;

namespace FilterGate.Matching.Tests;

/// <summary>The memory of hosts first met: it counts days, keeps its bound, forgets the right ones and shows no host to who reads it.</summary>
public sealed class FirstSeenTableTests
{
    private static readonly DateOnly Monday = new(2026, 11, 23);

    [Test]
    public void Meet_CountsDaysFromTheFirst()
    {
        var table = new FirstSeenTable(Monday);
        Assert.Multiple(() =>
        {
            Assert.That(table.Meet("site.example", Monday), Is.Zero);
            Assert.That(table.Meet("site.example", Monday), Is.Zero);
            Assert.That(table.Meet("site.example", Monday.AddDays(3)), Is.EqualTo(3));
            Assert.That(table.Meet("www.site.example", Monday.AddDays(3)), Is.Zero, "another host");
            Assert.That(table.Meet("site.example", Monday.AddDays(400)), Is.EqualTo(400));
            Assert.That(table.Meet("site.example", Monday.AddDays(-5)), Is.Zero, "a clock that went back");
        });
    }

    [Test]
    public void Find_RemembersNothing()
    {
        var table = new FirstSeenTable(Monday);
        Assert.That(table.Find("site.example", Monday), Is.Null);
        Assert.That(table.Find("site.example", Monday), Is.Null);
        Assert.That(table.Changes, Is.Zero);
        table.Meet("site.example", Monday);
        Assert.That(table.Find("site.example", Monday.AddDays(2)), Is.EqualTo(2));
    }

    [Test]
    public void DaysOfLearning_CountFromTheBeginning()
    {
        var table = new FirstSeenTable(Monday);
        Assert.That((table.DaysOfLearning(Monday), table.DaysOfLearning(Monday.AddDays(7)), table.DaysOfLearning(Monday.AddDays(-1))), Is.EqualTo((0, 7, 0)));
    }

    [Test]
    public void TryRead_WhatWasWritten_AnswersAlike()
    {
        var table = new FirstSeenTable(Monday);
        for (var i = 0; i < 5000; i++) table.Meet($"site{i}.example", Monday.AddDays(i % 20));
        var read = FirstSeenTable.TryRead(table.ToBytes());
        Assert.That(read, Is.Not.Null);
        Assert.That(read!.DaysOfLearning(Monday.AddDays(30)), Is.EqualTo(30));
        for (var i = 0; i < 5000; i++) Assert.That(read.Find($"site{i}.example", Monday.AddDays(30)), Is.EqualTo(30 - i % 20));
        Assert.That(read.Find("other.example", Monday.AddDays(30)), Is.Null);
    }

    [Test]
    public void TryRead_AnythingElse_IsRefused()
    {
        var table = new FirstSeenTable(Monday);
        table.Meet("site.example", Monday);
        var bytes = table.ToBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 0x10;
            Assert.That(FirstSeenTable.TryRead(changed), Is.Null, $"byte {i} changed");
            Assert.That(FirstSeenTable.TryRead(bytes.AsSpan(0, i)), Is.Null, $"cut at {i}");
        }
        Assert.That(FirstSeenTable.TryRead([.. bytes, 0]), Is.Null, "one byte too many");
    }

    [Test]
    public void ToBytes_HoldsNoHost()
    {
        var table = new FirstSeenTable(Monday);
        table.Meet("a-very-telling-name.example", Monday);
        Assert.That(Encoding.Latin1.GetString(table.ToBytes()), Does.Not.Contain("telling").And.Not.Contain("example"));
        var other = new FirstSeenTable(Monday);
        other.Meet("a-very-telling-name.example", Monday);
        Assert.That(other.ToBytes()[28..40], Is.Not.EqualTo(table.ToBytes()[28..40]), "each table has a key of its own");
    }

    [Test]
    public void Meet_MoreHostsThanItHolds_ForgetsThoseNotMetForLongest()
    {
        var table = new FirstSeenTable(Monday);
        table.Meet("often.example", Monday);
        for (var i = 0; i < FirstSeenTable.HostsMax * 5 / 4; i++) table.Meet($"s{i}.example", Monday.AddDays(i * 10 / FirstSeenTable.HostsMax));
        // Met on each of those days too, as a site in use is.
        for (var round = 0; round < 2; round++)
        {
            table.Meet("often.example", Monday.AddDays(20 + round));
            for (var i = 0; i < FirstSeenTable.HostsMax / 4; i++) table.Meet($"t{round}-{i}.example", Monday.AddDays(19 + round));
        }
        Assert.Multiple(() =>
        {
            Assert.That(table.ToBytes(), Has.Length.LessThanOrEqualTo(28 + FirstSeenTable.HostsMax * 12 + 32), "the bound");
            Assert.That(Enumerable.Range(0, 1000).Count(i => table.Find($"s{i}.example", Monday.AddDays(30)) is null), Is.GreaterThan(500), "the oldest went");
            Assert.That(Enumerable.Range(0, 1000).Count(i => table.Find($"t1-{i}.example", Monday.AddDays(30)) is not null), Is.GreaterThan(990), "the newest stayed");
        });
    }

    [Test]
    public void Meet_AllocatesNothing()
    {
        var table = new FirstSeenTable(Monday);
        table.Meet("site.example", Monday);
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++) table.Meet(i % 2 == 0 ? "site.example" : "other.example", Monday.AddDays(i));
        });
        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void Meet_FromSeveralThreads_RemembersEachHostOnce()
    {
        var table = new FirstSeenTable(Monday);
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 20_000; i++) table.Meet($"site{i}.example", Monday);
        });
        var entries = (table.ToBytes().Length - 28 - 32) / 12;
        Assert.That(entries, Is.InRange(19_990, 20_010));
        for (var i = 0; i < 20_000; i++) Assert.That(table.Find($"site{i}.example", Monday.AddDays(1)), Is.EqualTo(1));
    }
}
