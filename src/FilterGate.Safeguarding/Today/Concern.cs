using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;

namespace FilterGate.Safeguarding.Today;

/// <summary>What one act is about, and how much that weighs.</summary>
/// <param name="Subject">The alert theme, else the category.</param>
/// <param name="Title">For people.</param>
/// <param name="Weight">From <see cref="ConcernWeights"/>.</param>
internal sealed record Concern(string Subject, string Title, int Weight)
{
    /// <summary>True when the words of a search say so.</summary>
    public bool IsByWords { get; init; }

    /// <summary>The weightier of what the words of a search and what the category of the address are about; null for what is about nothing.</summary>
    public static Concern? Of(FilterEvent e, Taxonomy taxonomy)
    {
        // Only what was refused, or would have been but for shadow mode, says something by its category: what is allowed the school has allowed.
        var ofCategory = e.Decision >= Verdict.Warn || e.Lifted is not null ? OfCategory(e.Category, taxonomy) : null;
        // A page that a translator shows is what it is, and an attempt beside it.
        if (WaysRound.Of(e) is not null && (ofCategory is null || ofCategory.Weight < ConcernWeights.OfTheme(ConcernWeights.Circumvention)))
            ofCategory = new Concern(ConcernWeights.Circumvention, ConcernWeights.TitleOf(ConcernWeights.Circumvention), ConcernWeights.OfTheme(ConcernWeights.Circumvention));
        var ofWords = e.SearchWords is { } words ? SearchConcerns.Find(words) : null;
        return ofCategory is null || ofWords?.Weight > ofCategory.Weight ? ofWords : ofCategory;
    }

    private static Concern? OfCategory(string? slug, Taxonomy taxonomy)
    {
        if (slug is null) return null;
        var category = taxonomy.Find(slug);
        var weight = ConcernWeights.OfCategory(slug, category?.Theme);
        return weight == 0 ? null : category?.Theme is { } theme ? new Concern(theme, ConcernWeights.TitleOf(theme), weight) : new Concern(slug, category?.Name ?? slug, weight);
    }
}

/// <summary>How much a subject weighs by itself. 100 is the most; what is below 25 needs more than one act, or intent, to be shown.</summary>
internal static class ConcernWeights
{
    /// <summary>A subject that nobody has weighed: a reason to look at the list, not at a child.</summary>
    private const int Other = 2;

    /// <summary>The theme of attempts to get round the filter.</summary>
    public const string Circumvention = "circumvention";

    /// <summary>By alert theme.</summary>
    private static readonly Dictionary<string, (int Weight, string Title)> Themes = new(StringComparer.Ordinal)
    {
        ["child-abuse"] = (100, "Illegal content"), ["suicide"] = (80, "Suicide"), ["self-harm"] = (70, "Self-harm"), ["radicalisation"] = (60, "Extremism"), ["abuse"] = (55, "Abuse"),
        ["criminal"] = (40, "Crime and weapons"), ["bullying"] = (35, "Hate and bullying"), ["adult"] = (30, "Content for adults"), ["substance-abuse"] = (30, "Drugs and vaping"),
        [Circumvention] = (30, "Getting round the filter"), ["contact"] = (15, "Contact with strangers"), ["gambling"] = (15, "Gambling"),
    };

    /// <summary>Categories that weigh more or less than their theme, or have none.</summary>
    private static readonly Dictionary<string, int> CategoryWeights = new(StringComparer.Ordinal)
    {
        ["school-violence"] = 70, ["explosives"] = 55, ["gangs"] = 50, ["adult-services"] = 50, ["random-video-chat"] = 40, ["ai-companions"] = 25, ["gore-shock"] = 30, ["cults"] = 25, ["dating"] = 25, ["medicines-sale"] = 25,
        ["hacking"] = 25, ["stresser"] = 25, ["tobacco-vaping"] = 18, ["lingerie"] = 12, ["alcohol"] = 12, ["live-streaming"] = 8, ["social-networks"] = 6, ["chat-messaging"] = 6, ["user-built-games"] = 4,
        // Pages bring these along by themselves; nobody looks for them.
        ["advertising"] = 0, ["telemetry"] = 0, ["updates"] = 0, ["malware"] = 5, ["phishing"] = 5, ["cryptojacking"] = 0, ["uncategorised"] = 1, ["newly-registered"] = 1, ["piracy-pipcu"] = 10,
    };

    public static int OfCategory(string slug, string? theme) =>
        CategoryWeights.TryGetValue(slug, out var weight) ? weight : theme is null ? Other : OfTheme(theme);

    /// <summary>The categories that reach the threshold at <paramref name="shareMax"/> per cent of their weight, and by subject those beside them that do not: what counts only with one that does.</summary>
    public static (IReadOnlyList<string> Reaching, ILookup<string, string> Light) Categories(int scoreMin, int shareMax, Taxonomy taxonomy)
    {
        var all = taxonomy.Categories.Select(category => category.Slug).Union(CategoryWeights.Keys, StringComparer.Ordinal)
            .Select(slug => (Slug: slug, taxonomy.Find(slug)?.Theme)).Select(each => (each.Slug, Subject: each.Theme ?? each.Slug, Weight: OfCategory(each.Slug, each.Theme))).Where(each => each.Weight > 0).ToList();
        bool Reaches(int weight) => weight * shareMax / 100 >= scoreMin;
        return ([.. all.Where(each => Reaches(each.Weight)).Select(each => each.Slug)], all.Where(each => !Reaches(each.Weight)).ToLookup(each => each.Subject, each => each.Slug, StringComparer.Ordinal));
    }

    public static int OfTheme(string theme) => Themes.TryGetValue(theme, out var known) ? known.Weight : Other;

    /// <summary>What a search says of itself. Who looks for advice about a stranger who asks for something has met one; a page for meeting them is only a page.</summary>
    public static int OfWords(string theme) => theme == "contact" ? 55 : OfTheme(theme);

    public static string TitleOf(string theme) => Themes.TryGetValue(theme, out var known) ? known.Title : theme;
}
