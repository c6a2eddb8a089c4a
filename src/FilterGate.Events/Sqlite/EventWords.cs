using System.Globalization;
using System.Text;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events.Sqlite;

/// <summary>Splits texts into words as the index does, so that what somebody types becomes words to look for and never the syntax of a query.</summary>
/// <remarks>As SQLite's <c>unicode61 remove_diacritics 2</c>: letters, digits and private characters make words, case and accents do not count. Exact for questions; for the few events that the index does not
/// know yet the rarest scripts may be split otherwise.</remarks>
internal static class EventWords
{
    /// <summary>Only the beginning of an address is indexed: what follows is seldom words, and must not make the index larger than the events.</summary>
    internal const int UrlCharactersMax = 500;

    /// <summary>A beginning of a word is looked for from so many letters on; shorter ones would be the beginning of half of all words.</summary>
    internal const int PrefixMin = 3;

    /// <summary>So many words of a question are looked for; nobody types more.</summary>
    private const int WordsMax = 16;

    /// <summary>The SQL of what is indexed of an address: without its scheme, which all share; the host where there is no address.</summary>
    internal const string UrlSql = "coalesce(substr(url, iif(instr(url, '://') > 0, instr(url, '://') + 3, 1), 500), (SELECT text FROM names WHERE id = host))";

    /// <summary>The words of a text, folded, in their order.</summary>
    internal static List<string> Split(string? text)
    {
        var words = new List<string>();
        if (string.IsNullOrEmpty(text)) return words;
        var word = new StringBuilder();
        foreach (var rune in Decompose(text).EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark) continue;
            if (Rune.IsLetter(rune) || Rune.IsNumber(rune) || category == UnicodeCategory.PrivateUse) word.Append(Rune.ToLowerInvariant(rune).ToString());
            else End();
        }
        End();
        return words;

        void End()
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
        }
    }

    /// <summary>What somebody looks for: words to be found whole, but the last as the beginning of one.</summary>
    internal static IReadOnlyList<(string Word, bool IsPrefix)> Question(string text)
    {
        // Beyond ASCII SQLite's own tables say what a letter is, which are not .NET's: the words must be those of the index.
        var words = Ascii.IsValid(text) ? Split(text) : AsIndexed(EventTable.Storable(text));
        if (words.Count > WordsMax) words.RemoveRange(WordsMax, words.Count - WordsMax);
        return [.. words.Select((word, place) => (word, IsPrefix: place == words.Count - 1 && word.Length >= PrefixMin))];
    }

    /// <summary>Whether an event's texts hold every word of a question.</summary>
    internal static bool Match(IReadOnlyList<(string Word, bool IsPrefix)> question, string? urlOrHost, string? title, string? searchWords)
    {
        var url = urlOrHost is null ? null : urlOrHost.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? urlOrHost[(scheme + 3)..] : urlOrHost;
        if (url?.Length > UrlCharactersMax) url = url[..UrlCharactersMax];
        HashSet<string> words = [.. Split(url), .. Split(title), .. Split(searchWords)];
        return question.All(asked => words.Contains(asked.Word) || (asked.IsPrefix && words.Any(word => word.StartsWith(asked.Word, StringComparison.Ordinal))));
    }

    private static List<string> AsIndexed(string text)
    {
        using var memory = new SqliteConnection("Data Source=:memory:;Pooling=false");
        memory.Open();
        SqliteFile.Execute(memory, "CREATE VIRTUAL TABLE question USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2'); CREATE VIRTUAL TABLE words USING fts5vocab (question, instance);");
        using var command = memory.CreateCommand();
        command.CommandText = "INSERT INTO question (text) VALUES (@text); SELECT term FROM words ORDER BY \"offset\"";
        command.Parameters.AddWithValue("@text", text);
        using var row = command.ExecuteReader();
        var words = new List<string>();
        while (row.Read()) words.Add(row.GetString(0));
        return words;
    }

    private static string Decompose(string text)
    {
        try
        {
            return Ascii.IsValid(text) ? text : text.Normalize(NormalizationForm.FormD);
        }
        catch (ArgumentException)
        {
            return text; // Half a character; its other characters are words all the same.
        }
    }
}
