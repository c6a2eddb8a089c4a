using System.Globalization;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Safeguarding.Blocks;

/// <summary>The text with which a school tells its provider, its local authority or the IWF of a site: what, of which nature, when, and what was done. It names nobody.</summary>
public static class SiteReport
{
    /// <summary>Writes the text, ready to be sent.</summary>
    /// <param name="block">The block.</param>
    /// <param name="policy">The school's name, and the lists in force.</param>
    /// <param name="zone">The school's time zone.</param>
    public static string Of(EmergencyBlockRecord block, PolicySnapshot policy, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(zone);
        var url = CanonicalUrl.TryParse(block.Site.ToString(), out var parsed, out _) ? parsed : null;
        var listings = url is null ? [] : policy.Lists.Categories.Explain(url, Seen.Url).Select(m => $"{m.Category.Slug} ({m.List})").Distinct(StringComparer.Ordinal).ToArray();
        var when = TimeZoneInfo.ConvertTime(block.Start, zone).ToString("dddd d MMMM yyyy, HH:mm", CultureInfo.GetCultureInfo("en-GB"));
        return $"""
            REPORT OF AN UNSUITABLE SITE

            To: the provider of the filtering lists; the local authority; and, where it may be illegal, the Internet Watch Foundation (https://report.iwf.org.uk/)
            Through: the head

            School:  {policy.School}
            Site:    {block.Site}
            Nature:  {block.Nature ?? "(not stated: say in a few words what kind of content it is)"}
            When:    closed for everybody on {when}
            Why:     {block.Reason}
            Lists:   {(listings.Length == 0 ? "in none of our lists when it was reported" : string.Join(", ", listings))}
            Number:  emergency block {block.Id}

            Please add the site to your lists, or tell us why it is not in them.

            Before this is sent: no names of pupils or staff. No pictures. If it may show the abuse of a child, do not open it again, do not copy it and do not send it to anybody:
            report its address to the IWF and tell the police and the safeguarding lead at once.
            """;
    }
}
