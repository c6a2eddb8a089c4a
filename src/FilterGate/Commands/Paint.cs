namespace FilterGate.Commands;

/// <summary>Colours words for a terminal; gives them back as they are where colour is off.</summary>
internal readonly struct Paint(bool isOn)
{
    /// <summary>True when it colours.</summary>
    public bool IsOn { get; } = isOn;

    /// <summary>Something is well: allowed, done.</summary>
    public string Good(string text) => Wrap(text, "32");

    /// <summary>Something is refused.</summary>
    public string Bad(string text) => Wrap(text, "31");

    /// <summary>Something wants care.</summary>
    public string Careful(string text) => Wrap(text, "33");

    /// <summary>A heading.</summary>
    public string Strong(string text) => Wrap(text, "1");

    /// <summary>Less important.</summary>
    public string Faint(string text) => Wrap(text, "2");

    private string Wrap(string text, string code) => IsOn ? $"\u001b[{code}m{text}\u001b[0m" : text;
}
