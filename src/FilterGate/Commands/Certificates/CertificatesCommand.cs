using System.CommandLine;
using FilterGate.Proxy.Certificates;
using FilterGate.State;

namespace FilterGate.Commands.Certificates;

/// <summary><c>certificates</c>: the authorities that devices trust.</summary>
internal static class CertificatesCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("certificates", "The certificate authority that devices trust.",
            new CommandExample("filtergate certificates export --out filtergate-ca.crt", "for device management"),
            new CommandExample("filtergate certificates profile --out filtergate.mobileconfig", "for iPads and Macs"),
            new CommandExample("filtergate certificates status", "which authority signs, and until when"))
        {
            new CertificatesStatusCommand(host), new CertificatesExportCommand(host), new CertificatesProfileCommand(host), new CertificatesRotateCommand(host),
        };

    /// <summary>Opens the authorities of the data folder.</summary>
    /// <exception cref="UserErrorException">There are none yet, or they cannot be used.</exception>
    internal static CertificateAuthorities Open(CommandContext context)
    {
        var folder = Path.Combine(context.DataFolder, "ca");
        if (!File.Exists(Path.Combine(folder, "ca.crt")) && !File.Exists(Path.Combine(folder, "authorities.json")))
            throw new UserErrorException($"there is no certificate authority in {folder} yet. `filtergate run` makes one at its first start; or name another data folder with --data DIR.");
        try
        {
            return CertificateAuthorities.Open(folder, context.Clock);
        }
        catch (CertificateAuthorityException problem)
        {
            throw new UserErrorException(problem.Message, inner: problem);
        }
    }

    /// <summary>Writes a file.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    internal static async Task WriteAsync(FileInfo file, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(file.FullName, bytes, cancellationToken);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{file.FullName} cannot be written: {problem.Message}", inner: problem);
        }
    }

    /// <summary>An instant in the school's own time.</summary>
    internal static string Say(CommandContext context, DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, context.Clock.LocalTimeZone).ToString("ddd d MMM yyyy HH:mm", System.Globalization.CultureInfo.GetCultureInfo("en-GB"));
}

/// <summary><c>certificates status</c>.</summary>
internal sealed class CertificatesStatusCommand(CommandHost host) : GatewayCommand(host, "status", "Show which authority signs now, which follows it and when, and which is left over.",
    new CommandExample("filtergate certificates status", "for a person"),
    new CommandExample("filtergate certificates status --json", "one object for each authority"))
{
    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var authorities = CertificatesCommand.Open(context);
        var set = authorities.Current;
        Write(context, "signs", set.Minting, set.Next is null ? null : $"signs until {CertificatesCommand.Say(context, set.ChangeOver!.Value)}", from: set.Next is null ? set.ChangeOver : null, until: set.Next is null ? null : set.ChangeOver);
        if (set.Next is { } next) Write(context, "next", next, $"signs from {CertificatesCommand.Say(context, set.ChangeOver!.Value)}; give it to every device before then", from: set.ChangeOver, until: null);
        if (set.Previous is { } previous) Write(context, "previous", previous, "signs no more; take it off the devices, then: filtergate certificates rotate --drop-old", from: null, until: set.Next is null ? set.ChangeOver : null);
        return Task.FromResult(ExitCode.Done);
    }

    private static void Write(CommandContext context, string part, CertificateAuthority authority, string? says, DateTimeOffset? from, DateTimeOffset? until)
    {
        var (begins, ends) = authority.Validity;
        if (context.Json)
        {
            context.WriteJson(new { Authority = part, Name = authority.Title, authority.Fingerprint, ValidFrom = begins, ValidUntil = ends, SignsFrom = from, SignsUntil = until });
            return;
        }
        context.Output.WriteLine($"{context.Paint.Strong($"{part,-8}")}  {authority.Title}, valid until {CertificatesCommand.Say(context, ends)}{(says is null ? "" : $"; {says}")}");
        context.Output.WriteLine($"          {authority.Fingerprint}");
    }
}

