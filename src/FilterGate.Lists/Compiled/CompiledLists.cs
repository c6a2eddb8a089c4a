using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using FilterGate.Matching;

namespace FilterGate.Lists.Compiled;

/// <summary>One list within a compiled file: what was read and what became of it.</summary>
/// <param name="List">Its name.</param>
/// <param name="Category">Slug of its category.</param>
/// <param name="Version">Which state of its source.</param>
/// <param name="Digest">SHA-256 of the file, hex.</param>
/// <param name="EntryCount">Entries in force.</param>
/// <param name="MalformedCount">Lines that could not be used, refused ones included.</param>
/// <param name="RefusedCount">Of these, entries that would have blocked everything, a public suffix or a help site.</param>
/// <param name="LeftOut">Well-formed lines left out on purpose, by reason.</param>
public sealed record CompiledSource(string List, string Category, string Version, string Digest, int EntryCount, int MalformedCount, int RefusedCount, IReadOnlyDictionary<string, int> LeftOut);

/// <summary>What came of a compile, kept beside the compiled file as JSON.</summary>
public sealed record CompiledReport
{
    /// <summary>A short digest of exactly these lists.</summary>
    public required string Version { get; init; }

    /// <summary>What the compiled file was made of, where that can be told without reading it again: a stamp of names, sizes and times.</summary>
    public string Stamp { get; init; } = "";

    /// <summary>Which build of FilterGate compiled it: another may have other starter lists, other categories, or read some line otherwise.</summary>
    public string Program { get; init; } = CompiledLists.Form;

    /// <summary>Categories that the lists added to the taxonomy, in order.</summary>
    public required IReadOnlyList<string> OwnCategories { get; init; }

    /// <summary>Every list, in order of name.</summary>
    public required IReadOnlyList<CompiledSource> Sources { get; init; }

    /// <summary>Lines that could not be used, the first few of them.</summary>
    public required IReadOnlyList<ListSyntaxError> Errors { get; init; }

    /// <summary>What a technician should know.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>What was left out on purpose.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The same, once a delta has counted some of its lists anew.</summary>
    internal CompiledReport With(CompiledReport delta)
    {
        var later = delta.Sources.ToDictionary(s => s.List, StringComparer.Ordinal);
        var outdated = Sources.Where(s => later.ContainsKey(s.List)).Select(s => WhatIsWrong(s, Errors)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return this with
        {
            Sources = [.. Sources.Select(s => later.GetValueOrDefault(s.List) ?? s)],
            Errors = [.. Errors.Where(e => !later.ContainsKey(e.List)), .. delta.Errors],
            Warnings = [.. Warnings.Where(w => !outdated.Contains(w)), .. delta.Warnings],
            Notes = [.. Notes.Where(n => !Sources.Where(s => later.ContainsKey(s.List)).SelectMany(LeftOutOf).Contains(n, StringComparer.Ordinal)), .. delta.Notes],
        };
    }

    /// <summary>Says of a list what is left out of it on purpose.</summary>
    internal static IEnumerable<string> LeftOutOf(CompiledSource source) => source.LeftOut.Select(l => $"{source.List}: {l.Value:n0} lines are left out: {l.Key}.");

    /// <summary>Says of a list how many of its lines cannot be used; null when all can.</summary>
    internal static string? WhatIsWrong(CompiledSource source, IReadOnlyList<ListSyntaxError> errors)
    {
        if (source.MalformedCount == 0) return null;
        var first = errors.FirstOrDefault(e => e.List == source.List);
        return $"{source.List}: {source.MalformedCount:n0} of {source.MalformedCount + source.EntryCount:n0} lines cannot be used; the rest is in force.{(first is null ? "" : $" The first is line {first.Line}: {first.Why}.")}";
    }
}

/// <summary>Compiled lists on their way to a file.</summary>
internal sealed record CompiledLists(byte[] List, byte[] Provenance, CompiledReport Report)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };

    /// <summary>Which program reads lists like this one: another build may read some line otherwise, so what an older one compiled is compiled again.</summary>
    public static string Form { get; } = typeof(CompiledLists).Module.ModuleVersionId.ToString("N");

    /// <summary>A matcher over these bytes.</summary>
    public ListMatcher Open(Taxonomy taxonomy) => ListMatcher.Open(List, Provenance, taxonomy, isTrusted: true);

    /// <summary>Writes <c>NAME.fgl</c>, <c>NAME.fgp</c> and <c>NAME.json</c>, each whole and on disk before its name appears. The list comes last: where it is, all is.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public void Write(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        WriteWhole(Path.Combine(folder, name + ".json"), JsonSerializer.SerializeToUtf8Bytes(Report, Json));
        WriteWhole(Path.Combine(folder, name + ".fgp"), Provenance);
        WriteWhole(Path.Combine(folder, name + ".fgl"), List);
    }

    /// <summary>Opens what <see cref="Write"/> wrote: maps the list, checks every byte and every reference of it, and only then gives it away.</summary>
    /// <exception cref="ListFormatException">A file is broken: which and how.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static (ListMatcher Matcher, Taxonomy Taxonomy, CompiledReport Report) Read(string folder, string name, Taxonomy taxonomy)
    {
        var report = ReadReport(folder, name);
        foreach (var own in report.OwnCategories)
            if (taxonomy.Find(own) is null) taxonomy = taxonomy.WithOwnCategory(own, out _);
        try
        {
            var list = MappedFile.Open(Path.Combine(folder, name + ".fgl"), isResident: true);
            // Asked for explanations alone: the system brings in what is asked for.
            var provenance = MappedFile.Open(Path.Combine(folder, name + ".fgp"), isResident: false);
            return (ListMatcher.Open(list, provenance, taxonomy), taxonomy, report);
        }
        catch (ListFormatException e)
        {
            throw new ListFormatException($"{Path.Combine(folder, name + ".fgl")}: {e.Message}.");
        }
    }

    /// <summary>Reads the report alone.</summary>
    public static CompiledReport ReadReport(string folder, string name)
    {
        var path = Path.Combine(folder, name + ".json");
        try
        {
            return JsonSerializer.Deserialize<CompiledReport>(File.ReadAllBytes(path), Json) ?? throw new ListFormatException($"{path}: it is empty.");
        }
        catch (JsonException e)
        {
            throw new ListFormatException($"{path}: {e.Message}");
        }
    }

    /// <summary>Writes a file under another name, brings it to disk and gives it its name: nobody ever reads half of it, nor after a power cut.</summary>
    public static void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        var part = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}.part";
        try
        {
            using (var stream = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
