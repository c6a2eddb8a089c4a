using FilterGate.Lists.Formats;
using FilterGate.Lists.Sources;

namespace FilterGate.Lists.Tests.Sources;

public sealed class CatalogueTests
{
    private const string Good = """
        sources:
          - id: one
            name: One
            address: https://lists.example/one.txt
            format: hosts
            category: games
            licence: MIT
            purpose: games
            reason: "off: to try"
            default: off
        """;

    [Test]
    public void Shipped_EverySource_CanBeFetchedAndSaysWhy()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Catalogue.Shipped.Sources, Has.Length.GreaterThan(10));
            foreach (var source in Catalogue.Shipped.Sources)
            {
                Assert.That(source.Addresses.Select(a => a.Scheme), Is.All.EqualTo("https"), source.Id);
                Assert.That(source.Reason, Does.StartWith(source.IsOnByDefault ? "on: " : "off: "), source.Id);
                Assert.That(new[] { source.Name, source.Licence, source.Purpose }, Has.None.Empty, source.Id);
                Assert.That(source.TransportProblem(), Is.Null, source.Id);
                Assert.That(source.Report?.Scheme, Is.EqualTo("https"), $"{source.Id}: where is a wrong entry reported?");
            }
            Assert.That(Catalogue.Shipped.Sources.Where(s => s.IsOnByDefault).Select(s => s.Id), Is.EqualTo(new[] { "ut1", "doh", "urlhaus", "public-suffix-list" }));
            Assert.That(Catalogue.Shipped.Find("ut1"), Has.Property(nameof(CatalogueSource.Layout)).EqualTo(SourceLayout.Ut1).And.Property(nameof(CatalogueSource.Checksum)).Not.Null);
        }
    }

    // The last one brought YamlDotNet into a state that it thinks impossible; found by fuzzing.
    [TestCase("a: [", "this is not YAML")]
    [TestCase("", "a mapping with the key 'sources' is wanted")]
    [TestCase("...\0\0x\u0080", "this is not YAML")]
    public void Parse_NoYaml_IsRefused(string yaml, string why) =>
        Assert.That(() => Catalogue.Parse(yaml, ListLoader.ShippedTaxonomy), Throws.InstanceOf<ListLoadException>().With.Message.Contains(why));

    [Test]
    public void Parse_GoodSource_IsRead()
    {
        var source = Catalogue.Parse(Good, ListLoader.ShippedTaxonomy).Sources.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((source.Id, source.Layout, source.Format, source.Category, source.IsOnByDefault), Is.EqualTo(("one", SourceLayout.List, ListFormat.Hosts, "games", false)));
            Assert.That(source.Cadence, Is.EqualTo(TimeSpan.FromDays(1)));
            Assert.That(source.FormatName, Is.EqualTo("hosts"));
        }
    }

    [TestCase("id: one", "id: One", "2:9: 'One' is no id")]
    [TestCase("id: one", "id: ../one", "2:9: '../one' is no id")]
    [TestCase("name: One", "nam: One", "3:5: 'nam' is no key here")]
    [TestCase("https://lists", "http://lists", "4:14: http://lists.example/one.txt is http")]
    [TestCase("https://lists", "ftp://lists", "4:14: 'ftp://lists.example/one.txt' is not an address")]
    [TestCase("https://lists", "https://me:pass@lists", "4:14: an address here has no user")]
    [TestCase("format: hosts", "format: host", "5:13: 'host' is no format")]
    [TestCase("category: games", "category: gamez", "6:15: 'gamez' is no category")]
    [TestCase("category: games", "category: csam-iwf", "6:15: csam-iwf is a locked category")]
    [TestCase("category: games", "cadence: daily", "2:5: the key 'category' is missing")]
    [TestCase("format: hosts", "format: ut1", "6:15: only a source that is one list has a category")]
    [TestCase("default: off", "default: maybe", "10:14: 'maybe' is none of on, off")]
    [TestCase("default: off", "default: off\n    checksum: { md5: abc }", "11:22: 'abc' is neither an address nor a digest of md5")]
    [TestCase("default: off", "default: off\n  - id: one\n    name: Two", "11:5: the key 'address' is missing")]
    [TestCase("sources:", "sources: 5\nother:", "1:10: sources must be a list")]
    [TestCase("    name: One", "   name: One", "this is not YAML")]
    public void Parse_Mistake_IsNamedWithItsPlace(string text, string instead, string expected) =>
        Assert.That(() => Catalogue.Parse(Good.Replace(text, instead, StringComparison.Ordinal), ListLoader.ShippedTaxonomy), Throws.TypeOf<ListLoadException>().With.Message.Contains($"catalogue.yaml:{expected}").Or.Message.Contains(expected));

    [Test]
    public void With_OwnSourceOfAShippedId_TakesItsPlace()
    {
        var own = new CatalogueSource { Id = "ut1", Name = "Mirror", Addresses = [new Uri("https://mirror.example/ut1.tar.gz")], Layout = SourceLayout.Ut1, IsOwn = true };
        var both = Catalogue.Shipped.With([own]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(both.Sources, Has.Length.EqualTo(Catalogue.Shipped.Sources.Length));
            Assert.That(both.Find("ut1"), Is.SameAs(own));
            Assert.That(Catalogue.Shipped.With([]), Is.SameAs(Catalogue.Shipped));
        }
    }
}
