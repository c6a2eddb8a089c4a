using System.Collections.Immutable;

namespace FilterGate.Policy.Search;

/// <summary>A header field that the gateway sets on a request.</summary>
/// <param name="Name">Its name, as its maker spells it.</param>
/// <param name="Value">Its value, ASCII.</param>
public readonly record struct RequestField(string Name, string Value);

/// <summary>The header fields by which YouTube, Google and Microsoft are told what a school allows.</summary>
public static class RequestFields
{
    /// <summary><c>Strict</c> or <c>Moderate</c> (<see href="https://support.google.com/a/answer/6214622"/>).</summary>
    public const string YouTube = "YouTube-Restrict";

    /// <summary>Domains, parted by commas, whose accounts may sign in (<see href="https://support.google.com/a/answer/1668854"/>).</summary>
    public const string GoogleDomains = "X-GoogApps-Allowed-Domains";

    /// <summary>Tenants, parted by commas (<see href="https://learn.microsoft.com/entra/identity/enterprise-apps/tenant-restrictions"/>).</summary>
    public const string MicrosoftTenants = "Restrict-Access-To-Tenants";

    /// <summary>The directory that sets the restriction.</summary>
    public const string MicrosoftDirectory = "Restrict-Access-Context";

    /// <summary><c>restrict-msa</c>: no private Microsoft account.</summary>
    public const string MicrosoftConsumer = "sec-Restrict-Tenant-Access-Policy";

    /// <summary>Taken off every request, whoever it is for: a client that sends its own could loosen what the gateway sets.</summary>
    public static ImmutableArray<string> NeverFromClients { get; } = [YouTube, GoogleDomains, MicrosoftTenants, MicrosoftDirectory, MicrosoftConsumer];
}
