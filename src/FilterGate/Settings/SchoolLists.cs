using System.Globalization;
using FilterGate.Commands;
using FilterGate.Lists;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Sources;
using FilterGate.Safeguarding.Health;

namespace FilterGate.Settings;

/// <summary>The compiled lists of this box. A running gateway sees that others are in force and swaps them.</summary>
internal static class SchoolLists
{
    /// <summary>The store.</summary>
    public static ListStore StoreOf(CommandContext context) => new(GatewayInputs.ListsOf(context), context.Clock);

    /// <summary>What <c>lists update</c> and <c>lists rollback</c> call after a change: compiles what the sources have in force, and says what came of it.</summary>
    public static Func<CancellationToken, Task> RecompileOf(CommandContext context) => cancellationToken => Task.Run(
        () =>
        {
            var result = Compile(context, isWhole: false);
            context.Error.WriteLine($"filtergate: {Describe(result)}");
        },
        cancellationToken);

    /// <summary>Compiles what the sources have in force and puts it in force.</summary>
    /// <param name="context">The run.</param>
    /// <param name="isWhole">True to compile all anew, not only what changed.</param>
    /// <param name="progress">From 0 to 1; from several threads.</param>
    /// <exception cref="Lists.ListLoadException">It could not be done; what was in force stays.</exception>
    public static CompileResult Compile(CommandContext context, bool isWhole, IProgress<double>? progress = null)
    {
        using var sources = SchoolSources.Open(context);
        return StoreOf(context).Compile(sources.FilesInForce(), sources.ReferenceFile(BoxLists.PublicSuffixes), isWhole, progress);
    }

    /// <summary>What another state of a source differs in from the one in force, as a compile would see it.</summary>
    /// <exception cref="Lists.ListLoadException">A file cannot be read.</exception>
    public static IReadOnlyList<ListComparison> Compare(ListSources sources, IReadOnlyList<ListFile> before, IReadOnlyList<ListFile> after) =>
        ListComparison.Of(before, after, sources.ReferenceFile(BoxLists.PublicSuffixes));

    /// <summary>One sentence for people.</summary>
    public static string Describe(CompileResult result) => result.Kind switch
    {
        CompileKind.Unchanged => $"the lists are as they were: {Number(result.EntryCount)} entries, version {result.InForce.Version}",
        CompileKind.Delta => string.Create(CultureInfo.InvariantCulture, $"{Number(result.AddedCount)} entries more and {Number(result.RemovedCount)} fewer than the base are in force ({Number(result.EntryCount)} in all, version {result.InForce.Version}, {result.Elapsed.TotalSeconds:f1} s)"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Number(result.EntryCount)} entries of {Number(result.Report.Sources.Count)} lists are in force (version {result.InForce.Version}, compiled in {result.Elapsed.TotalSeconds:f1} s)"),
    };


    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
