using System.Collections.Immutable;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;

namespace FilterGate.Proxy.BlockPages;

/// <summary>What staff choose of when they ask: by which route, and for whom.</summary>
/// <param name="Classes">Name and title of the school's classes; of other groups where it has none.</param>
/// <param name="OffersForGood">False where the policy names nobody who could decide it: such a request would wait for an answer that nobody may give.</param>
public sealed record RequestChoice(ImmutableArray<(string Name, string Title)> Classes, bool OffersForGood)
{
    /// <summary>Most classes on a page: a large primary has thirty, and a page has a bound on its weight.</summary>
    private const int ClassesMax = 60;

    /// <summary>The choice of this client, or null where requests go to a teacher.</summary>
    public static RequestChoice? Of(PolicySnapshot policy, Client client)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(client);
        if (!RequestRoutes.AreOffered(policy, client.Tier.Name, client.Person)) return null;
        var classes = policy.Groups.Where(g => g.Kind == GroupKind.Class).ToArray();
        return new([.. (classes.Length > 0 ? classes : [.. policy.Groups]).Take(ClassesMax).Select(g => (g.Name, g.Title))], policy.Approvals.IsWritten);
    }
}

/// <summary>The pages and forms with which people ask for a site or report one.</summary>
public static partial class BlockPage
{
    /// <summary>Path of the page at the gateway's own name where a site is asked for or reported.</summary>
    public const string ReportPath = "/request";

    /// <summary>Field with the address, on the page at the gateway's own name.</summary>
    public const string AddressField = "address";

    /// <summary>Field with the route: <c>lesson</c>, <c>for-good</c> or <c>report</c>.</summary>
    public const string RouteField = "route";

    /// <summary>Field with the class.</summary>
    public const string GroupField = "group";

    /// <summary>Field with the end of the lesson, a time of today: <c>15:00</c>.</summary>
    public const string UntilField = "until";

    /// <summary>The page on which a site is asked for or reported without a block page.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="tier">The reader's tier.</param>
    /// <param name="choice">What staff choose of, or null.</param>
    public static string RenderRequestForm(string school, string tier, RequestChoice? choice)
    {
        var reader = ReaderOf(tier);
        return Page(reader == Reader.Pupil ? "pupil" : "adult", EnglishWords.RequestTitle, school, Html.None, Html.Of($"""
            <h1>{EnglishWords.RequestTitle}</h1>
            <p class="lead">{EnglishWords.RequestLead(reader)}</p>
            <form class="plain" method="post" action="{ReportPath}" autocomplete="off">
            <label for="address">{EnglishWords.RequestAddress}</label>
            <input id="address" name="{AddressField}" type="text" inputmode="url" autocapitalize="none" spellcheck="false" maxlength="2000" required>
            <fieldset><legend>{EnglishWords.RequestWhat}</legend>
            {(choice is null
                ? Radio("", EnglishWords.RequestOpen, isChosen: true)
                : Routes(choice))}
            {Radio("report", EnglishWords.RequestReport, isChosen: false)}
            </fieldset>
            {(choice is null ? Html.None : WhomAndUntil(choice))}
            {Note(reader)}
            <button>{EnglishWords.Send}</button>
            </form>
            """));
    }

    /// <summary>The request form of a block page, behind one large button: the page stays calm, and it opens without script.</summary>
    private static Html Form(Reader reader, BlockPageModel model) => model.Choice is { } choice ? FormOf(reader, model.Reference, Html.Of($"""
        <fieldset><legend>{EnglishWords.RouteWhich}</legend>
        {Routes(choice)}
        </fieldset>
        {WhomAndUntil(choice)}
        """)) : Form(reader, model.Reference);

    private static Html Form(Reader reader, string reference) => FormOf(reader, reference, Html.None);

    private static Html FormOf(Reader reader, string reference, Html choice) => Html.Of($"""
        <details class="ask"><summary>{EnglishWords.Ask}</summary>
        <form method="post" action="{RequestPath}" autocomplete="off">
        <input type="hidden" name="{ReferenceField}" value="{reference}">
        {choice}
        {Note(reader)}
        <button>{EnglishWords.Send}</button>
        </form>
        </details>
        """);

    private static Html Routes(RequestChoice choice) => Html.Join(
    [
        Radio("lesson", EnglishWords.RouteLesson, isChosen: true),
        choice.OffersForGood ? Radio("for-good", EnglishWords.RouteForGood, isChosen: false) : Html.None,
    ]);

    private static Html Note(Reader reader) => Html.Of($"""
        <label for="note">{EnglishWords.AskWhy}</label>
        <p class="hint" id="hint">{EnglishWords.AskHint(reader)}</p>
        <textarea id="note" name="{NoteField}" maxlength="{Number(NoteCharsMax)}" rows="3" aria-describedby="hint"></textarea>
        """);

    private static Html WhomAndUntil(RequestChoice choice) => Html.Of($"""
        {(choice.Classes.IsEmpty ? Html.None : Html.Of($"""
        <label for="group">{EnglishWords.RouteWhom}</label>
        <select id="group" name="{GroupField}">
        <option value="">{EnglishWords.RouteWhomAsHere}</option>
        {Html.Join(choice.Classes.Select(c => Html.Of($"""<option value="{c.Name}">{Shorten(c.Title, NameCharsMax)}</option>""")))}
        </select>
        """))}
        <label for="until">{EnglishWords.RouteUntil}</label>
        <p class="hint" id="until-hint">{EnglishWords.RouteUntilHint}</p>
        <input id="until" name="{UntilField}" type="time" aria-describedby="until-hint">
        """);

    private static Html Radio(string value, string label, bool isChosen) => Html.Of($"""
        <label class="choice"><input type="radio" name="{RouteField}" value="{value}"{(isChosen ? Html.Trusted(" checked") : Html.None)}> {label}</label>
        """);
}
