using System.CommandLine;

namespace FilterGate.Commands;

/// <summary>Hides whose it was and what they typed: persons, query strings, search words, titles of pages, in every output, <c>--json</c> and pipes included.</summary>
internal static class Masking
{
    /// <summary>What stands for hidden words.</summary>
    public const string Hidden = "…";

    // As Audience spells it.
    private const string PersonMark = "person:";

    /// <summary>The URL with everything from its question mark on hidden: <c>http://site.example/a?…</c>.</summary>
    public static string Url(string url)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? url : string.Concat(url.AsSpan(0, query + 1), Hidden);
    }

    /// <summary>The same for a text that may have addresses and persons in it, such as the rule of an event: each address is cut at its question mark, of each person the id is hidden.</summary>
    public static string? Text(string? text) => text is null ? null : string.Join(' ', text.Split(' ').Select(Word));

    /// <summary>For whom something is: of a person only that it is one, as <c>person:…</c>.</summary>
    public static string? Audience(Policy.Audience? audience) => audience is { } known ? Word(known.ToString()) : null;

    private static string Word(string word)
    {
        if (word.StartsWith(PersonMark, StringComparison.Ordinal)) return PersonMark + Hidden + word[word.AsSpan().TrimEnd(":;,.)").Length..];
        return word.Contains("://", StringComparison.Ordinal) || word.IndexOf('/', StringComparison.Ordinal) is > 0 ? Url(word) : word;
    }

    /// <summary>Search words, a title or a person's id, hidden; null and nothing stay as they are.</summary>
    public static string? Words(string? words) => string.IsNullOrEmpty(words) ? words : Hidden;
}

/// <summary><c>--reveal --reason TEXT</c>: shows what is masked, and leaves a trace of who looked and why.</summary>
/// <param name="what">What the command masks, for its help.</param>
internal sealed class RevealOptions(string what = "persons, query strings, search words and titles")
{
    /// <summary>Show what is masked.</summary>
    public Option<bool> Reveal { get; } = new("--reveal") { Description = $"show {what} (audited; needs --reason)" };

    /// <summary>Why.</summary>
    public Option<string?> Reason { get; } = new("--reason") { HelpName = "TEXT", Description = "why they must be shown" };

    /// <summary>Adds both to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(Reveal);
        command.Options.Add(Reason);
    }

    /// <summary>True when everything is to be shown.</summary>
    /// <param name="context">The run.</param>
    /// <param name="audit">Writes down that the caller looked, with the reason given; called before anything is shown, and what it throws stops the command.</param>
    /// <exception cref="UserErrorException"><c>--reveal</c> without a reason (exit 2).</exception>
    public bool IsRevealed(CommandContext context, Action<string> audit)
    {
        if (!context.Value(Reveal)) return false;
        if (context.Value(Reason) is not { } reason || string.IsNullOrWhiteSpace(reason))
            throw new UserErrorException($"--reveal shows {what}; say why with --reason TEXT. It is written to the audit.");
        audit(reason);
        return true;
    }
}
