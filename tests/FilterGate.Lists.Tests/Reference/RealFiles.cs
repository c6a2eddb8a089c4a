using System.IO.Compression;
using FilterGate.Lists.Formats;
using FilterGate.Matching;
using FilterGate.Testing;

namespace FilterGate.Lists.Tests.Reference;

/// <summary>Every real list there is, as files to be compiled: 1.8 million domains of six publishers.</summary>
internal static class RealFiles
{
    private static readonly (string Folder, ListFormat Usual)[] Folders =
    [
        ("ut1", ListFormat.Plain), ("blocklistproject/adblock", ListFormat.AdBlock), ("blocklistproject/domains", ListFormat.Plain), ("blocklistproject/hosts", ListFormat.Hosts), ("shadowwhisperer", ListFormat.Plain),
        ("stevenblack", ListFormat.Hosts), ("techrzn", ListFormat.AdBlock), ("doh", ListFormat.Plain),
    ];

    private static readonly string[] NoLists = ["README", "SYMLINKS.txt", "usage", "global_usage", "LICENSE", "license.txt", "very_restrictive_expression"];

    /// <summary>Unpacks what is packed; gives the lists categories of the taxonomy in turn, so that most sites are in several.</summary>
    public static IReadOnlyList<ListFile> Unpack(string to, Taxonomy taxonomy)
    {
        var slugs = taxonomy.Categories.Where(c => c.Pupil != CategoryDefault.Locked).Select(c => c.Slug).ToArray();
        var files = new List<ListFile>();
        foreach (var (folder, usual) in Folders)
        {
            var root = SharedData.PathOrIgnore(folder);
            foreach (var path in Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var name = Path.GetFileName(path);
                if (NoLists.Contains(name) || path.EndsWith(".pdf", StringComparison.Ordinal)) continue;
                var format = name switch { "expressions" => ListFormat.SquidGuardExpressions, "Top_Level.txt" => ListFormat.AdBlock, "techrzn_ips.txt.gz" => ListFormat.Plain, _ => usual };
                files.Add(new($"{folder}/{Path.GetRelativePath(root, path)}", slugs[files.Count % slugs.Length], format, path.EndsWith(".gz", StringComparison.Ordinal) ? Unpack(path, Path.Combine(to, $"{files.Count}.txt")) : path, "real"));
            }
        }
        return files;
    }

    private static string Unpack(string path, string to)
    {
        using var from = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var file = File.Create(to);
        from.CopyTo(file);
        return to;
    }
}
