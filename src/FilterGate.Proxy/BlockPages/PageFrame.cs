using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Proxy.BlockPages;

/// <summary>What all pages share: head, stylesheet, pictures and the policy that lets exactly this stylesheet in.</summary>
internal static class PageFrame
{
    /// <summary>The stylesheet as it is sent. Comments and indentation stay in the source.</summary>
    private static readonly string Stylesheet = Compact(Read("page.css"));

    /// <summary>The one stylesheet, as a policy names it.</summary>
    public static readonly string StyleSource = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Stylesheet)))}'";

    /// <summary>No script, no image, no font, no other site: the one stylesheet by its hash, and a form back to the same host.
    /// <c>frame-ancestors 'none'</c>: a page that frames ours could trick somebody into asking for it.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src {StyleSource}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>A closed garden gate, a sunny day; at night in dark mode.</summary>
    public static readonly Html Gate = Html.Trusted(Compact(Read("gate.svg")));

    private static readonly Html Style = Html.Trusted($"<style>{Stylesheet}</style>");

    /// <summary>A whole page.</summary>
    /// <param name="look">The class of the body: <c>pupil</c>, <c>adult</c> or <c>locked</c>.</param>
    /// <param name="title">Title of the window.</param>
    /// <param name="school">The school's name.</param>
    /// <param name="picture">The picture on top, or none.</param>
    /// <param name="content">What follows the school's name.</param>
    /// <param name="head">More of the head, or nothing.</param>
    /// <param name="isBare">True for what stands within another page: the content alone.</param>
    public static string Page(string look, string title, string school, Html picture, Html content, Html head = default, bool isBare = false) => Html.Of($"""
        <!doctype html>
        <html lang="{EnglishWords.Language}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="same-origin">
        <meta name="robots" content="noindex">
        <title>{title}</title>
        {Style}
        {head}
        </head>
        <body class="{look}">
        {(isBare ? content : Body(school, picture, content))}
        </body>
        </html>

        """).ToString();

    private static Html Body(string school, Html picture, Html content) => Html.Of($"""
        <main>
        {picture}
        <div class="body">
        <p class="school">{school}</p>
        {content}
        </div>
        </main>
        """);

    private static string Read(string name)
    {
        using var stream = typeof(PageFrame).Assembly.GetManifestResourceStream($"BlockPages/{name}")
            ?? throw new InvalidOperationException($"{name} is not embedded in {typeof(PageFrame).Assembly.GetName().Name}.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Leaves out comment lines and indentation; one rule or shape stays one line.</summary>
    private static string Compact(string source) => string.Join('\n', source.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith("/*", StringComparison.Ordinal) && !line.StartsWith("<!--", StringComparison.Ordinal)));
}
