using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FilterGate.Sqlite;

namespace FilterGate.Events;

/// <summary>The short code on a block page, such as <c>K7Q4-M2XD</c>: 40 bits as eight characters of Crockford base 32.</summary>
/// <remarks>
/// A child reads it out to a teacher, so it is read kindly: letter case and hyphens do not matter, I and L are 1, O is 0 (<see href="https://www.crockford.com/base32.html"/>).
/// The first character is the event's month (months since the year 0, modulo 32) and says which month file holds it; the other seven (35 bits) are random, and a unique index in that file lets
/// the writer draw again on a conflict. So a reference is unique on a gateway as long as events are kept for less than 32 months; with longer retention the younger event is found.
/// </remarks>
public readonly record struct Reference
{
    private const int RandomBits = 35;

    private Reference(long value) => Value = value;

    /// <summary>The 40 bits, as stored.</summary>
    internal long Value { get; }

    /// <summary>The month it was given in, modulo 32.</summary>
    internal int MonthModulo => (int)(Value >> RandomBits);

    /// <summary>Draws a reference for an event of a month.</summary>
    internal static Reference Draw(EventMonth month)
    {
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        return new Reference(((long)month.Modulo << RandomBits) | (BitConverter.ToInt64(random) & ((1L << RandomBits) - 1)));
    }

    /// <summary>A reference as stored.</summary>
    internal static Reference FromValue(long value) => new(value);

    /// <summary>Reads a reference in any spelling; blanks around it are ignored.</summary>
    /// <returns>False when it has other characters or another length.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out Reference reference)
    {
        var isOne = CrockfordBase32.TryDecode(text, out var value);
        reference = isOne ? new Reference(value) : default;
        return isOne;
    }

    /// <summary>The usual spelling (<c>K7Q4-M2XD</c>) of a reference in any spelling, or null when it is none.</summary>
    public static string? Normalise(string? text) => TryParse(text, out var reference) ? reference.ToString() : null;

    /// <summary>As shown on a page: upper case, a hyphen in the middle.</summary>
    public override string ToString() => CrockfordBase32.Encode(Value);
}
