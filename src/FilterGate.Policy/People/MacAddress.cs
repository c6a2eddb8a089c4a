using System.Diagnostics.CodeAnalysis;
using System.Net.NetworkInformation;

namespace FilterGate.Policy.People;

/// <summary>Hardware addresses as schools' records spell them.</summary>
public static class MacAddress
{
    private const int Bytes = 6;

    /// <summary>Reads <c>a4:83:e7:00:00:01</c>, <c>A4-83-E7-00-00-01</c>, <c>a483.e700.0001</c> or twelve digits. All zeros and all ones are no device's.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PhysicalAddress? mac)
    {
        ArgumentNullException.ThrowIfNull(text);
        mac = null;
        var bytes = new byte[Bytes];
        var digits = 0;
        foreach (var character in text.AsSpan().Trim())
        {
            if (char.IsAsciiHexDigit(character))
            {
                if (digits == 2 * Bytes) return false;
                bytes[digits / 2] |= (byte)(Convert.ToByte(character.ToString(), 16) << (digits % 2 == 0 ? 4 : 0));
                digits++;
            }
            // A mark stands between bytes or between groups of two, never within a byte.
            else if (character is not (':' or '-' or '.') || digits is 0 or 2 * Bytes || digits % 2 != 0) return false;
        }
        if (digits != 2 * Bytes || bytes.All(b => b == 0) || bytes.All(b => b == 0xff)) return false;
        mac = new PhysicalAddress(bytes);
        return true;
    }

    /// <summary>The usual spelling, <c>a4:83:e7:00:00:01</c>; null for null.</summary>
    [return: NotNullIfNotNull(nameof(mac))]
    public static string? Spell(PhysicalAddress? mac) => mac is null ? null : string.Join(':', mac.GetAddressBytes().Select(b => b.ToString("x2")));

    /// <summary>True for an address that a device made up for itself (its second lowest bit says so): iPads and telephones change it, so it names nothing for long.</summary>
    public static bool IsMadeUp(PhysicalAddress mac)
    {
        ArgumentNullException.ThrowIfNull(mac);
        return mac.GetAddressBytes() is [var first, ..] && (first & 2) != 0;
    }
}
