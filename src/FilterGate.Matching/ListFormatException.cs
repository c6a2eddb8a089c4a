namespace FilterGate.Matching;

/// <summary>A file that is no compiled list, or a broken one. The one in force stays.</summary>
public sealed class ListFormatException(string message) : Exception(message);
