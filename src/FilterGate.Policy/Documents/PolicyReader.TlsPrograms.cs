using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Policy.Documents;

/// <summary>The school's own programs that are told by their ClientHello.</summary>
internal sealed partial class PolicyReader
{
    private const int TlsProgramsMax = 500, TlsProgramNameLengthMax = 60;

    /// <summary>The word for a program that is no way round.</summary>
    private const string NoWay = "none";

    private static readonly string[] TlsProgramKeys = ["ja4", "name", "category"];

    private ImmutableArray<TlsProgram> ReadTlsPrograms(DocumentNode? node)
    {
        var programs = ImmutableArray.CreateBuilder<TlsProgram>();
        foreach (var item in Items(node, "tls_programs"))
        {
            if (programs.Count == TlsProgramsMax)
            {
                Wrong(item, string.Create(CultureInfo.InvariantCulture, $"there are more than {TlsProgramsMax} tls_programs"));
                break;
            }
            if (item is not DocumentMap map)
            {
                Wrong(item, $"a program is written as {{ ja4: t13d181100_796efca44d18_d41ae481755e, name: Tor, category: tor }}, not {item.Kind}");
                continue;
            }
            var keys = Known(map, TlsProgramKeys, [], "a program of tls_programs");
            if (TlsProgramKeys.Where(key => !keys.ContainsKey(key)).ToArray() is { Length: > 0 } missing)
            {
                Wrong(item, $"{string.Join(" and ", missing)} of a program of tls_programs is missing; write {{ ja4: …, name: …, category: … }}");
                continue;
            }
            if (Text(keys["ja4"], "a JA4 fingerprint") is not { } ja4 || ReadWords(keys["name"], "the name of a program", TlsProgramNameLengthMax) is not { } name || Text(keys["category"], "the category of a program") is not { } category) continue;
            string[] known = [.. CategoryRules.WaysRound.Order(StringComparer.Ordinal), NoWay];
            if (!TlsPrograms.IsFingerprint(ja4)) Wrong(keys["ja4"], $"'{ja4}' is no JA4 of a TLS client; write one such as t13d181100_796efca44d18_d41ae481755e");
            else if (!known.Contains(category)) Wrong(keys["category"], $"'{category}' is no way round the filter{Suggestion(category, known)} (known: {string.Join(", ", known)})");
            else if (programs.Any(c => c.Fingerprint == ja4)) Wrong(keys["ja4"], $"'{ja4}' is written twice under tls_programs; keep one");
            else programs.Add(new TlsProgram(ja4, name, category == NoWay ? null : category, NeedsRandomName: false));
        }
        return programs.ToImmutable();
    }
}
