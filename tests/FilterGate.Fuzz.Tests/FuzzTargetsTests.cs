using System.Globalization;

namespace FilterGate.Fuzz.Tests;

/// <summary>Each target for two seconds, or as many as <c>FILTERGATE_FUZZ_SECONDS</c> says: <c>tests/run --fuzz 60 fuzz</c>.</summary>
public sealed class FuzzTargetsTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("FILTERGATE_FUZZ_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? seconds : 2);

    private static IEnumerable<TestCaseData> Targets => FuzzTargets.All.Select(t => new TestCaseData(t.Name).SetArgDisplayNames(t.Name));

    [TestCaseSource(nameof(Targets))]
    public void Run_HostileInput_BreaksNothing(string name)
    {
        var result = FuzzLoop.Run(FuzzTargets.Find(name)!, Time, seed: 20261123);
        TestContext.Progress.WriteLine($"{name}: {result.Runs:n0} inputs");
        var repeat = result.Input is null ? "" : Save(name, result.Input);
        Assert.That(result.Failure, Is.Null, $"after {result.Runs} inputs; {repeat}");
        Assert.That(result.Runs, Is.GreaterThan(20));
    }

    // A loop that finds nothing shows nothing, unless it would find something.
    [Test]
    public void Run_TargetThatBreaks_IsFoundWithItsInput()
    {
        var target = new FuzzTarget("breaks", () => [[.. "abcd"u8]], input => _ = input.Contains((byte)'%') ? throw new InvalidOperationException("found") : 0);
        var result = FuzzLoop.Run(target, TimeSpan.FromSeconds(30), seed: 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Failure, Is.InstanceOf<InvalidOperationException>());
            Assert.That(result.Input, Does.Contain((byte)'%'));
        }
    }

    [Test]
    public void Next_SameSeed_GivesTheSameInputs()
    {
        var (one, two) = (new Mutator(Seeds.Lists, 5), new Mutator(Seeds.Lists, 5));
        for (var i = 0; i < 200; i++) Assert.That(two.Next(), Is.EqualTo(one.Next()));
    }

    private static string Save(string name, byte[] input)
    {
        var path = Path.Combine(Path.GetTempPath(), $"filtergate-fuzz-{name}.bin");
        File.WriteAllBytes(path, input);
        return $"dotnet run --project tests/FilterGate.Fuzz -- {name} --input {path}";
    }
}