/// <summary><c>certificates export</c>.</summary>
internal sealed class CertificatesExportCommand : GatewayCommand
{
    private readonly Option<Format> _format = new("--format") { HelpName = "pem|der", Description = "PEM (default; both certificates while one follows the other), or DER for Windows and Android" };
    private readonly Option<bool> _next = new("--next") { Description = "only the authority that follows" };
    private readonly Option<FileInfo?> _out = new("--out") { HelpName = "FILE", Description = "write to a file instead of standard output" };

    /// <summary>Makes the command.</summary>
    public CertificatesExportCommand(CommandHost host) : base(host, "export", "Print the CA's certificate; its key never leaves the box.",
        new CommandExample("filtergate certificates export > filtergate-ca.crt", "PEM, for iPads, Chromebooks and Linux"),
        new CommandExample("filtergate certificates export --format der --out filtergate-ca.cer", "DER, for Windows"))
    {
        Options.Add(_format);
        Options.Add(_next);
        Options.Add(_out);
    }

    private enum Format
    {
        Pem,
        Der,
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var authorities = CertificatesCommand.Open(context);
        var set = authorities.Current;
        var isDer = context.Value(_format) == Format.Der;
        if (context.Value(_next) && set.Next is null) throw new UserErrorException("no authority follows the one in use; to begin: filtergate certificates rotate");
        var one = context.Value(_next) ? set.Next! : set.Minting;
        CertificateAuthority[] all = context.Value(_next) || isDer ? [one] : [.. set.Trusted];
        if (context.Value(_out) is { } file)
        {
            await CertificatesCommand.WriteAsync(file, isDer ? one.CertificateDer : System.Text.Encoding.ASCII.GetBytes(string.Concat(all.Select(a => a.CertificatePem + "\n"))), cancellationToken);
            context.Error.WriteLine($"Written to {file.FullName}. Its SHA-256 fingerprint, to compare on a device: {string.Join(" and ", all.Select(a => a.Fingerprint))}");
            return ExitCode.Done;
        }

        if (isDer) throw new UserErrorException("DER is not text; name a file with --out FILE");
        if (context.Json) context.WriteJson(new { Pem = one.CertificatePem, one.Fingerprint, NextPem = all.Length > 1 ? all[1].CertificatePem : null, NextFingerprint = all.Length > 1 ? all[1].Fingerprint : null });
        else foreach (var authority in all) context.Output.WriteLine(authority.CertificatePem);
        return ExitCode.Done;
    }
}

/// <summary><c>certificates rotate</c>.</summary>
internal sealed class CertificatesRotateCommand : GatewayCommand
{
    /// <summary>Long enough for a term's break, when devices lie in a cupboard.</summary>
    private static readonly TimeSpan OverlapDefault = TimeSpan.FromDays(60);

    private readonly Option<string?> _overlap = new("--overlap") { HelpName = "60d", Description = "for how long devices may get the next certificate before it is used: 1d to 400d (default 60d)" };
    private readonly Option<string?> _until = new("--until") { HelpName = "TIME", Description = "the change-over itself, instead of --overlap" };
    private readonly Option<bool> _finish = new("--finish") { Description = "change over now, before the overlap ends" };
    private readonly Option<bool> _cancel = new("--cancel") { Description = "take the next authority back; its key is deleted" };
    private readonly Option<bool> _dropOld = new("--drop-old") { Description = "delete key and certificate of the authority before this one" };
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the change" };
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public CertificatesRotateCommand(CommandHost host) : base(host, "rotate", "Let another authority follow the one in use, with an overlap in which devices get it and nothing changes for them.",
        new CommandExample("filtergate certificates rotate --overlap 60d --reason \"the old laptop with a backup was sold\"", "make the next one; the running gateway offers it at once and changes over by itself"),
        new CommandExample("filtergate certificates rotate --finish --reason \"every iPad has it\"", "do not wait"),
        new CommandExample("filtergate certificates rotate --drop-old --yes", "when it is off the devices"))
    {
        foreach (var option in new Option[] { _overlap, _until, _finish, _cancel, _dropOld, _reason }) Options.Add(option);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var isOther = context.Value(_finish) || context.Value(_cancel) || context.Value(_dropOld);
        if (new[] { context.Value(_finish), context.Value(_cancel), context.Value(_dropOld), context.Value(_overlap) is not null, context.Value(_until) is not null }.Count(given => given) > 1)
            throw new UserErrorException("of --overlap, --until, --finish, --cancel and --drop-old only one can be meant");
        using var authorities = CertificatesCommand.Open(context);
        var set = authorities.Current;
        // The audit is opened first: what cannot be put on record is not done.
        using var state = UnblockCommand.OpenState(context);
        try
        {
            return Task.FromResult(isOther ? End(context, authorities, set, state) : Begin(context, authorities, set, state));
        }
        catch (CertificateAuthorityException problem)
        {
            throw new UserErrorException(problem.Message, inner: problem);
        }
    }

