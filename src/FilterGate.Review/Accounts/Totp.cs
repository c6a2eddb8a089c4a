using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Review.Accounts;

/// <summary>One-time codes of an authenticator (<see href="https://www.rfc-editor.org/rfc/rfc6238">RFC 6238</see>): SHA-1, six digits, 30 seconds, which every app knows.</summary>
/// <remarks>Identity's own provider takes the time from the machine and takes a code twice; so this one is ours. Pure; safe from any thread.</remarks>
internal static class Totp
{
    /// <summary>Digits of a code.</summary>
    public const int Digits = 6;

    /// <summary>Seconds of a step.</summary>
    public const int StepSeconds = 30;

    /// <summary>Steps by which a phone's clock may differ, either way.</summary>
    public const int StepsAside = 1;

    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>The step that an instant lies in.</summary>
    public static long StepAt(DateTimeOffset time) => time.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>The code of a step.</summary>
    /// <param name="secret">The shared secret.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="digits">6; the RFC's examples have 8.</param>
    public static string Code(ReadOnlySpan<byte> secret, long step, int digits = Digits)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The one that every authenticator app takes; HMAC does not rest on SHA-1's resistance to collisions.
        HMACSHA1.HashData(secret, counter, hash);
#pragma warning restore CA5350
        // RFC 4226 §5.3: the last four bits say where to read 31 bits.
        var number = BinaryPrimitives.ReadUInt32BigEndian(hash[(hash[^1] & 15)..]) & 0x7FFF_FFFF;
        return (number % (uint)Math.Pow(10, digits)).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }

    /// <summary>The step whose code this is, now or one step aside; null when it is none. Whether it has been used before is the store's to say.</summary>
    /// <param name="secret">The shared secret.</param>
    /// <param name="code">What was typed; blanks do not matter. Takes as long for a wrong code as for a right one.</param>
    /// <param name="time">Now.</param>
    public static long? FindStep(ReadOnlySpan<byte> secret, string code, DateTimeOffset time)
    {
        var typed = Encoding.UTF8.GetBytes(string.Concat(code.Where(c => c is not ' ' and not '\u00a0')));
        long? found = null;
        // Each is compared, so that time does not tell which one it was.
        for (var (step, last) = (StepAt(time) - StepsAside, StepAt(time) + StepsAside); step <= last; step++)
            if (step >= 0 && CryptographicOperations.FixedTimeEquals(typed, Encoding.ASCII.GetBytes(Code(secret, step)))) found = step;
        return found;
    }

    /// <summary>The secret in base 32 (RFC 4648 §6) without padding, as apps take it.</summary>
    public static string Spell(ReadOnlySpan<byte> secret)
    {
        var text = new StringBuilder((secret.Length * 8 + 4) / 5);
        var (bits, count) = (0, 0);
        foreach (var b in secret)
        {
            bits = (bits << 8) | b;
            for (count += 8; count >= 5; count -= 5) text.Append(Base32[(bits >> (count - 5)) & 31]);
            bits &= (1 << count) - 1;
        }
        if (count > 0) text.Append(Base32[(bits << (5 - count)) & 31]);
        return text.ToString();
    }

    /// <summary>The same in groups of four, to type from a screen.</summary>
    public static string SpellInGroups(ReadOnlySpan<byte> secret) => string.Join(' ', Spell(secret).Chunk(4).Select(group => new string(group)));

    /// <summary>The address that an authenticator app opens on the phone itself.</summary>
    public static string Link(ReadOnlySpan<byte> secret, string school, string person) =>
        $"otpauth://totp/{Uri.EscapeDataString($"FilterGate {school}")}:{Uri.EscapeDataString(person)}?secret={Spell(secret)}&issuer={Uri.EscapeDataString($"FilterGate {school}")}";
}
