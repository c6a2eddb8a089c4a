using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Lists;

/// <summary>Reads <c>taxonomy.tsv</c>: a line of headings, then slug, name, defaults for pupil, staff and guest, alert theme and UT1 folders, apart by tabs.</summary>
internal static class TaxonomyFile
{
    private const string Headings = "slug\tname\tpupil\tstaff\tguest\ttheme\tut1";

    /// <exception cref="ListLoadException">The file is not in this form; names the line.</exception>
    public static Taxonomy Parse(string text)
    {
        var lines = text.Split('\n').Select(l => l.TrimEnd('\r')).ToArray();
        if (lines[0] != Headings) throw new ListLoadException($"taxonomy.tsv, line 1: the headings must be {Headings.Replace('\t', ' ')}, apart by tabs.");
        var categories = new List<Category>();
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            var cells = lines[i].Split('\t');
            if (cells.Length != 7) throw new ListLoadException($"taxonomy.tsv, line {i + 1}: {cells.Length} cells, not 7.");
            categories.Add(new(
                categories.Count, cells[0], cells[1], DefaultOf(cells[2], i), DefaultOf(cells[3], i), DefaultOf(cells[4], i), cells[5].Length == 0 ? null : cells[5],
                cells[6].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToImmutableArray()));
        }
        return new(categories);
    }

    private static CategoryDefault DefaultOf(string cell, int line) => cell switch
    {
        "allow" => CategoryDefault.Allow,
        "warn" => CategoryDefault.Warn,
        "block" => CategoryDefault.Block,
        "locked" => CategoryDefault.Locked,
        _ => throw new ListLoadException($"taxonomy.tsv, line {line + 1}: {cell} is none of allow, warn, block, locked."),
    };
}
