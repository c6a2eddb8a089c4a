using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;

namespace FilterGate.Review.People;

/// <summary>A day as twenty-four columns, drawn on the server: height is how much, the dark part is what was refused. The numbers are in a table below it, for those who do not see it.</summary>
internal static class HourChart
{
    private const int Column = 26, Height = 90, Base = Height + 4;

    /// <summary>Draws it.</summary>
    public static MarkupString Draw(IReadOnlyList<(long Refused, long All)> hours, string label)
    {
        var most = Math.Max(1, hours.Count == 0 ? 1 : hours.Max(hour => hour.All));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"hours\" viewBox=\"0 0 {24 * Column} {Base + 18}\" role=\"img\" aria-label=\"{System.Net.WebUtility.HtmlEncode(label)}\">");
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"0\" x2=\"{24 * Column}\" y1=\"{Base}\" y2=\"{Base}\"/>");
        for (var hour = 0; hour < 24; hour++)
        {
            var (refused, all) = hour < hours.Count ? hours[hour] : default;
            // What is there is seen, however little beside the rest.
            var (tall, dark) = (Scale(all), Scale(refused));
            if (all > 0) svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"all\" x=\"{(hour * Column) + 3}\" width=\"{Column - 6}\" y=\"{Base - tall}\" height=\"{tall}\" rx=\"2\"/>");
            if (refused > 0) svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"refused\" x=\"{(hour * Column) + 3}\" width=\"{Column - 6}\" y=\"{Base - dark}\" height=\"{dark}\" rx=\"2\"/>");
            if (hour % 3 == 0) svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(hour * Column) + (Column / 2)}\" y=\"{Base + 14}\">{hour}</text>");
        }
        svg.Append("</svg>");
        return new MarkupString(svg.ToString());

        long Scale(long count) => count == 0 ? 0 : Math.Max(3, count * Height / most);
    }
}
