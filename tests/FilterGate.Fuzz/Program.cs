// Gives hostile input to one target, for as long as wanted.
//
//   FilterGate.Fuzz                               the targets
//   FilterGate.Fuzz TARGET --seconds 600          our own loop; --seed N for another order
//   FilterGate.Fuzz TARGET --input FILE           one input again
//   FilterGate.Fuzz TARGET --write-seeds FOLDER   what a fuzzer begins with
//   FilterGate.Fuzz TARGET --afl                  driven by afl-fuzz (Debian: apt install afl++)
//   FilterGate.Fuzz TARGET --libfuzzer            driven by libfuzzer-dotnet
//
// For the last two, the assemblies are instrumented first, so that the fuzzer sees which code an input reaches:
//
//   dotnet tool install --global SharpFuzz.CommandLine
//   dotnet publish tests/FilterGate.Fuzz -c Release -o out
//   sharpfuzz out/FilterGate.Matching.dll && sharpfuzz out/FilterGate.Lists.dll
//   dotnet out/FilterGate.Fuzz.dll url --write-seeds seeds
//   AFL_SKIP_BIN_CHECK=1 afl-fuzz -i seeds -o findings -t 10000 -m none -- dotnet out/FilterGate.Fuzz.dll url --afl
using System.Globalization;
using FilterGate.Fuzz;
using SharpFuzz;

if (args.Length == 0)
{
    foreach (var known in FuzzTargets.All) Console.WriteLine(known.Name);
    return 0;
}
if (FuzzTargets.Find(args[0]) is not { } target)
{
    Console.Error.WriteLine($"There is no target {args[0]}. Without arguments, the targets are listed.");
    return 2;
}
switch (args[1..])
{
    case ["--afl"]:
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            target.Run(input.ToArray());
        });
        return 0;
    case ["--libfuzzer"]:
        Fuzzer.LibFuzzer.Run(input => target.Run(input));
        return 0;
    case ["--input", var file]:
        target.Run(File.ReadAllBytes(file));
        Console.WriteLine("nothing went wrong");
        return 0;
    case ["--write-seeds", var folder]:
        Directory.CreateDirectory(folder);
        foreach (var (seed, number) in target.Seeds().Select((s, i) => (s, i))) File.WriteAllBytes(Path.Combine(folder, number.ToString("d5", CultureInfo.InvariantCulture)), seed);
        return 0;
    case ["--seconds", var seconds, .. var rest] when int.TryParse(seconds, CultureInfo.InvariantCulture, out var time) && time > 0 && rest is [] or ["--seed", _]:
        var order = rest is ["--seed", var number2] ? int.Parse(number2, CultureInfo.InvariantCulture) : 1;
        var result = FuzzLoop.Run(target, TimeSpan.FromSeconds(time), order);
        Console.WriteLine($"{target.Name}: {result.Runs:n0} inputs");
        if (result.Failure is null) return 0;
        var saved = Path.GetFullPath($"{target.Name}-{result.Runs}.bin");
        File.WriteAllBytes(saved, result.Input!);
        Console.Error.WriteLine($"{result.Failure}\nThe input is in {saved}; run it again with: FilterGate.Fuzz {target.Name} --input {saved}");
        return 1;
    default:
        Console.Error.WriteLine("usage: FilterGate.Fuzz [TARGET --seconds N [--seed N] | TARGET --input FILE | TARGET --write-seeds FOLDER | TARGET --afl | TARGET --libfuzzer]");
        return 2;
}
