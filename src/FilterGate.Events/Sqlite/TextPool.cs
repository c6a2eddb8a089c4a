using System.Text;

namespace FilterGate.Events.Sqlite;

/// <summary>Gives the same string for the same bytes, without making it anew: a million events name a few tiers, some hundred devices and some ten thousand addresses.</summary>
/// <remarks>Bounded: once full, a text that is not in it is made each time. Not safe from several threads.</remarks>
internal sealed class TextPool(int textsMax)
{
    private readonly Dictionary<int, string> _byHash = [];

    /// <summary>The text of these bytes.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return "";
        var hashing = new HashCode();
        hashing.AddBytes(utf8);
        var hash = hashing.ToHashCode();
        // Of two texts with one hash the first stays, and the second is made each time: rare, and right all the same. What is not ASCII is never equal here.
        if (_byHash.TryGetValue(hash, out var known) && Ascii.Equals(utf8, known)) return known;
        var text = Encoding.UTF8.GetString(utf8);
        if (_byHash.Count < textsMax) _byHash.TryAdd(hash, text);
        return text;
    }
}
