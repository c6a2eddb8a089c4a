using System.CommandLine;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FilterGate.Network;
using FilterGate.Settings;

namespace FilterGate.Commands;

/// <summary>One run of a command: its arguments, its settings, where to write, who calls and what time it is.</summary>
/// <remarks>Settings are read when they are first asked for, so that a command which needs none (completion) works beside a broken file.</remarks>
internal sealed class CommandContext
{
    /// <summary>One object a line, snake_case, no key ever left out. Relaxed escaping: the output goes to terminals and <c>jq</c>, never into HTML.</summary>
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private readonly CommandHost _host;
    private readonly Lazy<GatewaySettings> _settings;

    /// <summary>Makes the context of one run.</summary>
    public CommandContext(CommandHost host, ParseResult parse)
    {
        _host = host;
        Parse = parse;
        Output = parse.InvocationConfiguration.Output;
        Error = parse.InvocationConfiguration.Error;
        Paint = new Paint(host.OutputIsTerminal() && string.IsNullOrEmpty(host.Variable("NO_COLOR")) && host.Variable("TERM") is not "dumb");
        _settings = new Lazy<GatewaySettings>(ReadSettings);
    }

    /// <summary>The arguments.</summary>
    public ParseResult Parse { get; }

    /// <summary>Standard output: results.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard error: messages.</summary>
    public TextWriter Error { get; }

    /// <summary>True when a person can be asked.</summary>
    public bool IsInteractive => _host.IsInteractive();

    /// <summary>Standard input: answers to questions.</summary>
    public TextReader Input => _host.Input;

    /// <summary>Reads a line at the terminal that does not show it.</summary>
    public string ReadSecret() => _host.ReadSecret();

    /// <summary>Opens standard input as bytes.</summary>
    public Stream OpenInput() => _host.OpenInput();

    /// <summary>Where time comes from.</summary>
    public TimeProvider Clock => _host.Clock;

    /// <summary>Makes what carries requests for lists; null for the platform's own.</summary>
    public HttpMessageHandler? ListTransport() => _host.ListTransport();

    /// <summary>How a name becomes addresses.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> LookUp => _host.LookUp;

    /// <summary>The box's own network.</summary>
    public NetworkBox Box => _host.Box;

    /// <summary>True with <c>--json</c>.</summary>
    public bool Json => Parse.GetValue(_host.Common.Json);

    /// <summary>Colour for people; paints nothing unless standard output is a terminal and <c>NO_COLOR</c> is not set.</summary>
    public Paint Paint { get; }

    /// <summary>The gateway's settings: the file of <c>--config</c>, else the installed one, else the defaults.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or has a mistake: every one with line and column.</exception>
    public GatewaySettings Settings => _settings.Value;

    /// <summary>The data folder, absolute; it need not exist. <c>--data</c> beats <c>data</c> of the settings, which beats the default.</summary>
    public string DataFolder => UsedDataFolder ??= FindDataFolder();

    /// <summary>The data folder where this run has asked for it, or null.</summary>
    public string? UsedDataFolder { get; private set; }

    /// <summary>Who changes something: the caller's Unix account; under <c>sudo</c> the account behind it. Mapped to a person by the access list.</summary>
    public string Actor
    {
        get
        {
            // Anybody can set SUDO_UID; only root's word for it counts.
            if (_host.IsRoot() && _host.Variable("SUDO_UID") is { Length: > 0 } uid)
                return _host.Variable("SUDO_USER") is { Length: > 0 } name ? name : $"uid {uid}";
            return _host.Account();
        }
    }

    /// <summary>The value of an option.</summary>
    public T? Value<T>(Option<T> option) => Parse.GetValue(option);

    /// <summary>True when an option was written on the command line, rather than left to its default.</summary>
    public bool IsGiven(Option option) => Parse.GetResult(option) is { Implicit: false };

    /// <summary>The value of an argument.</summary>
    public T? Value<T>(Argument<T> argument) => Parse.GetValue(argument);

    /// <summary>Writes a result as one line of JSON.</summary>
    public void WriteJson<T>(T result) => Output.WriteLine(JsonSerializer.Serialize(result, JsonForm));

    private GatewaySettings ReadSettings()
    {
        if (Parse.GetValue(_host.Common.Config) is { } given) return GatewaySettings.Read(given.FullName);
        return File.Exists(_host.InstalledSettingsPath) ? GatewaySettings.Read(_host.InstalledSettingsPath) : new GatewaySettings();
    }

    private string FindDataFolder()
    {
        if (Parse.GetValue(_host.Common.Data) is { } given) return given.FullName;
        if (Settings.Data is { } set) return set;
        if (File.Exists(_host.InstalledSettingsPath)) return _host.InstalledDataFolder;
        var home = _host.Variable("XDG_DATA_HOME");
        // The base directory specification: a relative path in XDG_DATA_HOME is to be ignored.
        if (!Path.IsPathFullyQualified(home ?? ""))
            home = Path.Combine(_host.Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
        return Path.Combine(home!, "filtergate");
    }
}
