using System.Globalization;

namespace FilterGate.Review.Coverage;

/// <summary>A piece of a bar: a rectangle with the look of its mode.</summary>
public sealed record BarPiece(double X, double Y, double Width, double Height, string Look);

/// <summary>A word beside the chart.</summary>
public sealed record ChartLabel(double X, double Y, string Text);

/// <summary>The trend as bars, one a day, each part stacked. Made of numbers alone: the page writes it as SVG, and a table says the same.</summary>
/// <param name="Pieces">The rectangles.</param>
/// <param name="Days">Labels below, as many as fit.</param>
/// <param name="Steps">Labels at the side, with their lines.</param>
public sealed record TrendChart(IReadOnlyList<BarPiece> Pieces, IReadOnlyList<ChartLabel> Days, IReadOnlyList<ChartLabel> Steps)
{
    /// <summary>Of the whole drawing.</summary>
    public const int Width = 900, Height = 260;

    private const double Left = 60, Right = 8, Top = 12, Bottom = 32;

    private const int LabelsMax = 10;

    /// <summary>Looks of the modes, in the order of <see cref="CoverageView.Modes"/>.</summary>
    public static IReadOnlyList<string> Looks { get; } = ["part-read", "part-name", "part-exempt", "part-failed", "part-refused"];

    /// <summary>Draws it.</summary>
    public static TrendChart Of(IReadOnlyList<CoverageDay> days, CultureInfo culture)
    {
        ArgumentNullException.ThrowIfNull(days);
        var top = NiceTop(days.Count == 0 ? 0 : days.Max(d => d.Total));
        var (width, height) = (Width - Left - Right, Height - Top - Bottom);
        var slot = width / Math.Max(1, days.Count);
        var bar = Math.Min(slot * 0.76, 56);
        var pieces = new List<BarPiece>();
        var labels = new List<ChartLabel>();
        var every = Math.Max(1, (int)Math.Ceiling(days.Count / (double)LabelsMax));
        for (var i = 0; i < days.Count; i++)
        {
            var x = Left + (i * slot) + ((slot - bar) / 2);
            var y = Top + height;
            for (var part = 0; part < days[i].Parts.Count; part++)
            {
                var piece = height * days[i].Parts[part] / top;
                if (piece <= 0) continue;
                y -= piece;
                pieces.Add(new BarPiece(Round(x), Round(y), Round(bar), Round(piece), Looks[part]));
            }
            // The last day is always named; the others at even steps back from it.
            if ((days.Count - 1 - i) % every == 0) labels.Add(new ChartLabel(Round(x + (bar / 2)), Height - 10, days[i].Day.ToString("d MMM", culture)));
        }
        ChartLabel[] steps = [.. Enumerable.Range(0, 5).Select(i => new ChartLabel(Left - 8, Round(Top + height - (height * i / 4)), (top * i / 4).ToString("N0", culture)))];
        return new(pieces, labels, steps);
    }

    /// <summary>The next number that quarters well: 4, 8, 20, 40, 80, 200….</summary>
    internal static long NiceTop(long most)
    {
        for (long unit = 4; ; unit *= 10)
        {
            foreach (var times in (ReadOnlySpan<long>)[1, 2, 5])
                if (unit * times >= most) return unit * times;
        }
    }

    private static double Round(double value) => Math.Round(value, 1);
}
