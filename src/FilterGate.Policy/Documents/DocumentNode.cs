using System.Collections.Immutable;

namespace FilterGate.Policy.Documents;

/// <summary>A piece of a YAML document, with its place. Immutable.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public abstract record DocumentNode(int Line, int Column)
{
    /// <summary>What it is, for messages: <c>a text</c>, <c>a list</c> or <c>a mapping</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>True for nothing: an empty plain scalar, <c>~</c> or <c>null</c>.</summary>
    public virtual bool IsNull => false;
}

/// <summary>A scalar.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Text">Its text, unquoted. Numbers and booleans are text too: who reads a key knows what it wants.</param>
/// <param name="IsPlain">True when it was written without quotes.</param>
public sealed record DocumentText(int Line, int Column, string Text, bool IsPlain) : DocumentNode(Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => IsNull ? "nothing" : "a text";

    /// <inheritdoc/>
    public override bool IsNull => IsPlain && (Text is "" or "~" or "null");
}

/// <summary>A sequence.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Items">Its items, in order.</param>
public sealed record DocumentList(int Line, int Column, ImmutableArray<DocumentNode> Items) : DocumentNode(Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}

/// <summary>A mapping; each key stands in it once.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Entries">Its entries, in order.</param>
public sealed record DocumentMap(int Line, int Column, ImmutableArray<DocumentEntry> Entries) : DocumentNode(Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => "a mapping";
}

/// <summary>One entry of a mapping.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">Its value.</param>
public sealed record DocumentEntry(DocumentText Key, DocumentNode Value);
