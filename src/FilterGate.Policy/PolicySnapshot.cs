using System.Collections.Immutable;
using System.Net;
using FilterGate.Matching;

namespace FilterGate.Policy;

/// <summary>Policy, lists and overrides in force, swapped whole. A request holds one for its decision and no longer. Immutable; safe from any thread.</summary>
public sealed class PolicySnapshot
{
    /// <summary>The school's name, for pages.</summary>
    public string School => throw new NotImplementedException();

    /// <summary>A short name of exactly this document, stored with each event.</summary>
    public string Version => throw new NotImplementedException();

    /// <summary>The tiers, strictest first.</summary>
    public ImmutableArray<Tier> Tiers => throw new NotImplementedException();

    /// <summary>The lists in force.</summary>
    public ListSet Lists => throw new NotImplementedException();

    /// <summary>The overrides granted.</summary>
    public OverrideTable Overrides => throw new NotImplementedException();

    /// <summary>Compiles a valid document against the lists in force.</summary>
    public static PolicySnapshot Compile(Documents.PolicyDocument document, ListSet lists, OverrideTable overrides) => throw new NotImplementedException();

    /// <summary>The same policy with other overrides; shares all else.</summary>
    public PolicySnapshot With(OverrideTable overrides) => throw new NotImplementedException();

    /// <summary>The same policy with every tier's TLS mode replaced (<c>run --tls</c>, for trials).</summary>
    public PolicySnapshot With(TlsMode tls) => throw new NotImplementedException();

    /// <summary>The tier with this name, or null.</summary>
    public Tier? FindTier(string name) => throw new NotImplementedException();

    /// <summary>Who is behind this address? Null when it lies outside the school's networks and is refused.</summary>
    /// <param name="address">Source address.</param>
    /// <param name="portTier">The tier of the port it came to, or null where the policy's clients decide. On loopback the port decides; elsewhere it never loosens.</param>
    public Client? Identify(IPAddress address, Tier? portTier = null) => throw new NotImplementedException();

    /// <summary>Looks the URL up and decides.</summary>
    public Decision Decide(Client client, CanonicalUrl url, Seen seen, DateTimeOffset time) =>
        Decide(new Question(client, url, seen, Lists.Classify(url, seen), time));

    /// <summary>The one function that decides: the order of decisions, first answer holds. No allocation but on a locked hit; no I/O.</summary>
    public Decision Decide(in Question question) => throw new NotImplementedException();

    /// <summary>True when the policy lets clients reach this private address.</summary>
    public bool AllowsPrivateDestination(IPAddress address) => throw new NotImplementedException();

    /// <summary>What is done with TLS to this host: never intercepted are help sites and the never-intercept lists; always intercepted is a host that carries a locked URL entry.</summary>
    public TlsMode TlsFor(Client client, string canonicalHost) => throw new NotImplementedException();
}
