using System.Text;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>Splits texts into words exactly as the index does, so that what somebody types becomes words to look for and never the syntax of a query.</summary>
/// <remarks>As SQLite's <c>unicode61 remove_diacritics 2</c>: letters, digits and private characters make words; case and Latin accents do not count. What is ASCII is split here; beyond it SQLite's own tables say what
/// a letter is, which are not .NET's, and so SQLite is asked. Not safe from several threads.</remarks>
internal sealed class EventWords : IDisposable
{
    /// <summary>Only the beginning of an address is indexed: what follows is seldom words, and must not make the index larger than the events.</summary>
    internal const int UrlCharactersMax = 500;

    /// <summary>A beginning of a word is looked for from so many letters on; shorter ones would be the beginning of half of all words.</summary>
    internal const int PrefixMin = 3;

    /// <summary>How the index splits texts.</summary>
    private const string Tokenizer = "unicode61 remove_diacritics 2";

    /// <summary>So many words of a question are looked for; nobody types more.</summary>
    private const int WordsMax = 16;

    /// <summary>The SQL of what is indexed of an address: without its scheme, which all share; the host alone where there is no address, and of the parts of what was allowed, which are most of all events and are found by
    /// their page.</summary>
    internal const string UrlSql = "coalesce(iif(act IS NOT NULL AND kind = 3, NULL, substr(url, iif(instr(url, '://') > 0, instr(url, '://') + 3, 1), 500)), (SELECT text FROM names WHERE id = host))";

    private SqliteConnection? _memory;
    private sqlite3_stmt? _empty, _put, _words;

    /// <summary>The words of a text, folded, in their order.</summary>
    internal List<string> Split(string? text)
    {
        if (string.IsNullOrEmpty(text)) return [];
        return Ascii.IsValid(text) ? SplitAscii(text) : Ask(EventTable.Storable(text));
    }

    /// <summary>What somebody looks for: words to be found whole, but the last as the beginning of one.</summary>
    internal IReadOnlyList<(string Word, bool IsPrefix)> Question(string text)
    {
        var words = Split(text);
        if (words.Count > WordsMax) words.RemoveRange(WordsMax, words.Count - WordsMax);
        return [.. words.Select((word, place) => (word, IsPrefix: place == words.Count - 1 && word.Length >= PrefixMin))];
    }

    /// <summary>Whether an event's texts hold every word of a question.</summary>
    internal bool Match(IReadOnlyList<(string Word, bool IsPrefix)> question, string? urlOrHost, string? title, string? searchWords)
    {
        var url = urlOrHost is null ? null : urlOrHost.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? urlOrHost[(scheme + 3)..] : urlOrHost;
        if (url?.Length > UrlCharactersMax) url = url[..UrlCharactersMax];
        HashSet<string> words = [.. Split(url), .. Split(title), .. Split(searchWords)];
        return question.All(asked => words.Contains(asked.Word) || (asked.IsPrefix && words.Any(word => word.StartsWith(asked.Word, StringComparison.Ordinal))));
    }

    public void Dispose()
    {
        _empty?.Dispose();
        _put?.Dispose();
        _words?.Dispose();
        _memory?.Dispose();
    }

    private static List<string> SplitAscii(string text)
    {
        var words = new List<string>();
        for (var (at, begin) = (0, -1); at <= text.Length; at++)
        {
            if (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
            {
                if (begin < 0) begin = at;
            }
            else if (begin >= 0)
            {
                words.Add(text[begin..at].ToLowerInvariant());
                begin = -1;
            }
        }
        return words;
    }

    private List<string> Ask(string text)
    {
        if (_memory is null)
        {
            _memory = new SqliteConnection("Data Source=:memory:;Pooling=false");
            _memory.Open();
            SqliteFile.Execute(_memory, $"CREATE VIRTUAL TABLE asked USING fts5 (text, content = '', tokenize = '{Tokenizer}'); CREATE VIRTUAL TABLE words USING fts5vocab (asked, instance);");
            _empty = Statement.Prepare(_memory, "INSERT INTO asked (asked) VALUES ('delete-all')");
            _put = Statement.Prepare(_memory, "INSERT INTO asked (rowid, text) VALUES (1, ?)");
            _words = Statement.Prepare(_memory, "SELECT term FROM words ORDER BY \"offset\"");
        }
        Statement.Run(_memory.Handle!, _empty!);
        _ = raw.sqlite3_bind_text(_put!, 1, text);
        Statement.Run(_memory.Handle!, _put!);
        var words = new List<string>();
        while (raw.sqlite3_step(_words!) == raw.SQLITE_ROW) words.Add(raw.sqlite3_column_text(_words!, 0).utf8_to_string());
        _ = raw.sqlite3_reset(_words!);
        return words;
    }
}
