using FilterGate.Lists.Formats;

namespace FilterGate.Lists;

/// <summary>One file of entries in one category, ready to be compiled.</summary>
/// <param name="List">The list's name in explanations and events: <c>adult/domains</c>.</param>
/// <param name="Category">Slug of its category, or the name of a UT1 folder.</param>
/// <param name="Format">How it is written.</param>
/// <param name="Path">The file, absolute. Text, unpacked.</param>
/// <param name="Version">Which state of the source: a date or a short digest.</param>
public sealed record ListFile(string List, string Category, ListFormat Format, string Path, string Version);
