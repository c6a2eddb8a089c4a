using FilterGate.Commands;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Search;

namespace FilterGate.Settings;

/// <summary>What is known of search engines: what FilterGate ships, and over it <c>search-engines.yml</c> in the data folder, of the form of matomo's <c>SearchEngines.yml</c>.</summary>
internal static class SearchEngineFile
{
    /// <summary>The file's name.</summary>
    public const string Name = "search-engines.yml";

    /// <summary>Reads it where it is there.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <param name="notUnderstood">What was passed over, with its line.</param>
    /// <exception cref="UserErrorException">It is there and cannot be read at all.</exception>
    public static SearchTerms Read(string dataFolder, out IReadOnlyList<PolicyProblem> notUnderstood)
    {
        var problems = new List<PolicyProblem>();
        notUnderstood = problems;
        var path = Path.Combine(dataFolder, Name);
        if (!File.Exists(path)) return SearchTerms.Shipped;
        var read = SearchTerms.Read(TextFile.Read(path, "the list of search engines"), problems);
        if (read is null || problems.Find(p => !p.IsWarning) is not null)
        {
            var wrong = problems.Find(p => !p.IsWarning)!;
            throw new UserErrorException($"{path}, line {wrong.Line}: {wrong.Message}. Mend it, or take it away: then what FilterGate ships is used.");
        }
        return SearchTerms.Shipped.With(read);
    }
}
