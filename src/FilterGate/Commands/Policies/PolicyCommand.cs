using System.CommandLine;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy</c>: the document that decides, and every version of it that was ever in force.</summary>
internal static class PolicyCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("policy", "Check, change and compare policies, and go back to one that was in force before.",
            new CommandExample("filtergate policy new --from sample-school -o policy.yaml", "a policy to begin with"),
            new CommandExample("filtergate policy validate policy.yaml", "every mistake with line and column"),
            new CommandExample("filtergate policy diff policy.yaml", "what it would change"),
            new CommandExample("filtergate policy test policy.yaml --since 7d", "what it would have blocked and opened last week"),
            new CommandExample("filtergate policy apply policy.yaml --reason \"year 6 may use webmail\"", "puts it in force within a second"),
            new CommandExample("filtergate policy rollback --reason \"webmail was a mistake\"", "the one before again"))
        {
            new PolicyValidateCommand(host),
            new PolicyShowCommand(host),
            new PolicyHistoryCommand(host),
            new PolicyDiffCommand(host),
            new PolicyTestCommand(host),
            new PolicyApplyCommand(host),
            new PolicyRollbackCommand(host),
            new PolicyExportCommand(host),
            new PolicyNewCommand(host),
            new PolicySchemaCommand(host),
        };

    /// <summary>The categories that a document may name: those of a list folder, else those of the lists of this box.</summary>
    internal static Taxonomy TaxonomyFor(CommandContext context, Option<DirectoryInfo?> lists)
    {
        if (context.Value(lists) is { } folder) return ListLoader.Load(folder.FullName, GatewayInputs.LockedKeyOf(context)).Taxonomy;
        return File.Exists(GatewayInputs.ListsOf(context).InForce) ? TaxonomyInForce(context) : ListLoader.ShippedTaxonomy;
    }

    /// <summary>The categories of the lists in force: what a running gateway would read a document with.</summary>
    internal static Taxonomy TaxonomyInForce(CommandContext context) => GatewayInputs.LoadLists(context, listsFolder: null).Taxonomy;

    /// <summary>The time whose policy is meant.</summary>
    internal static Option<string?> AtOption() =>
        new("--at") { HelpName = "TIME", Description = "the one that was in force at this time: 2026-11-23T14:00, with Z or an offset, or 14:00 today" };

    /// <summary>The folder whose categories count.</summary>
    internal static Option<DirectoryInfo?> ListsOption() =>
        new("--lists") { HelpName = "DIR", Description = "a folder in UT1/squidGuard layout whose categories may be named too" };
}
