using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace FilterGate.Proxy.BlockPages;

/// <summary>Markup that may be sent as it is. The only ways to make one are <see cref="Of"/>, where the source's own words stay and every hole is encoded, and <see cref="Trusted"/>.</summary>
/// <remarks>The holes are typed: a <see cref="string"/> is encoded, an <see cref="Html"/> is put in as it is, and anything else does not compile.
/// A string hole is safe as text and within a double-quoted attribute. It is not safe as the address of a link, whose scheme nobody has checked: links of the pages come from <see cref="EnglishWords"/>.</remarks>
internal readonly struct Html
{
    private readonly string? _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>Nothing at all.</summary>
    public static Html None => default;

    /// <summary>A template: <c>Html.Of($"&lt;p&gt;{text}&lt;/p&gt;")</c>.</summary>
    public static Html Of(ref Template template) => new(template.Finish());

    /// <summary>Markup that ships inside this assembly: the stylesheet and the pictures.</summary>
    public static Html Trusted(string markup) => new(markup);

    /// <summary>One after the other.</summary>
    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(part => part._markup)));

    /// <summary>The markup.</summary>
    public override string ToString() => _markup ?? "";

    /// <summary>Collects a template; made by the compiler for the argument of <see cref="Of"/>.</summary>
    [InterpolatedStringHandler]
    [SuppressMessage("Performance", "CA1815:Override equals and operator equals on value types", Justification = "A ref struct that lives for one call; nobody compares it.")]
    internal ref struct Template(int literalLength, int holes)
    {
        // Letters of every script stay letters (Welsh, Polish, Arabic names); < > & " ' and control characters do not.
        private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

        private readonly StringBuilder _markup = new(literalLength + (holes * 64));

        /// <summary>The source's own words.</summary>
        public readonly void AppendLiteral(string literal) => _markup.Append(literal);

        /// <summary>Text from anywhere: encoded.</summary>
        public readonly void AppendFormatted(string? text)
        {
            if (text is not null) _markup.Append(Encoder.Encode(text));
        }

        /// <summary>Markup.</summary>
        public readonly void AppendFormatted(Html markup) => _markup.Append(markup._markup);

        internal readonly string Finish() => _markup.ToString();
    }
}