    private int Begin(CommandContext context, CertificateAuthorities authorities, AuthoritySet set, StateStore state)
    {
        if (set.Next is not null) throw new UserErrorException($"an authority is on its way already and signs from {CertificatesCommand.Say(context, set.ChangeOver!.Value)}; --finish changes over now, --cancel takes it back");
        if (set.Previous is not null) throw new UserErrorException("the authority before this one is still here; first: filtergate certificates rotate --drop-old");
        var now = context.Clock.GetUtcNow();
        var changeOver = context.Value(_until) is { } until ? TimeArgument.Read(until, "--until", context.Clock) : now + (context.Value(_overlap) is { } overlap ? DurationArgument.Read(overlap, "--overlap") : OverlapDefault);
        if (changeOver - now < CertificateAuthorities.OverlapMin || changeOver - now > CertificateAuthorities.OverlapMax)
            throw new UserErrorException($"the overlap is between {CertificateAuthorities.OverlapMin.Days} day and {CertificateAuthorities.OverlapMax.Days} days; in an emergency begin with --overlap 1d, give devices the certificate, then --finish");
        if (changeOver > set.Minting.Validity.To) throw new UserErrorException($"the authority in use ends on {CertificatesCommand.Say(context, set.Minting.Validity.To)}, before that; choose an earlier time");
        if (!_confirmation.IsGiven(context, $"Make another authority, to sign from {CertificatesCommand.Say(context, changeOver)} on?")) return ExitCode.Interrupted;
        authorities.TryRotate(changeOver);
        var next = authorities.Current.Next!;
        state.Audit(context.Actor, "certificates.rotate", $"{next.Title}, {next.Fingerprint}, signs from {changeOver.ToUniversalTime():O}", context.Value(_reason));
        if (context.Json) context.WriteJson(new { Step = "begun", next.Fingerprint, SignsFrom = changeOver });
        else
        {
            context.Output.WriteLine($"{next.Title} will sign from {CertificatesCommand.Say(context, changeOver)} on. Until then nothing changes for any device.");
            context.Output.WriteLine("Give it to every device: filtergate certificates profile, filtergate certificates export. http://filtergate.internal/check shows on a device whether it is there.");
        }
        return ExitCode.Done;
    }

    private int End(CommandContext context, CertificateAuthorities authorities, AuthoritySet set, StateStore state)
    {
        var (step, about, question, isDone) = context.Value(_finish) ? ("finished", set.Next, "Sign with the next authority from now on? A device without it shows an error on every HTTPS page.", (Func<bool>)authorities.TryFinish)
            : context.Value(_cancel) ? ("cancelled", set.Next, "Delete the next authority? Devices that have it keep a certificate of no use.", authorities.TryCancel)
            : ("dropped", set.Previous, "Delete the former authority and its key?", authorities.TryDropPrevious);
        if (about is null) throw new UserErrorException(step == "dropped" ? "there is no former authority here" : "no authority follows the one in use");
        var (title, fingerprint) = (about.Title, about.Fingerprint);
        if (!_confirmation.IsGiven(context, question)) return ExitCode.Interrupted;
        if (!isDone()) throw new UserErrorException("somebody else changed it meanwhile; see: filtergate certificates status");
        state.Audit(context.Actor, $"certificates.{step}", $"{title}, {fingerprint}", context.Value(_reason));
        if (context.Json) context.WriteJson(new { Step = step, Fingerprint = fingerprint, SignsFrom = authorities.Current.ChangeOver });
        else context.Output.WriteLine(step switch
        {
            "finished" => $"{title} signs from now on.",
            "cancelled" => $"{title} is deleted; nothing changes.",
            _ => $"{title} is deleted.",
        });
        return ExitCode.Done;
    }
}
