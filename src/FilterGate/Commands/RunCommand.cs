using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using FilterGate.Policy;
using FilterGate.Running;
using FilterGate.Settings;

namespace FilterGate.Commands;

/// <summary><c>run</c>: starts the gateway and runs it until Ctrl-C.</summary>
internal sealed class RunCommand : GatewayCommand
{
    private readonly Option<IPEndPoint[]> _listen = new("--listen")
    {
        HelpName = "ADDRESS:PORT",
        Description = "listen here; the tier comes from the policy's clients",
        CustomParser = result => ParseAll(result, static (string text, out IPEndPoint? value, out string? error) => ListenAddress.TryParse(text, out value, out error)),
    };

    private readonly Option<TierListen[]> _tierListen = new("--tier-listen")
    {
        HelpName = "TIER=ADDRESS:PORT",
        Description = "listen here for one tier; off loopback a port never loosens what the policy says of a client",
        CustomParser = result => ParseAll(result, static (string text, out TierListen? value, out string? error) => ListenAddress.TryParseTier(text, out value, out error)),
    };

    private readonly Option<IPEndPoint[]> _transparentListen = new("--transparent-listen")
    {
        HelpName = "ADDRESS:PORT",
        Description = "listen here for what the box's rules bring (filtergate network), and for nothing else",
        CustomParser = result => ParseAll(result, static (string text, out IPEndPoint? value, out string? error) => ListenAddress.TryParse(text, out value, out error)),
    };

    private readonly Option<bool> _tproxy = new("--tproxy") { Description = "those rules hand over packets as they are (network: { mode: tproxy }); needs CAP_NET_RAW" };

    private readonly Option<IPEndPoint?> _reviewListen = new("--review-listen")
    {
        HelpName = "ADDRESS:PORT",
        Description = "the review site; on loopback HTTP, and the log is open; elsewhere HTTPS with sign-in for everything",
        CustomParser = ParseOne,
    };

