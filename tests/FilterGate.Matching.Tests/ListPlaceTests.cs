namespace FilterGate.Matching.Tests;

public sealed class ListPlaceTests
{
    [TestCase("example.com", "example.com", "example.com", null, true, true)]
    [TestCase(" Example.com. ", "example.com", "example.com", null, true, true)]
    [TestCase("=example.com", "=example.com", "example.com", null, true, false)]
    [TestCase("*.example.com", "*.example.com", "example.com", null, false, true)]
    [TestCase("https://www.example.com/A/?q=B", "example.com/a/?q=b", "example.com", "/a/?q=b", true, true)]
    [TestCase("=www.example.com/a/", "=example.com/a", "example.com", "/a", true, false)]
    [TestCase("0x7f.1", "127.0.0.1", "127.0.0.1", null, true, true)]
    public void TryParse_Place_IsUnderstood(string text, string canonical, string host, string? path, bool includesHost, bool includesBelow)
    {
        Assert.That(ListPlace.TryParse(text, out var place, out _), Is.True);
        Assert.That(place, Is.EqualTo(new ListPlace(canonical, host, path, includesHost, includesBelow)));
    }

    [TestCase("example.com")]
    [TestCase("*.example.com")]
    [TestCase("=example.com/path")]
    [TestCase("example.com/path?x=1")]
    public void TryParse_CanonicalText_IsKept(string text)
    {
        Assert.That(ListPlace.TryParse(text, out var place, out _), Is.True);
        Assert.That(place.Text, Is.SameAs(text));
    }

    // Written as "example.com/?" it would be read as the whole host.
    [TestCase("example.com/?/")]
    [TestCase("example.com/?a=/")]
    [TestCase("example.com//?//")]
    public void TryParse_OddPath_TextMeansTheSame(string text)
    {
        Assert.That(ListPlace.TryParse(text, out var place, out _), Is.True);
        Assert.That(ListPlace.TryParse(place.Text, out var again, out _), Is.True);
        Assert.That(again, Is.EqualTo(place));
    }

    [TestCase("")]
    [TestCase("*")]
    [TestCase("a b.example")]
    [TestCase("*.192.0.2.7")]
    public void TryParse_NoPlace_SaysWhy(string text)
    {
        Assert.That(ListPlace.TryParse(text, out _, out var error), Is.False);
        Assert.That(error, Is.Not.Empty);
    }

    [TestCase("example.com", "example.com", true)]
    [TestCase("example.com", "a.b.example.com", true)]
    [TestCase("example.com", "example.com/x", true)]
    [TestCase("example.com", "=a.example.com", true)]
    [TestCase("example.com", "*.example.com", true)]
    [TestCase("example.com", "ample.com", false)]
    [TestCase("example.com", "myexample.com", false)]
    [TestCase("example.com", "com", false)]
    [TestCase("=example.com", "=example.com", true)]
    [TestCase("=example.com", "example.com", false)]
    [TestCase("=example.com", "a.example.com", false)]
    [TestCase("=example.com", "=example.com/x", false)]
    [TestCase("*.example.com", "*.example.com", true)]
    [TestCase("*.example.com", "a.example.com", true)]
    [TestCase("*.example.com", "example.com", false)]
    [TestCase("*.example.com", "=example.com", false)]
    [TestCase("example.com/a", "example.com/a/b", true)]
    [TestCase("example.com/a", "x.example.com/a?b", true)]
    [TestCase("example.com/a", "example.com/ab", false)]
    [TestCase("example.com/a", "example.com", false)]
    [TestCase("example.com/a?b=", "example.com/a?b=7", true)]
    [TestCase("=example.com/a", "=example.com/a/b", true)]
    [TestCase("=example.com/a", "example.com/a/b", false)]
    [TestCase("4", "1.2.3.4", false)]
    public void Covers_Other_IsSo(string text, string other, bool covers)
    {
        Assert.That(ListPlace.TryParse(text, out var place, out _), Is.True);
        Assert.That(ListPlace.TryParse(other, out var otherPlace, out _), Is.True);
        Assert.That(place.Covers(otherPlace), Is.EqualTo(covers));
    }
}
