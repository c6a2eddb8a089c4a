using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace FilterGate.Policy.Documents;

/// <summary>Reads YAML into <see cref="DocumentNode"/>s, each with its place, so that a mistake can be pointed at.</summary>
/// <remarks>
/// A document comes from a person, but perhaps through a page or a copied file, so everything has a bound: <see cref="BytesMax"/>, <see cref="DepthMax"/>, one document a file.
/// Anchors, aliases and tags are refused rather than bounded: a policy needs none, and a handful of nested aliases can stand for gigabytes. Static and without state: safe from any thread.
/// </remarks>
public static class DocumentSource
{
    /// <summary>Longest document, in bytes of UTF-8: 1 MiB. The largest policy that a school would write by hand is some tens of kilobytes.</summary>
    public const int BytesMax = 1024 * 1024;

    /// <summary>Deepest nesting of lists and mappings. A policy needs 4.</summary>
    public const int DepthMax = 16;

    /// <summary>Reads the text.</summary>
    /// <param name="yaml">The document.</param>
    /// <param name="problems">Takes what is wrong: a syntax error ends the reading, a key written twice does not.</param>
    /// <returns>The root, or null when nothing can be made of the text (then there is at least one problem).</returns>
    public static DocumentNode? Read(string yaml, ICollection<PolicyProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(problems);
        if (yaml.Length > BytesMax || Encoding.UTF8.GetByteCount(yaml) > BytesMax)
        {
            problems.Add(new PolicyProblem(1, 1, $"the document is larger than {BytesMax / 1024} KiB; long lists belong in a list folder, not in this file"));
            return null;
        }
        var scanner = new Scanner(new StringReader(yaml), skipComments: true);
        try
        {
            var parser = new Parser(scanner);
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                problems.Add(new PolicyProblem(1, 1, "the document is empty"));
                return null;
            }
            parser.Consume<DocumentStart>();
            var root = ReadNode(parser, depth: 0, problems);
            parser.Consume<DocumentEnd>();
            if (parser.Accept<DocumentStart>(out var second))
            {
                problems.Add(At(second.Start, "a second document begins here; keep one document in a file"));
                return null;
            }
            return root;
        }
        catch (RefusedDocumentException refused)
        {
            problems.Add(refused.Problem);
            return null;
        }
        catch (YamlException wrong)
        {
            problems.Add(At(wrong.Start, $"this is not YAML: {Tidy(wrong)}"));
            return null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or InvalidOperationException)
        {
            // YamlDotNet's own slips on hostile text, found by fuzzing: it turns "\U99999999" into a character without asking whether there is one,
            // and after some broken document marks it finds itself in a state that it thinks impossible.
            problems.Add(At(scanner.CurrentPosition, "this is not YAML: what stands here, or just before, cannot be read"));
            return null;
        }
    }

    private static DocumentNode ReadNode(IParser parser, int depth, ICollection<PolicyProblem> problems)
    {
        var next = parser.Current ?? throw new YamlException("the document ends too early");
        if (depth > DepthMax) throw new RefusedDocumentException(At(next.Start, $"lists and mappings are nested more than {DepthMax} deep"));
        switch (next)
        {
            case AnchorAlias alias:
                throw new RefusedDocumentException(At(alias.Start, $"aliases (*{alias.Value}) are not used here; write the value out"));
            case NodeEvent { Anchor.IsEmpty: false } anchored:
                throw new RefusedDocumentException(At(anchored.Start, $"anchors (&{anchored.Anchor}) are not used here; remove it"));
            case NodeEvent { Tag.IsEmpty: false } tagged:
                throw new RefusedDocumentException(At(tagged.Start, $"tags ({tagged.Tag}) are not used here; remove it"));
            case Scalar scalar:
                parser.MoveNext();
                return Text(scalar);
            case SequenceStart sequence:
                return ReadList(parser, sequence, depth, problems);
            case MappingStart mapping:
                return ReadMap(parser, mapping, depth, problems);
            default:
                throw new YamlException(next.Start, next.End, $"unexpected {next}");
        }
    }

    private static DocumentList ReadList(IParser parser, SequenceStart start, int depth, ICollection<PolicyProblem> problems)
    {
        parser.MoveNext();
        var items = ImmutableArray.CreateBuilder<DocumentNode>();
        while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode(parser, depth + 1, problems));
        return new DocumentList((int)start.Start.Line, (int)start.Start.Column, items.ToImmutable());
    }

    private static DocumentMap ReadMap(IParser parser, MappingStart start, int depth, ICollection<PolicyProblem> problems)
    {
        parser.MoveNext();
        var entries = ImmutableArray.CreateBuilder<DocumentEntry>();
        var seen = new Dictionary<string, DocumentText>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(parser, depth + 1, problems);
            var value = ReadNode(parser, depth + 1, problems);
            if (key is not DocumentText text)
                problems.Add(new PolicyProblem(key.Line, key.Column, $"a key must be a text, not {key.Kind}"));
            else if (!seen.TryAdd(text.Text, text))
                problems.Add(new PolicyProblem(text.Line, text.Column, string.Create(CultureInfo.InvariantCulture,
                    $"'{text.Text}' is written twice; it stands on line {seen[text.Text].Line} already")));
            else
                entries.Add(new DocumentEntry(text, value));
        }
        return new DocumentMap((int)start.Start.Line, (int)start.Start.Column, entries.ToImmutable());
    }

    private static DocumentText Text(Scalar scalar) =>
        new((int)scalar.Start.Line, (int)scalar.Start.Column, scalar.Value, scalar.Style == ScalarStyle.Plain);

    private static PolicyProblem At(in Mark mark, string message) => new(Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column), message);

    /// <summary>YamlDotNet puts the place before some messages; ours stands in the problem already.</summary>
    private static string Tidy(YamlException exception)
    {
        var message = exception.Message;
        var place = message.IndexOf("): ", StringComparison.Ordinal);
        if (message.StartsWith('(') && place > 0) message = message[(place + 3)..];
        return message.TrimEnd('.');
    }

    /// <summary>Ends the reading at something that is YAML, but not for us.</summary>
    private sealed class RefusedDocumentException(PolicyProblem problem) : Exception(problem.Message)
    {
        public PolicyProblem Problem { get; } = problem;
    }
}
