using System.Net;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Safeguarding.WhatIf;

/// <summary>What the running gateway knows beside the policy, for an answer that is the gateway's own.</summary>
/// <param name="RefusalOf">Why an address that leads into the school's network is refused; null for none.</param>
/// <param name="FirstSeenDays">Days since the gateway first met a host, for a tier that asks; null where nobody knows.</param>
public sealed record GatewayMemory(Func<CanonicalUrl, PolicySnapshot, Reason?> RefusalOf, Func<Client, CanonicalUrl, DateTimeOffset, int?> FirstSeenDays)
{
    /// <summary>A gateway that knows nothing more.</summary>
    public static GatewayMemory None { get; } = new((_, _) => null, (_, _, _) => null);
}

/// <summary>What came of checking an address.</summary>
/// <param name="Problem">Why there is no answer, in plain words; null when there is.</param>
/// <param name="Client">As whom it was checked.</param>
/// <param name="Question">What was asked.</param>
/// <param name="Trace">The answer.</param>
/// <param name="Policy">What decided.</param>
public sealed record CheckAnswer(string? Problem, Client? Client = null, Question Question = default, DecisionTrace? Trace = null, PolicySnapshot? Policy = null);

/// <summary>Checks an address as anybody at any time: the answer that the gateway would give, with the way to it. It opens nothing, and asks nobody on the network.</summary>
/// <param name="state">What was in force when.</param>
/// <param name="events">Where an answer about an illegal-content list is recorded before it is given.</param>
/// <param name="clock">What "now" is.</param>
/// <param name="memory">What the running gateway knows.</param>
public sealed class PolicyCheck(StateStore state, EventStore events, TimeProvider clock, GatewayMemory memory)
{
    /// <summary>The question that the gateway would ask.</summary>
    /// <remarks>What a tunnel hides is not judged.</remarks>
    public static Question QuestionOf(PolicySnapshot policy, Client client, CanonicalUrl url, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(url);
        var seen = url.Scheme == "https" && policy.TlsFor(client, url.Host) == TlsMode.Tunnel ? Seen.Host : Seen.Url;
        return new Question(client, url, seen, policy.Lists.Classify(url, seen), time);
    }

    /// <summary>Who is meant, as somebody writes it: <c>tier:pupil</c>, <c>group:4b</c>, an id of the roster, a log-in name, or the address of a device; nothing for a device that nobody knows.</summary>
    /// <param name="policy">The policy, at the time that is asked about.</param>
    /// <param name="who">Who.</param>
    /// <param name="problem">Why it is nobody.</param>
    public static Client? FindClient(PolicySnapshot policy, string? who, out string problem)
    {
        ArgumentNullException.ThrowIfNull(policy);
        problem = "";
        if (string.IsNullOrWhiteSpace(who)) return new Client(IPAddress.Loopback, policy.UnknownClients, null, IsKnown: false);
        who = who.Trim();
        if (Audience.TryParse(who, out var audience))
        {
            switch (audience.Kind)
            {
                case AudienceKind.Tier when policy.FindTier(audience.Name) is { } tier:
                    return new Client(IPAddress.Loopback, tier, null, IsKnown: true);
                case AudienceKind.Group when policy.FindGroup(audience.Name) is { } group:
                    return new Client(IPAddress.Loopback, group.Tier, null, IsKnown: true) { Group = group };
                case AudienceKind.Person or AudienceKind.Client:
                    who = audience.Name;
                    break;
                default:
                    problem = $"The policy has no {who.Replace(':', ' ')}.";
                    return null;
            }
        }
        // An id may be digits alone, which the platform reads as an address.
        if (who.AsSpan().IndexOfAny('.', ':') >= 0 && IPAddress.TryParse(who, out var address))
        {
            var client = policy.Identify(address);
            if (client is null) problem = $"{address} lies outside the school's networks: the gateway refuses it altogether.";
            return client;
        }
        if ((policy.InForce.Roster.FindPerson(who) ?? policy.InForce.Roster.FindByAccount(who)) is { } person) return policy.IdentifyPerson(person.Id);
        problem = "The roster has nobody with this id or log-in name, and it is no address of a device.";
        return null;
    }

    /// <summary>Checks an address.</summary>
    /// <param name="address">The address, as typed; without a scheme it is http.</param>
    /// <param name="who">As <see cref="FindClient"/> takes it.</param>
    /// <param name="at">When; null for now. A time that has passed is asked with what was in force then, but the policy and lists of now.</param>
    /// <param name="inForce">The policy in force.</param>
    /// <param name="actor">Who asks: on record where the answer is an illegal-content list.</param>
    /// <param name="cancellationToken">Ends the wait for the record; then there is no answer.</param>
    /// <exception cref="EventStoreException">An answer about an illegal-content list cannot be recorded, so none is given.</exception>
    public async Task<CheckAnswer> AskAsync(string address, string? who, DateTimeOffset? at, PolicySnapshot inForce, string actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(inForce);
        if (!CanonicalUrl.TryParse(address.Trim(), out var url, out _)) return new("That is no address of a website. Write it as in the browser: www.example.org/page");
        var now = clock.GetUtcNow();
        var policy = at is not { } time ? inForce : inForce.With(time < now ? state.WasInForce(time, time, BundleFile.Shipped) : state.InForce(time, BundleFile.Shipped));
        if (FindClient(policy, who, out var problem) is not { } client) return new(problem);
        var question = QuestionOf(policy, client, url, at ?? now) with { Refusal = memory.RefusalOf(url, policy), FirstSeenDays = memory.FirstSeenDays(client, url, at ?? now) };
        var trace = policy.Explain(in question);
        if (trace.Decision.Locked is not null)
        {
            var record = LockedQuestions.EventOf(in question, policy, trace.Decision, $"check by {actor}", now);
            if (!await LockedQuestions.TryRecordAsync(events, record, cancellationToken)) return new($"Illegal-content lists have been asked {LockedQuestions.AnswersMax} times in a minute. Wait a minute; each answer is on record.");
        }
        return new(null, client, question, trace, policy);
    }
}
