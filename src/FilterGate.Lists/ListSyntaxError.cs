namespace FilterGate.Lists;

/// <summary>A line that could not be used; the rest of its list loads.</summary>
/// <param name="List">The list, such as <c>adult/domains</c>.</param>
/// <param name="Line">From 1.</param>
/// <param name="Text">The line, cut after <see cref="TextLengthMax"/> characters; empty for a line of a locked list, which nobody may read.</param>
/// <param name="Why">In plain words.</param>
public sealed record ListSyntaxError(string List, int Line, string Text, string Why)
{
    /// <summary>Longest <see cref="Text"/> kept.</summary>
    public const int TextLengthMax = 200;

    /// <summary>For people: list, line, reason and text.</summary>
    public override string ToString() => Text.Length == 0 ? $"{List}, line {Line}: {Why}" : $"{List}, line {Line}: {Why}: {Text}";
}

/// <summary>What was loaded from one list.</summary>
/// <param name="List">Its name.</param>
/// <param name="Category">Slug of its category.</param>
/// <param name="EntryCount">Entries in force.</param>
/// <param name="MalformedCount">Lines that could not be used.</param>
public sealed record LoadedList(string List, string Category, int EntryCount, int MalformedCount);

/// <summary>What came of loading: for <c>lists status</c> and the log.</summary>
/// <param name="Lists">Every list that was read, in order of name.</param>
/// <param name="SyntaxErrors">Malformed lines, at most <see cref="ListLoader.SyntaxErrorsMax"/> of them; <see cref="LoadedList.MalformedCount"/> counts all.</param>
/// <param name="Notes">What was left out on purpose: nothing to do about it.</param>
public sealed record ListLoadReport(IReadOnlyList<LoadedList> Lists, IReadOnlyList<ListSyntaxError> SyntaxErrors, IReadOnlyList<string> Notes);
