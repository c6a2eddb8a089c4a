using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Requests;

namespace FilterGate.Proxy;

/// <summary>A decision and what it was made on.</summary>
/// <param name="Decision">The strictest answer.</param>
/// <param name="Url">The URL, under the name that gave it.</param>
/// <param name="Seen">Whether the whole URL was seen.</param>
/// <param name="Snapshot">The policy and lists that answered; held as long as the decision is.</param>
internal readonly record struct Judgement(Decision Decision, CanonicalUrl Url, Seen Seen, PolicySnapshot Snapshot);

/// <summary>Asks the policy about every name that a client gave for one request: CONNECT, SNI, Host. The strictest answer holds; shadow mode lifts it here and nowhere else.</summary>
/// <remarks>The one place where the data plane asks <see cref="PolicySnapshot.Decide(in Question)"/>: connections and requests both come here.</remarks>
internal sealed class NameJudge(DestinationGuard guard, FirstSeenTable firstSeen, Shadow shadow, TimeProvider clock)
{
    /// <summary>Decides a URL under its own host and under each other name.</summary>
    /// <param name="snapshot">The policy in force.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="url">What is asked for.</param>
    /// <param name="seen">Whether the whole URL was seen.</param>
    /// <param name="names">Canonical hosts named on the connection; the URL's own may be among them.</param>
    /// <param name="with">What the connection or the request shows of itself beside its address.</param>
    public Judgement Judge(PolicySnapshot snapshot, Client client, CanonicalUrl url, Seen seen, List<string> names, AskedWith with = default)
    {
        var own = JudgeOne(snapshot, client, url, seen, in with);
        var strictest = own;
        string? cover = null;
        foreach (var name in names)
        {
            if (name == url.Host) continue;
            var other = JudgeOne(snapshot, client, url.WithHost(name), seen, in with);
            if (other.Decision.IsForwarded && !other.Url.IsIpLiteral) cover = name;
            // A locked hit under any name is the one to show and to store: nothing is stricter.
            if (other.Decision.IsStricterThan(strictest.Decision)) strictest = other;
        }

        // Domain fronting: the connection is for a site that is open, the request within it for one that is not. No browser does so, for our certificate is of one name.
        if (cover is not null && seen == Seen.Url && own.Decision.Verdict == Verdict.Block && strictest.Url.Host == url.Host) strictest = strictest with { Decision = strictest.Decision with { Cover = cover } };

        // Last: of several names the strictest answer is the one that is lifted, or stands.
        return strictest with { Decision = shadow.Apply(strictest.Decision) };
    }

    private Judgement JudgeOne(PolicySnapshot snapshot, Client client, CanonicalUrl url, Seen seen, in AskedWith with)
    {
        Reason? refusal = guard.RefusesLiteral(url.Host, url.Port, snapshot) ? Reason.PrivateDestination : null;
        var (classification, time) = (snapshot.Lists.Classify(url, seen), clock.GetUtcNow());
        var question = new Question(client, url, seen, classification, time) 
        {
            Refusal = refusal, Sign = with.Sign, FirstSeenDays = FirstSeenDays(snapshot, client, url, in classification, time), EmbeddedIn = with.Page, IsFrame = with.IsFrame, PlayerVideo = with.PlayerVideo,
        };
        return new Judgement(snapshot.Decide(question), url, seen, snapshot);
    }

    /// <summary>Remembers a host that is in no list, and says for how long it is known. Nothing is remembered while no tier asks, and nothing is said before the memory is as old as the tier's window: everything would look new.</summary>
    private int? FirstSeenDays(PolicySnapshot snapshot, Client client, CanonicalUrl url, in Classification classification, DateTimeOffset time)
    {
        if (!snapshot.AsksForNewlySeen || !classification.Categories.IsEmpty || classification.IsProtectedHelp || classification.Locked is not null) return null;
        var today = DateOnly.FromDateTime(time.UtcDateTime);
        var days = firstSeen.Meet(url.Host, today);
        return firstSeen.DaysOfLearning(today) >= client.Tier.NewlySeenDays ? days : null;
    }
}
