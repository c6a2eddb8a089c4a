using System.Text;
using FilterGate.Lists.Formats;

namespace FilterGate.Lists;

/// <summary>Knows entries that would block far more than anybody means: a public suffix, or a site where a child finds help.</summary>
public static class BroadEntry
{
    /// <summary>Why a host must not be blocked with all below it, or null.</summary>
    /// <param name="canonicalHost">Canonical host, no address.</param>
    public static string? WhyRefused(string canonicalHost) => EntryGuard.Shipped().WhyRefused(Encoding.ASCII.GetBytes(canonicalHost));
}