    private readonly Option<IPEndPoint?> _lookupListen = new("--lookup-listen") { HelpName = "ADDRESS:PORT", Description = "the look-up service for other systems; never on a pupils' network", CustomParser = ParseOne };
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "lists in UT1/squidGuard layout, instead of the starter lists" };
    private readonly Option<RunOnly> _only = new("--only") { HelpName = "proxy|review", Description = "run one half of the gateway" };
    private readonly Option<IPNetwork[]> _allowPrivate = new("--allow-private")
    {
        HelpName = "CIDR",
        Description = "for trials: let clients reach this private network",
        CustomParser = result => ParseAll(result, static (string text, out IPNetwork value, out string? error) =>
        {
            error = IPNetwork.TryParse(text, out value) ? null : $"'{text}' is not a network; write it as 10.20.0.0/16";
            return error is null;
        }),
    };

    private readonly Option<FileInfo[]> _trustCa = new("--trust-ca") { HelpName = "FILE", Description = "for trials: trust these authorities (PEM) for origins too" };
    private readonly Option<TlsMode?> _tls = new("--tls") { HelpName = "tunnel|intercept", Description = "for trials: one TLS mode for every tier" };

    private readonly Option<bool> _shadow = new("--shadow") { Description = "for a pilot behind the present filter: decide and record, and block illegal content alone; needs --until" };
    private readonly Option<string?> _until = new("--until") { HelpName = "TIME", Description = "when shadow mode ends by itself: 2026-12-11T16:00; at most 14 days after it began" };
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "why shadow mode, for the audit" };

    /// <summary>Makes the command.</summary>
    public RunCommand(CommandHost host) : base(host, "run", "Start the gateway.",
        new CommandExample("filtergate run", "on this computer: pupil 127.0.0.1:8080, staff 8081, guest 8082, review site 8090"),
        new CommandExample("filtergate run --listen 10.20.0.1:8080 --review-listen 127.0.0.1:8090", "for a network; the tier comes from the policy's clients"),
        new CommandExample("filtergate run --transparent-listen [::]:8129", "for devices that know of no proxy; see: filtergate network show"),
        new CommandExample("filtergate run --tier-listen pupil=127.0.0.1:0 --data /tmp/trial", "one tier on a free port, with data of its own"),
        new CommandExample("filtergate run --shadow --until 2026-12-11T16:00 --reason \"pilot\"", "behind the present filter: filtergate shadow then says what would have been blocked"),
        new CommandExample("filtergate run --only review", "the review site alone, beside a gateway that runs with --only proxy"))
    {
        foreach (var option in (Option[])[_listen, _tierListen, _transparentListen, _tproxy, _reviewListen, _lookupListen, _lists, _only, _allowPrivate, _trustCa, _tls, _shadow, _until, _reason]) Options.Add(option);
        Validators.Add(result =>
        {
            var isShadow = result.GetValue(_shadow);
            if (isShadow && result.GetValue(_until) is null) result.AddError("--shadow needs its end: --until TIME, at most 14 days from now, such as --until 2026-12-11T16:00");
            if (!isShadow && result.GetResult(_until) is { Implicit: false }) result.AddError("--until goes with --shadow");
            if (!isShadow && result.GetResult(_reason) is { Implicit: false }) result.AddError("--reason goes with --shadow");
            if (isShadow && result.GetValue(_only) == RunOnly.Review) result.AddError("--shadow goes with the proxy, not with --only review");
        });
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        RequireIcu();
        var options = OptionsOf(context);
        Warn(context, options);
        await using var running = await RunningGateway.StartAsync(context, options, cancellationToken);
        if (running.Shadow is { } shadow)
            context.Error.WriteLine(context.Paint.Bad($"filtergate: warning: shadow mode until {Local(context, shadow.Until)}: nothing is blocked but illegal content, emergency blocks, withdrawn access and what protects the box. Filtering is the present filter's alone; this is for trials."));
        else if (options.Shadow is not null)
            context.Error.WriteLine("filtergate: warning: shadow mode is over, as was said when it began, and everything is enforced. Take --shadow and --until off the command line.");
        foreach (var warning in running.Inputs.Warnings) context.Error.WriteLine($"filtergate: warning: {warning}");
        Welcome.Print(context, running);
        using var manager = new ServiceManager(Environment.GetEnvironmentVariable, Environment.ProcessId, () => running.IsAlive, context.Clock);
        manager.Ready($"listening on {string.Join(", ", Welcome.Addresses(running))}; policy {running.Inputs.Policy.Version}");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine("filtergate: stopping: what runs may finish, for at most 3 seconds");
        }

        manager.Stopping();
        await running.StopAsync();
        return ExitCode.Done;
    }

    private RunOptions OptionsOf(CommandContext context)
    {
        var (endPoints, review) = RunOptions.WhereToListen(context.Value(_listen) ?? [], context.Value(_tierListen) ?? [], context.Value(_transparentListen) ?? [], context.Value(_tproxy) ? InterceptionMode.Tproxy : context.Settings.Network.Mode, context.Value(_reviewListen), context.Settings);
        var only = context.Value(_only);
        if (only == RunOnly.Review && context.Value(_lookupListen) is not null) throw new UserErrorException("--lookup-listen goes with the proxy, not with --only review");
        if (only == RunOnly.Review && review is null) throw new UserErrorException("--only review needs --review-listen ADDRESS:PORT");
        return new RunOptions
        {
            EndPoints = endPoints,
            Review = review,
            Lookup = only == RunOnly.Review ? null : context.Value(_lookupListen) ?? context.Settings.LookupListen,
            Only = only,
            ListsFolder = context.Value(_lists)?.FullName,
            AllowPrivate = [.. context.Value(_allowPrivate) ?? []],
            TrustCa = [.. context.Settings.UpstreamTrustCa, .. (context.Value(_trustCa) ?? []).Select(f => f.FullName)],
            Tls = context.Value(_tls),
            Shadow = context.Value(_shadow) ? new ShadowRequest(TimeArgument.Read(context.Value(_until)!, "--until", context.Clock), context.Value(_reason)) : null,
        };
    }

    /// <summary>Each option for trials is named at start: nobody runs a school on one without knowing.</summary>
    private void Warn(CommandContext context, RunOptions options)
    {
        if (options.AllowPrivate.Length > 0) Say($"--allow-private lets clients reach {string.Join(", ", options.AllowPrivate)}");
        if (context.Value(_trustCa) is { Length: > 0 }) Say("--trust-ca trusts more authorities for origins than the system does");
        if (options.Review is { } review && ReviewListener.NeedsSignIn(review) && context.Settings.ReviewNames.IsEmpty)
            context.Error.WriteLine("filtergate: warning: the review site has no name, and passkeys need one: write review_names: [review.school.example] into the settings. Passwords with codes work without.");
        if (options.Tls is { } mode) Say($"--tls {mode.ToString().ToLowerInvariant()} replaces what the policy says of every tier");

        void Say(string what) => context.Error.WriteLine($"filtergate: warning: {what}; this is for trials.");
    }

    private static string Local(CommandContext context, DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Without ICU, international names and full-width letters map wrongly: a way round the filter.</summary>
    private static void RequireIcu()
    {
        string mapped;
        try
        {
            mapped = new IdnMapping().GetAscii("www.\u00dcmlat.com");
        }
        catch (ArgumentException)
        {
            mapped = "";
        }

        if (mapped != "www.xn--mlat-zra.com")
            throw new UserErrorException("this system has no ICU (or DOTNET_SYSTEM_GLOBALIZATION_INVARIANT is set), so international names could not be filtered. Install libicu (Debian: apt install libicu72) and unset that variable.");
    }

    private static IPEndPoint? ParseOne(ArgumentResult result)
    {
        if (ListenAddress.TryParse(result.Tokens[0].Value, out var endPoint, out var error)) return endPoint;
        result.AddError(error);
        return null;
    }

    private delegate bool TryParse<T>(string text, out T? value, out string? error);

    private static T[] ParseAll<T>(ArgumentResult result, TryParse<T> tryParse)
    {
        var values = new List<T>();
        foreach (var token in result.Tokens)
        {
            if (tryParse(token.Value, out var value, out var error)) values.Add(value!);
            else result.AddError(error!);
        }

        return [.. values];
    }
}
