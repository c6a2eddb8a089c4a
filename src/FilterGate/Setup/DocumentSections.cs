using System.Collections.Immutable;
using FilterGate.Policy.Documents;

namespace FilterGate.Setup;

/// <summary>A top-level entry of a YAML document, as text.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Comment">The comment lines directly above it, each with its end; may be empty.</param>
/// <param name="Body">From the line of the key to its last line with anything on it, with its end.</param>
/// <param name="After">Blank and comment lines below that belong to no entry.</param>
/// <param name="Line">The line of the key where it was read, from 1.</param>
internal sealed record DocumentSection(string Key, string Comment, string Body, string After, int Line);

/// <summary>A YAML document cut into the text of its top-level entries, so that one can take the place of another and everything else stays as somebody wrote it, comments too. Immutable.</summary>
internal sealed class DocumentSections
{
    private readonly string _head;
    private readonly ImmutableArray<DocumentSection> _sections;

    private DocumentSections(string head, ImmutableArray<DocumentSection> sections) => (_head, _sections) = (head, sections);

    /// <summary>The entries, in order.</summary>
    public IEnumerable<DocumentSection> All => _sections;

    /// <summary>The document.</summary>
    public string Text => _head + string.Concat(_sections.Select(s => s.Comment + s.Body + s.After));

    /// <summary>Cuts a document.</summary>
    /// <param name="yaml">The text; may hold nothing but comments.</param>
    /// <param name="problems">Gets what is wrong. Entries that do not begin in the first column, each on a line of its own, are wrong here.</param>
    public static DocumentSections Read(string yaml, ICollection<PolicyProblem> problems)
    {
        var text = yaml.ReplaceLineEndings("\n");
        if (text.Length > 0 && text[^1] != '\n') text += '\n';
        if (text.Split('\n').All(line => IsBetween(line) || line.Trim() == "---")) return new DocumentSections(text, []);
        var entries = ImmutableArray<DocumentEntry>.Empty;
        if (DocumentSource.Read(text, problems) is { } root)
        {
            if (root is DocumentMap map) entries = map.Entries;
            else problems.Add(new PolicyProblem(root.Line, root.Column, $"keys and values are wanted here, not {root.Kind}"));
        }
        if (entries.FirstOrDefault(e => e.Key.Column != 1) is { } astray)
        {
            problems.Add(new PolicyProblem(astray.Key.Line, astray.Key.Column, $"'{astray.Key.Text}' does not begin its line; write one key below another, each in the first column"));
            return new DocumentSections(text, []);
        }
        return Cut(text, entries);
    }

    /// <summary>The entry of this key, or null.</summary>
    public DocumentSection? Find(string key) => _sections.FirstOrDefault(s => s.Key == key);

    /// <summary>The same document with an entry in the place of the one of its key, or at the end.</summary>
    /// <param name="section">The entry; what stood below it where it comes from stays there.</param>
    /// <param name="keepsComment">The comment above the old entry stays; else the new one's takes its place.</param>
    public DocumentSections With(DocumentSection section, bool keepsComment)
    {
        if (Find(section.Key) is not { } old)
        {
            // A comment would else seem to go on from the line above it.
            var before = Text;
            var gap = section.Comment.Length == 0 || before.Length == 0 || before.EndsWith("\n\n", StringComparison.Ordinal) ? "" : "\n";
            return new DocumentSections(_head, _sections.Add(section with { Comment = gap + section.Comment, After = "" }));
        }
        return new DocumentSections(_head, _sections.Replace(old, section with { Comment = keepsComment ? old.Comment : section.Comment, After = old.After }));
    }

    /// <summary>The same document without an entry, and without the comment above it.</summary>
    public DocumentSections Without(string key) => Find(key) is { } old ? new DocumentSections(_head, _sections.Remove(old)) : this;

    /// <summary>The same document with other words at its head, in the place of all comments above its first entry.</summary>
    public DocumentSections WithHead(string head) => new(head, _sections.IsEmpty ? _sections : _sections.SetItem(0, _sections[0] with { Comment = "" }));

    /// <summary>The entry that a line of <see cref="Text"/> is in, and which line that is where the entry was read; null above the first.</summary>
    /// <param name="line">From 1.</param>
    public (DocumentSection Section, int Line)? At(int line)
    {
        (DocumentSection, int)? found = null;
        var next = 1 + Lines(_head);
        foreach (var section in _sections)
        {
            next += Lines(section.Comment);
            if (line >= next) found = (section, section.Line + line - next);
            next += Lines(section.Body) + Lines(section.After);
        }
        return found;
    }

    private static DocumentSections Cut(string text, ImmutableArray<DocumentEntry> entries)
    {
        var lines = text.Split('\n')[..^1];
        var begins = entries.Select(e => e.Key.Line - 1).ToArray();
        // Step 1: a comment belongs to the entry that it stands directly above.
        var comments = begins.Select((begin, i) =>
        {
            var at = begin;
            while (at > (i == 0 ? 0 : begins[i - 1] + 1) && lines[at - 1].StartsWith('#')) at--;
            return at;
        }).ToArray();
        // Step 2: an entry ends with its last line that has anything on it; what is between it and the next is nobody's.
        var sections = entries.Select((entry, i) =>
        {
            var (end, next) = (begins[i] + 1, i + 1 < begins.Length ? comments[i + 1] : lines.Length);
            for (var at = end; at < next; at++)
                if (!IsBetween(lines[at])) end = at + 1;
            return new DocumentSection(entry.Key.Text, Join(comments[i], begins[i]), Join(begins[i], end), Join(end, next), begins[i] + 1);
        });
        return new DocumentSections(Join(0, begins.Length == 0 ? lines.Length : comments[0]), [.. sections]);

        string Join(int from, int to) => string.Concat(lines[from..to].Select(line => line + "\n"));
    }

    /// <summary>True for a line that no entry needs: blank, or a comment in the first column. Within a text of several lines every line of it is indented.</summary>
    private static bool IsBetween(string line) => line.StartsWith('#') || string.IsNullOrWhiteSpace(line);

    private static int Lines(string text) => text.Count(c => c == '\n');
}
