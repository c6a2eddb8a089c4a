using Microsoft.AspNetCore.Components;

namespace FilterGate.Review.Site;

/// <summary>Something to tell the reader: words of this site, with values at <c>{0}</c>…, or what another part of FilterGate says in English, without any.</summary>
/// <param name="English">The words.</param>
/// <param name="Values">What stands in them.</param>
public sealed record Told(string English, params IReadOnlyList<object?> Values);

/// <summary>Puts words into a page that are known in English alone until the table has them: of a closed set, of a policy, of another part of FilterGate. What stays English says so, so that a screen reader speaks it rightly.</summary>
internal static class Phrase
{
    /// <summary>The words in the reader's language, else in English and marked.</summary>
    public static RenderFragment? Show(this Tongue tongue, string? english) => english is null ? null : Marked(tongue, tongue[english], tongue.Has(english));

    /// <summary>The same of words with values.</summary>
    public static RenderFragment? Show(this Tongue tongue, Told? told) =>
        told is null ? null : Marked(tongue, told.Values.Count == 0 ? tongue[told.English] : tongue.Say(told.English, [.. told.Values]), tongue.Has(told.English));

    /// <summary>The same of a category's title.</summary>
    public static RenderFragment? ShowCategory(this Tongue tongue, string? title) => title is null ? null : Marked(tongue, tongue.Category(title), tongue.Has(Tongue.CategoryPrefix + title));

    /// <summary>A category's title, or what stands where there is none.</summary>
    public static RenderFragment? ShowSubject(this Tongue tongue, string? words) => words is not null && tongue.Has(Tongue.CategoryPrefix + words) ? tongue.ShowCategory(words) : tongue.Show(words);

    private static RenderFragment Marked(Tongue tongue, string words, bool isInTongue) => page =>
    {
        if (isInTongue)
        {
            page.AddContent(0, words);
            return;
        }
        page.OpenElement(1, "span");
        page.AddAttribute(2, "lang", Tongue.English.Tag);
        page.AddContent(3, words);
        page.CloseElement();
    };
}
