using System.CommandLine;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Lists.Locked;
using FilterGate.Policy.Documents;
using FilterGate.Running;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists locked</c>: the illegal-content lists. There is a command to put a feed in force and none to take one out.</summary>
internal static class ListsLockedCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("locked", "Put a feed of an illegal-content list in force.",
            new CommandExample("filtergate lists locked import iwf-csam /srv/iwf/list.csv --format csv", "what the supplier's client has put there; the file is deleted"),
            new CommandExample("filtergate lists status", "how each feed stands"))
        {
            new ListsLockedImportCommand(host),
            new ListsLockedRemoveCommand(host),
        };

    /// <summary>The argument that names a feed.</summary>
    internal static Argument<string> FeedArgument() => new("FEED") { Description = string.Join(", ", LockedFeedKind.All.Select(k => k.Name)) };

    /// <summary>The feed of this name.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    internal static LockedFeedKind Feed(string name) => LockedFeedKind.Find(name)
        ?? throw new UserErrorException($"'{name}' is no locked feed{Nearest.Suggestion(name, LockedFeedKind.All.Select(k => k.Name))} (known: {string.Join(", ", LockedFeedKind.All.Select(k => k.Name))})");
}

/// <summary><c>lists locked import FEED [FILE]</c>: reads a feed, keeps its keyed hashes and deletes the plain file.</summary>
internal sealed class ListsLockedImportCommand : GatewayCommand
{
    private readonly Argument<string> _feed = ListsLockedCommand.FeedArgument();
    private readonly Argument<FileInfo?> _file = new("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "what the supplier gave; default is the file of the settings" };
    private readonly Option<string?> _format = new("--format") { HelpName = "FORMAT", Description = "urls, csv, hashed or bundle; default is what the settings say of this feed, else urls" };
    private readonly Option<FileInfo?> _keyFile = new("--key-file") { HelpName = "FILE", Description = "the key of a bundle, or of a list hashed with a key" };
    private readonly Option<string?> _entryColumn = new("--entry-column") { HelpName = "HEADING", Description = "csv: the column with the address; default url" };
    private readonly Option<string?> _categoryColumn = new("--category-column") { HelpName = "HEADING", Description = "csv: the column with a locked category, if there is one" };
    private readonly Option<string?> _verificationColumn = new("--verification-column") { HelpName = "HEADING", Description = "csv: the column that marks addresses for trying filters; default verification" };

    /// <summary>Makes the command.</summary>
    public ListsLockedImportCommand(CommandHost host) : base(host, "import", "Put a feed in force; a running gateway takes it up within a minute. The plain file is deleted.",
        new CommandExample("filtergate lists locked import iwf-csam /srv/iwf/list.csv --format csv --entry-column url", "CSV with a line of headings"),
        new CommandExample("filtergate lists locked import ctiru /srv/ctiru/feed.fgb --format bundle --key-file /etc/filtergate/ctiru.key", "an encrypted bundle, which stays where it is"),
        new CommandExample("filtergate lists locked import pipcu", "with the file and format of the settings"))
    {
        _format.AcceptOnlyFromAmong([.. LockedSettings.Formats.Keys]);
        Arguments.Add(_feed);
        Arguments.Add(_file);
        foreach (var option in (Option[])[_format, _keyFile, _entryColumn, _categoryColumn, _verificationColumn]) Options.Add(option);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var source = SourceOf(context);
        // A key that is not on disk would make hashes that nobody can ever read.
        DataFolder.Make(context.DataFolder);
        var key = GatewayInputs.LockedKeyOf(context);
        using var state = StateStore.Open(GatewayInputs.StatePath(context), context.Clock);
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        LockedImport import;
        try
        {
            import = new LockedImporter(GatewayInputs.ListsOf(context), key, ListLoader.ShippedTaxonomy, context.Clock).Import(source);
        }
        catch (ListLoadException problem)
        {
            state.Audit(context.Actor, "lists.locked.import.failed", source.Feed.Name, problem.Message);
            throw;
        }
        state.Audit(context.Actor, "lists.locked.import", $"{source.Feed.Name}, {import.State.Entries} entries", reason: null);
        await events.CommitAsync(LockedEvents.Imported(import, context.Actor), giveReference: false, cancellationToken);
        Write(context, import, source);
        return ExitCode.Done;
    }

    private LockedFeedSource SourceOf(CommandContext context)
    {
        var feed = ListsLockedCommand.Feed(context.Value(_feed)!);
        var known = context.Settings.Locked.FirstOrDefault(s => s.Feed == feed);
        var file = context.Value(_file)?.FullName ?? known?.File
            ?? throw new UserErrorException($"which file? Name it after {feed.Name}, or in the settings: locked: [{{ feed: {feed.Name}, file: PATH, format: csv }}]");
        var format = context.Value(_format) is { } word ? LockedSettings.Formats[word] : known?.Format ?? LockedFormat.Urls;
        var source = (known ?? new LockedFeedSource(feed, file, format)) with { File = file, Format = format };
        return source with
        {
            KeyFile = context.Value(_keyFile)?.FullName ?? source.KeyFile,
            EntryColumn = context.Value(_entryColumn) ?? source.EntryColumn,
            CategoryColumn = context.Value(_categoryColumn) ?? source.CategoryColumn,
            VerificationColumn = context.Value(_verificationColumn) ?? source.VerificationColumn,
        };
    }

    private static void Write(CommandContext context, LockedImport import, LockedFeedSource source)
    {
        if (context.Json)
        {
            context.WriteJson(new
            {
                Feed = import.Feed.Name, import.Feed.List, import.State.Entries, import.State.VerificationEntries, import.State.MalformedLines, Demonstration = import.IsDemonstration,
                SourceDeleted = import.IsSourceDeleted, import.State.StillThere,
            });
            return;
        }
        context.Output.WriteLine($"{import.Feed.Title} ({import.Feed.List}): {import.State.Entries} entries are in force{(import.State.VerificationEntries > 0 ? $", {import.State.VerificationEntries} of them verification addresses" : "")}.");
        if (import.State.MalformedLines > 0) context.Error.WriteLine($"filtergate: {import.State.MalformedLines} lines cannot be used.");
        if (import.IsDemonstration) context.Error.WriteLine("filtergate: this is the demonstration list. It protects nobody.");
        else if (import.State.StillThere is { } stillThere) context.Error.WriteLine($"filtergate: {stillThere}");
        else if (import.IsSourceDeleted) context.Output.WriteLine($"{source.File} is deleted; only keyed hashes are kept. Disk blocks that it stood in may hold it until they are written again.");
    }
}

/// <summary><c>lists locked remove FEED</c>: there to be refused, so that the attempt is on record and not merely an unknown word.</summary>
internal sealed class ListsLockedRemoveCommand : GatewayCommand
{
    private readonly Argument<string> _feed = ListsLockedCommand.FeedArgument();

    /// <summary>Makes the command.</summary>
    public ListsLockedRemoveCommand(CommandHost host) : base(host, "remove", "Refused, always: nothing takes an illegal-content list out of force (exit code 4).",
        new CommandExample("filtergate lists locked remove iwf-csam", "refused, and on record"))
    {
        foreach (var name in (string[])["delete", "disable", "off", "rollback"]) Aliases.Add(name);
        Arguments.Add(_feed);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var feed = ListsLockedCommand.Feed(context.Value(_feed)!);
        throw await LockedRefusal.OfAsync(context, $"lists locked {context.Parse.CommandResult.IdentifierToken.Value} {feed.Name}", feed, cancellationToken);
    }
}
