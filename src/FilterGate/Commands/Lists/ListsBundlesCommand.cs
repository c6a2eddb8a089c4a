using System.CommandLine;
using System.Globalization;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists bundles [NAME]</c>: which services a policy can open with one word, and what each of them opens.</summary>
internal sealed class ListsBundlesCommand : GatewayCommand
{
    private readonly Argument<string?> _name = new("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "one bundle, with every host, its reason and where that is known from" };

    /// <summary>Makes the command.</summary>
    public ListsBundlesCommand(CommandHost host) : base(host, "bundles", "Show the services that a policy can open whole with one word.",
        new CommandExample("filtergate lists bundles", "every bundle"),
        new CommandExample("filtergate lists bundles zoom", "what one of them opens, and why"),
        new CommandExample("filtergate lists bundles --json | jq -r .name", "for a script: one object a line")) => Arguments.Add(_name);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var all = BundleFile.Shipped.All;
        if (context.Value(_name) is { } name)
        {
            var bundle = BundleFile.Shipped.Find(name)
                ?? throw new UserErrorException($"'{name}' is no bundle{Nearest.Suggestion(name, all.Select(b => b.Name))} (known: {string.Join(", ", all.Select(b => b.Name))})");
            if (context.Json) WriteJson(context, bundle);
            else WriteOne(context, bundle);
            return Task.FromResult(ExitCode.Done);
        }

        if (context.Json)
        {
            foreach (var bundle in all) WriteJson(context, bundle);
            return Task.FromResult(ExitCode.Done);
        }

        var width = all.Max(b => b.Name.Length);
        foreach (var bundle in all) context.Output.WriteLine($"{context.Paint.Strong(bundle.Name.PadRight(width))}  {bundle.Title}: {bundle.Purpose}");
        context.Output.WriteLine();
        context.Output.WriteLine("One word under a tier of the policy opens a service whole:  bundles: [zoom]");
        return Task.FromResult(ExitCode.Done);
    }

    private static void WriteOne(CommandContext context, Bundle bundle)
    {
        var (output, paint) = (context.Output, context.Paint);
        output.WriteLine($"{paint.Strong(bundle.Title)}  {bundle.Address}");
        output.WriteLine(bundle.Purpose);
        output.WriteLine();
        foreach (var entry in bundle.Entries)
        {
            output.WriteLine($"  {paint.Strong(entry.Text)}{(entry.IsNeverIntercepted ? "  (HTTPS is passed unread)" : "")}");
            output.WriteLine($"      {entry.Reason}");
            output.WriteLine(paint.Faint($"      from: {entry.Source}"));
        }
        if (bundle.Notes.Length > 0) output.WriteLine();
        foreach (var note in bundle.Notes) output.WriteLine($"  ! {note}");
        output.WriteLine();
        output.WriteLine($"Checked on {Day(bundle)}. To open it for a tier, write under that tier of the policy:  bundles: [{bundle.Name}]");
    }

    private static void WriteJson(CommandContext context, Bundle bundle) => context.WriteJson(new
    {
        bundle.Name,
        bundle.Title,
        bundle.Purpose,
        bundle.Address,
        Checked = Day(bundle),
        bundle.Notes,
        Hosts = bundle.Entries.Select(e => new { Host = e.Text, e.Reason, e.Source, NeverIntercept = e.IsNeverIntercepted }),
    });

    private static string Day(Bundle bundle) => bundle.Checked.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
