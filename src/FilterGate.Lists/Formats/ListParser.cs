using System.Text;

namespace FilterGate.Lists.Formats;

/// <summary>Reads a list of any format, line by line.</summary>
/// <remarks>
/// <para>Strict about what it accepts, tolerant about loading the rest: a line that cannot be used is one <see cref="IEntrySink.Reject"/>, one that is left out on purpose one
/// <see cref="IEntrySink.LeaveOut"/>, and the rest is read. No bytes make it throw; only reading the stream can.</para>
/// <para>A plain host costs about 40 ns and nothing on the heap. Not safe from several threads; two parses share nothing.</para>
/// </remarks>
internal static class ListParser
{
    /// <summary>Most regular expressions of one list. Each is tried, in company, on every request; UT1 has five in all.</summary>
    public const int PatternsMax = 2000;

    /// <summary>Reads a list to its end.</summary>
    /// <param name="format">How it is written.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="sink">Takes what is found, in the order of the file.</param>
    /// <param name="includes">Opens the files that an e2guardian list includes; without it such a line is rejected. Other formats include nothing.</param>
    public static ParsedList Parse(ListFormat format, LineReader lines, IEntrySink sink, IIncludes? includes = null)
    {
        var isE2Guardian = format is ListFormat.E2GuardianSites or ListFormat.E2GuardianUrls or ListFormat.E2GuardianPatterns;
        var trail = isE2Guardian ? new IncludeTrail(sink) : null;
        var patterns = new PatternLines(trail ?? sink);
        ILineParser parser = format switch
        {
            ListFormat.SquidGuardExpressions or ListFormat.E2GuardianPatterns => patterns,
            ListFormat.Hosts => new HostsLines(sink),
            ListFormat.Dnsmasq => new DnsmasqLines(sink),
            ListFormat.AdBlock => new AdBlockLines(sink),
            ListFormat.Rpz => new RpzLines(sink),
            _ => new PlainLines(trail ?? sink, patterns),
        };
        var e2guardian = trail is null ? null : new E2GuardianLines(parser, trail, includes, lines.Digest);
        parser = e2guardian ?? parser;
        var foreign = Read(lines, parser, sink);
        if (foreign is null) parser.Finish();
        return new(e2guardian?.Category, foreign);
    }

    /// <summary>Gives every line to a parser, unless the file turns out to be no list.</summary>
    /// <returns>What the file is instead of a list, or null.</returns>
    internal static string? Read(LineReader lines, ILineParser parser, IEntrySink sink)
    {
        var isFirst = true;
        while (lines.MoveNext())
        {
            if (lines.IsTooLong)
            {
                sink.Reject(lines.Number, "", $"longer than {LineReader.LineLengthMax} bytes");
                isFirst = false;
                continue;
            }
            var line = LineText.Trim(lines.Raw);
            if (line.IsEmpty) continue;
            if (isFirst && WhatInstead(line) is { } foreign)
            {
                sink.Reject(lines.Number, LineText.Show(line), foreign);
                return foreign;
            }
            isFirst = false;
            parser.Read(line, lines.Number, startsWithBlank: LineText.IsBlank(lines.Raw[0]));
        }
        return null;
    }

    /// <summary>What a file that begins so is, if it is no list at all. A sign-in page of a hotel's network, or an error page sent with status 200, must not count as a million bad lines.</summary>
    internal static string? WhatInstead(ReadOnlySpan<byte> firstLine)
    {
        Span<byte> head = stackalloc byte[16];
        var length = Ascii.ToLower(firstLine[..Math.Min(head.Length, firstLine.Length)], head, out var written) == System.Buffers.OperationStatus.Done ? written : 0;
        head = head[..length];
        if (head.StartsWith("<!"u8) || head.StartsWith("<html"u8) || head.StartsWith("<head"u8) || head.StartsWith("<body"u8) || head.StartsWith("<?xml"u8) || head.StartsWith("<script"u8) || head.StartsWith("<meta"u8))
            return "looks like a web page, not a list: open its address in a browser to see what it says";
        if (head.StartsWith("{\""u8) || (head.Length > 0 && firstLine.SequenceEqual("{"u8)))
            return "looks like JSON, not a list";
        if (firstLine.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || firstLine.StartsWith("PK\u0003\u0004"u8) || firstLine.StartsWith("BZh"u8) || firstLine.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
            return "is packed: unpack it first";
        return null;
    }
}

/// <summary>What a list says of itself.</summary>
/// <param name="Category">The category that an e2guardian list names for itself (<c>#listcategory: "x"</c>), or null.</param>
/// <param name="InsteadOfList">What the file is instead of a list, in plain words, or null: nothing of it was read.</param>
internal readonly record struct ParsedList(string? Category, string? InsteadOfList);

/// <summary>Reads the lines of one format.</summary>
internal interface ILineParser
{
    /// <summary>Reads one line.</summary>
    /// <param name="line">Not empty, without blanks around it. Good for this call.</param>
    /// <param name="number">From 1.</param>
    /// <param name="startsWithBlank">Blanks stood in front, which has a meaning in a zone file.</param>
    void Read(ReadOnlySpan<byte> line, int number, bool startsWithBlank);

    /// <summary>The list is at its end.</summary>
    void Finish();
}
