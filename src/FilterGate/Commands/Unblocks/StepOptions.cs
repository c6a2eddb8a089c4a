using System.CommandLine;
using FilterGate.Lists;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Settings;

namespace FilterGate.Commands.Unblocks;

/// <summary><c>--for 1h</c>, <c>--until TIME</c> or, where it can be opened for good, <c>--review DATE</c>: how long a site is open.</summary>
internal sealed class HowLong
{
    private readonly Option<string?> _for = new("--for") { HelpName = "TIME", Description = "how long: 15m, 1h, 2h30m, 1d" };
    private readonly Option<string?> _until = new("--until") { HelpName = "TIME", Description = "until when: 15:00 today, or 2026-11-23T15:00" };
    private readonly Option<string?> _review = new("--review") { HelpName = "DATE", Description = "for good: when somebody looks at it again, at most a year ahead" };

    /// <summary>Adds them to a command; at most one may be given.</summary>
    public void AddTo(Command command, bool isRequired, bool canBeForGood = false)
    {
        Option[] options = canBeForGood ? [_for, _until, _review] : [_for, _until];
        foreach (var option in options) command.Options.Add(option);
        command.Validators.Add(result =>
        {
            var given = options.Count(option => result.GetResult(option) is { Implicit: false });
            if (given > 1 || (isRequired && given == 0)) result.AddError("how long? give one of --for (such as 1h) and --until (such as 15:00)");
        });
    }

    /// <summary>Reads an end as a person answers: <c>1h</c>, <c>15:00</c> or a date.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or lies in the past.</exception>
    public static DateTimeOffset ReadAnswer(CommandContext context, string text)
    {
        var now = context.Clock.GetUtcNow();
        if (DurationArgument.TryRead(text, out var length)) return End(now, length);
        var until = TimeArgument.Read(text, "until when", context.Clock);
        return until > now ? until : throw new UserErrorException($"until when: {text} is past");
    }

    /// <summary>The end, or null when nothing was given.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or lies in the past.</exception>
    public DateTimeOffset? Read(CommandContext context)
    {
        var now = context.Clock.GetUtcNow();
        if (context.Value(_for) is { } length) return End(now, DurationArgument.Read(length, "--for"));
        var (text, option) = context.Value(_until) is { } given ? (given, "--until") : (context.Value(_review), "--review");
        if (text is null) return null;
        var until = TimeArgument.Read(text, option, context.Clock);
        return until > now ? until : throw new UserErrorException($"{option}: {text} is past");
    }

    private static DateTimeOffset End(DateTimeOffset now, TimeSpan length) =>
        length <= TimeSpan.FromDays(10_000) ? now + length : throw new UserErrorException("--for: that is longer than anything is opened for");
}

/// <summary><c>--tier</c>, <c>--class</c>, <c>--person</c>, <c>--device</c>, <c>--everyone</c>: for whom.</summary>
internal sealed class ForWhom
{
    private readonly Option<string?> _tier = new("--tier") { HelpName = "TIER", Description = "for a tier" };
    private readonly Option<string?> _class = new("--class", "--group") { HelpName = "CLASS", Description = "for a class or another group" };
    private readonly Option<string?> _person = new("--person") { HelpName = "ID", Description = "for one person, by id" };
    private readonly Option<string?> _device = new("--device") { HelpName = "NAME", Description = "for one device" };
    private readonly Option<bool> _everyone = new("--everyone") { Description = "for everybody" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command, bool isRequired)
    {
        Option[] options = [_tier, _class, _person, _device, _everyone];
        foreach (var option in options) command.Options.Add(option);
        command.Validators.Add(result =>
        {
            var given = options.Count(option => result.GetResult(option) is { Implicit: false });
            if (given > 1 || (isRequired && given == 0)) result.AddError("for whom? give one of --tier, --class, --person, --device and --everyone");
        });
    }

    /// <summary>The audience, or null when none was given.</summary>
    /// <exception cref="UserErrorException">The policy has no such tier or group.</exception>
    public Audience? Read(CommandContext context, GatewayInputs inputs)
    {
        if (context.Value(_tier) is { } tier) return Audience.ForTier(inputs.Tier(tier, "--tier").Name);
        if (context.Value(_class) is { } name)
        {
            var names = inputs.Policy.Groups.Select(g => g.Name);
            return inputs.Policy.FindGroup(name) is { } group ? Audience.ForGroup(group.Name)
                : throw new UserErrorException($"--class: '{name}' is no group of the policy{Nearest.Suggestion(name, names)} (groups: {string.Join(", ", names)})");
        }
        if (context.Value(_person) is { } person) return Audience.ForPerson(inputs.Policy.InForce.Roster.FindPerson(person)?.Id ?? throw new UserErrorException($"--person: the roster has nobody with the id '{person}'; see: filtergate people list"));
        if (context.Value(_device) is { } device) return Audience.ForDevice(device);
        return context.Value(_everyone) ? Audience.Everyone : null;
    }
}

/// <summary>A site as it is typed.</summary>
internal static class SiteArgument
{
    /// <summary>Reads a host, a part of a site or a bundle.</summary>
    /// <exception cref="UserErrorException">It is none.</exception>
    public static Site Read(string text, string where)
    {
        if (!Site.TryParse(text, out var site, out var error)) throw new UserErrorException($"{where}: {error}");
        if (site.Bundle is { } bundle && BundleFile.Shipped.Find(bundle) is null)
            throw new UserErrorException($"{where}: there is no bundle '{bundle}'{Nearest.Suggestion(bundle, BundleFile.Shipped.All.Select(b => b.Name))}; see: filtergate lists bundles");
        return site;
    }
}
