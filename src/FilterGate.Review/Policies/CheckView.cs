using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.WhatIf;

namespace FilterGate.Review.Policies;

/// <summary>What the form to check an address holds.</summary>
/// <param name="Address">The address, as typed.</param>
/// <param name="For">A tier or a group, as <see cref="Audience"/> spells it; nothing for a device that nobody knows.</param>
/// <param name="Who">A person or the address of a device instead, or nothing.</param>
/// <param name="At">When, as a <c>datetime-local</c> field writes it; nothing for now.</param>
public sealed record CheckForm(string Address, string For, string Who, string At);

/// <summary>What the page to check an address shows.</summary>
public sealed record CheckView
{
    /// <summary>Where the page is.</summary>
    public const string Path = PolicyView.Path + "/check";

    /// <summary>The form.</summary>
    public required CheckForm Form { get; init; }

    /// <summary>The answer, or null where nothing was asked yet or there is none.</summary>
    public CheckResult? Result { get; init; }

    /// <summary>The way to it.</summary>
    public DecisionTrace? Trace { get; init; }

    /// <summary>As whom it was asked, in words.</summary>
    public string? Whom { get; init; }

    /// <summary>The instant that was asked about.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Why there is no answer, or null.</summary>
    public string? Problem { get; init; }

    /// <summary>The policy in force, to choose from.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>The answer as the page may show it, and whether shadow mode lifts it: of a hit on an illegal-content list neither the form nor the answer keeps the address.</summary>
    public static CheckView Of(CheckForm form, CheckAnswer answer, PolicySnapshot inForce, Func<DateTimeOffset, ShadowMode?> shadowAt, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(inForce);
        ArgumentNullException.ThrowIfNull(shadowAt);
        if (answer is not { Trace: { } trace, Policy: { } policy, Client: { } client }) return new CheckView { Form = form, Problem = answer.Problem, Policy = inForce };
        var question = answer.Question;
        var isLocked = trace.Decision.Locked is not null;
        return new CheckView
        {
            Form = isLocked ? form with { Address = "" } : form,
            Result = CheckResult.Of(policy, in question, trace, url => Hidden.Query(url.ToString())).With(shadowAt(question.Time), trace.Decision),
            Trace = trace,
            Whom = Say(client, tongue),
            Time = question.Time,
            Policy = inForce,
        };
    }

    /// <summary>Whom an answer is for. The page says of a person what the form said: an id, never a name.</summary>
    private static string Say(Client client, Tongue tongue)
    {
        var who = client.Person is { } person ? tongue.Say("the person {0}", person) : client.Device is { } device ? tongue.Say("the device {0}", device)
            : client.Group is { } group ? tongue.Say("anybody of {0}", group.Title) : !client.IsKnown ? tongue["a device that nobody knows"] : tongue.Say("anybody in the tier {0}", client.Tier.Name);
        var parts = new List<string> { who };
        if (client.Person is not null && client.Group is { } theirs) parts.Add(tongue.Say("of {0}", theirs.Title));
        if (client.Place is { } place) parts.Add(tongue.Say("in {0}", place.Title));
        if (client.Person is not null || client.Device is not null || client.Group is not null || !client.IsKnown) parts.Add(tongue.Say("tier {0}", client.Tier.Name));
        return string.Join(", ", parts);
    }
}
