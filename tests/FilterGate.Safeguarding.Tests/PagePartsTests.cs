using System.Diagnostics;
using FilterGate.Matching;
using FilterGate.Safeguarding.Unblocks;

namespace FilterGate.Safeguarding.Tests;

internal sealed class PagePartsTests
{
    [TestCase("<script src=https://cdn.example/a.js></script>", "cdn.example script")]
    [TestCase("<SCRIPT async SRC='//cdn.example/a.js'>", "cdn.example script")]
    [TestCase("<link rel=\"preload stylesheet\" href=\"https://cdn.example/a.css\">", "cdn.example style")]
    [TestCase("<link rel=preload as=font href=https://fonts.example/a.woff2 crossorigin>", "fonts.example font")]
    [TestCase("<link rel=icon href=https://img.example/favicon.ico>", "img.example image")]
    [TestCase("<link rel=canonical href=https://other.example/>", "")]
    [TestCase("<iframe src=\"https://frame.example/x?a=1&amp;b=2\"></iframe>", "frame.example frame")]
    [TestCase("<object data=https://frame.example/x.pdf>", "frame.example frame")]
    [TestCase("<img src=/local.png srcset=\"https://img.example/a.png 1x, https://img2.example/b.png 2x\">", "img.example image|img2.example image|page.example image")]
    [TestCase("<video poster=https://img.example/p.jpg><source src=https://media.example/v.mp4></video>", "img.example image|media.example media")]
    [TestCase("<div style=\"background: url('https://img.example/b.png')\">", "img.example image")]
    [TestCase("<style>@import \"https://css.example/a.css\"; @font-face { src: url(https://fonts.example/f.WOFF?x) } p { background:url( https://img.example/i ) }</style>", "css.example style|fonts.example font|img.example image")]
    [TestCase("<base href=https://base.example/dir/><img src=a.png>", "base.example image")]
    [TestCase("<!-- <script src=https://old.example/a.js></script> --><img src=https://img.example/>", "img.example image")]
    [TestCase("<script>document.write('<img src=https://no.example/>')</script><img src=https://img.example/>", "img.example image")]
    [TestCase("<a href=https://link.example/>link</a><form action=https://form.example/></form>", "")]
    [TestCase("<img src=data:image/png;base64,AAAA><img src=javascript:alert(1)><img src=mailto:a@b.example>", "")]
    [TestCase("<img src=https://IMG.Example:8443/a><img alt='>' src=https://b.example/>", "b.example image|img.example image")]
    [TestCase("<script src=https://cdn.example/a.js></script><img src=https://cdn.example/a.png>", "cdn.example script,image")]
    [TestCase("< script src=https://no.example/>a < b <img src=https://img.example", "img.example image")]
    [TestCase("", "")]
    [TestCase("<", "")]
    [TestCase("<!--", "")]
    [TestCase("<img src='https://never.example/ends", "never.example image")]
    public void ReadPage_Markup_FindsWhatABrowserLoads(string html, string expected)
    {
        var parts = new PageParts();
        parts.ReadPage(html, Url("https://page.example/dir/page.html"));
        Assert.That(Say(parts), Is.EqualTo(expected));
    }

    [TestCase("@import url(//css.example/b.css);", "css.example style")]
    [TestCase("@font-face{src:url(\"https://fonts.example/a.woff2\")format('woff2'),url(../b.ttf)}", "fonts.example font|style.example font")]
    [TestCase("@import;@import;a{b:url(c.png)}", "style.example image")]
    [TestCase("a{b:url(", "")]
    public void ReadStyle_Rules_FindsWhatTheyLoad(string css, string expected)
    {
        var parts = new PageParts();
        parts.ReadStyle(css, Url("https://style.example/css/a.css"));
        Assert.That(Say(parts), Is.EqualTo(expected));
    }

    [Test]
    public void ReadPage_StyleSheets_AreNamedInOrderOnceEach()
    {
        var parts = new PageParts();
        parts.ReadPage("<link rel=stylesheet href=b.css><link rel=stylesheet href=/a.css><link rel=stylesheet href=b.css>", Url("https://page.example/dir/"));
        Assert.That(parts.Styles.Select(s => s.ToString()), Is.EqualTo(new[] { "https://page.example/dir/b.css", "https://page.example/a.css" }));
    }

    [Test]
    public void ReadPage_MorePartsThanAreTaken_StopsThere()
    {
        var parts = new PageParts();
        parts.ReadPage(string.Concat(Enumerable.Range(0, PageParts.PartsMax + 500).Select(i => $"<img src=https://h{i}.example/>")), Url("https://page.example/"));
        Assert.That(parts.Hosts, Has.Count.EqualTo(PageParts.PartsMax));
    }

    // Text that makes a careless reader go through it for each of its characters.
    [TestCase("<!")]
    [TestCase("<a ")]
    [TestCase("<a b='")]
    [TestCase("<style>@import;</style")]
    [TestCase("@import;")]
    [TestCase("url(")]
    [TestCase("<script>")]
    [TestCase("<img style=url(")]
    public void Read_HostileText_EndsSoon(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, (256 << 10) / piece.Length));
        var watch = Stopwatch.StartNew();
        new PageParts().ReadPage(text, Url("https://page.example/"));
        new PageParts().ReadStyle(text, Url("https://page.example/"));
        // Some ten milliseconds; a careless reader would take minutes.
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)));
    }

    [Test]
    public void Read_AnyText_EndsWithoutAFault()
    {
        const string Characters = "<>/='\" \n-!ascriptylmghf:u(r)@;e.&#x";
        var random = new Random(7);
        for (var i = 0; i < 5_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => Characters[random.Next(Characters.Length)]));
            var parts = new PageParts();
            parts.ReadPage("<" + text, Url("https://page.example/"));
            parts.ReadStyle(text, Url("https://page.example/"));
            Assert.That(parts.Hosts.Keys, Has.None.Contains("/"), text);
        }
    }

    private static string Say(PageParts parts) =>
        string.Join('|', parts.Hosts.OrderBy(h => h.Key, StringComparer.Ordinal).Select(h => $"{h.Key} {string.Join(',', Enum.GetValues<PartKinds>().Where(k => k != PartKinds.None && h.Value.HasFlag(k)).Select(k => k.ToString().ToLowerInvariant()))}"));

    private static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));
}
