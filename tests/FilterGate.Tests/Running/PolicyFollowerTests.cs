using FilterGate.Commands;
using FilterGate.Proxy;
using FilterGate.Running;
using FilterGate.Settings;
using FilterGate.Tests.Commands;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace FilterGate.Tests.Running;

/// <summary>What begins and ends by the clock while the gateway runs, and a state that cannot be read just then.</summary>
public sealed class PolicyFollowerTests
{
    [Test]
    public async Task Booking_BeginsAndEndsByTheClock_AndAStateThatCannotBeReadEndsNobody()
    {
        await using var box = new StoreBox();
        var host = box.Host();
        var context = new CommandContext(host, CommandLine.Build(host).Parse(["run", "--data", box.Folder]));
        var inputs = GatewayInputs.Load(context, listsFolder: null, box.State);
        var current = new CurrentPolicy(inputs.Policy);
        box.State.Book("ipad", "4b", StoreBox.Noon.AddMinutes(10), StoreBox.Noon.AddMinutes(20), null, "tech");
        await using var follower = new PolicyFollower(context, new RunOptions { EndPoints = [], Review = null }, box.State, current, inputs, policy => policy, NullLogger.Instance);
        follower.Start(TimeSpan.FromSeconds(1));

        Assert.That(current.Snapshot.InForce.Bookings, Is.Empty);
        box.Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
        Assert.That(current.Snapshot.InForce.Bookings.Select(b => b.Class), Is.EqualTo(new[] { "4b" }));

        using (var connection = new SqliteConnection($"Data Source={Path.Combine(box.Folder, "state.db")};Pooling=false"))
        {
            connection.Open();
            using var drop = connection.CreateCommand();
            drop.CommandText = "ALTER TABLE bookings RENAME TO away";
            drop.ExecuteNonQuery();
            Assert.That(() => box.Clock.Advance(TimeSpan.FromMinutes(11)), Throws.Nothing, "an exception behind a timer ends the gateway");
            Assert.That(current.Snapshot.InForce.Bookings, Has.Length.EqualTo(1), "what was in force stays");
            drop.CommandText = "ALTER TABLE away RENAME TO bookings";
            drop.ExecuteNonQuery();
        }
        box.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(current.Snapshot.InForce.Bookings, Is.Empty, "and it ends as soon as it can be read again");
    }
}
