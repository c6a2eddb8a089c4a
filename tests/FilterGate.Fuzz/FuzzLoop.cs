namespace FilterGate.Fuzz;

/// <summary>What came of a loop.</summary>
/// <param name="Runs">Inputs tried.</param>
/// <param name="Failure">What went wrong, or null.</param>
/// <param name="Input">The input with which it did.</param>
internal sealed record FuzzResult(long Runs, Exception? Failure, byte[]? Input);

/// <summary>Changes seeds at random and runs them until the time is up: what a build can afford. The same seed gives the same inputs in the same order; how many of them, the clock says.</summary>
/// <remarks>It does not see which code an input reaches, as afl and libFuzzer do: those find more, and take hours (see <c>Program.cs</c>).</remarks>
internal static class FuzzLoop
{
    /// <summary>One input may take no longer. All of our readers are linear, and none is given more than <see cref="Mutator.LengthMax"/> bytes.</summary>
    public static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(5);

    public static FuzzResult Run(FuzzTarget target, TimeSpan time, int seed)
    {
        var seeds = target.Seeds();
        var mutator = new Mutator(seeds, seed);
        var start = TimeProvider.System.GetTimestamp();
        for (var runs = 0L; ; runs++)
        {
            // Each seed as it is, first of all.
            var input = runs < seeds.Count ? seeds[(int)runs] : mutator.Next();
            var before = TimeProvider.System.GetTimestamp();
            if (runs >= seeds.Count && TimeProvider.System.GetElapsedTime(start, before) >= time) return new(runs, null, null);
            try
            {
                target.Run(input);
            }
            catch (Exception e)
            {
                return new(runs, e, input);
            }
            if (TimeProvider.System.GetElapsedTime(before) is var took && took > SlowAfter) return new(runs, new WrongAnswerException($"took {took.TotalSeconds:n1} s"), input);
        }
    }
}
