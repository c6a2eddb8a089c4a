using System.CommandLine;

namespace FilterGate.Commands;

/// <summary>The options that every command takes, before or after its name.</summary>
internal sealed class CommonOptions
{
    /// <summary>The gateway's settings.</summary>
    public Option<FileInfo?> Config { get; } = new("--config")
    {
        HelpName = "FILE",
        Description = "the gateway's settings (YAML); default /etc/filtergate/filtergate.yaml where it exists",
        Recursive = true,
    };

    /// <summary>The data folder.</summary>
    public Option<DirectoryInfo?> Data { get; } = new("--data")
    {
        HelpName = "DIR",
        Description = "the folder of state, events, certificates and lists; default $XDG_DATA_HOME/filtergate, /var/lib/filtergate when installed",
        Recursive = true,
    };

    /// <summary>Machine-readable results.</summary>
    public Option<bool> Json { get; } = new("--json")
    {
        Description = "print results as JSON, one object a line",
        Recursive = true,
    };

    /// <summary>Adds them to the root.</summary>
    public void AddTo(Command root)
    {
        root.Options.Add(Config);
        root.Options.Add(Data);
        root.Options.Add(Json);
    }
}
