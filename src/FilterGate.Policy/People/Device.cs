using System.Net;
using System.Net.NetworkInformation;

namespace FilterGate.Policy.People;

/// <summary>A thing of the school's with an address: an iPad, a netbook, a teacher's laptop.</summary>
/// <param name="Name">Its name in the school's records, such as <c>ipad-14</c>. See <see cref="RosterIds"/>.</param>
public sealed record Device(string Name)
{
    /// <summary>Its address, or null where the network gives it a new one each day. An IPv4-mapped one is kept as IPv4.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Its hardware address, 6 bytes, or null.</summary>
    public PhysicalAddress? Mac { get; init; }

    /// <summary>The name of a group of the policy, or null.</summary>
    public string? Group { get; init; }

    /// <summary>The id of the person it is on loan to (and of nobody else), or null.</summary>
    public string? Person { get; init; }

    /// <summary>True for one of a trolley, which a class borrows for a lesson: it belongs to nobody, and nobody logs on to it.</summary>
    public bool IsTrolley { get; init; }
}

/// <summary>What ids of people and names of devices look like. They stand in audiences (<c>person:p123</c>), audits and addresses of pages, so they are plain.</summary>
public static class RosterIds
{
    /// <summary>Most characters: room for a UUID or a unique pupil number with a prefix.</summary>
    public const int CharactersMax = 64;

    /// <summary>What one looks like, for messages.</summary>
    public const string Form = "1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first";

    /// <summary>Two ids that differ in case alone are one.</summary>
    public static StringComparer Comparer => StringComparer.OrdinalIgnoreCase;

    /// <summary>True when the text can be an id: ASCII, 1 to <see cref="CharactersMax"/> characters.</summary>
    public static bool IsValid(string? text)
    {
        if (text is null || text.Length is 0 or > CharactersMax || !char.IsAsciiLetterOrDigit(text[0])) return false;
        foreach (var character in text)
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '-' or '_')) return false;
        return true;
    }
}
