namespace FilterGate.Lists.Tests;

/// <summary>A bundle's file is read strictly: what a school opens with one word must be what was meant.</summary>
public sealed class BundleFileTests
{
    private const string Good = """
        name: video
        title: Video
        purpose: Meetings.
        address: https://video.example/
        checked: 2026-11-23
        notes: [Sound goes by UDP.]
        hosts:
          - { host: video.example, reason: The site., source: its page }
          - { host: "*.cdn.example", reason: Pictures., source: its page, never_intercept: true }
        """;

    [Test]
    public void Parse_GoodFile_IsReadWhole()
    {
        var bundle = BundleFile.Parse("video.yaml", Good);
        Assert.Multiple(() =>
        {
            Assert.That((bundle.Name, bundle.Title, bundle.List, bundle.Checked), Is.EqualTo(("video", "Video", "bundle video", new DateOnly(2026, 11, 23))));
            Assert.That(bundle.Notes, Is.EqualTo(new[] { "Sound goes by UDP." }));
            Assert.That(bundle.Entries.Select(e => (e.Text, e.Line, e.IsNeverIntercepted, e.Rule)), Is.EqualTo(new[]
            {
                ("video.example", 8, false, "bundle video: video.example"), ("*.cdn.example", 9, true, "bundle video: *.cdn.example"),
            }));
        });
    }

    [TestCase("name: video", "name: other", "line 1: the name is other, but the file is called video.yaml", TestName = "Parse_NameOfAnotherFile_IsRefused")]
    [TestCase("title: Video", "titel: Video", "line 2: 'titel' is no key here", TestName = "Parse_UnknownKey_IsRefused")]
    [TestCase("purpose: Meetings.\n", "", "purpose is missing", TestName = "Parse_MissingKey_IsRefused")]
    [TestCase("purpose: Meetings.", "purpose: [a]", "line 3: purpose is a text", TestName = "Parse_ListForAText_IsRefused")]
    [TestCase("2026-11-23", "23.11.2026", "line 5: checked is a day", TestName = "Parse_OtherFormOfDay_IsRefused")]
    [TestCase("host: video.example", "host: example", "line 8: 'example' is a whole top-level domain", TestName = "Parse_TopLevelDomain_IsRefused")]
    [TestCase("\"*.cdn.example\"", "\"*.example\"", "line 9: '*.example' is a whole top-level domain", TestName = "Parse_AllBelowATopLevelDomain_IsRefused")]
    [TestCase("\"*.cdn.example\"", "video.example", "line 9: 'video.example' is written twice", TestName = "Parse_HostTwice_IsRefused")]
    [TestCase("host: video.example", "host: video.example/a", "line 8: 'video.example/a' has a path", TestName = "Parse_Path_IsRefused")]
    [TestCase("host: video.example", "host: vid eo.example", "line 8: 'vid eo.example' cannot be used", TestName = "Parse_NoHost_IsRefused")]
    [TestCase("never_intercept: true", "never_intercept: yes", "line 9: never_intercept is true or false", TestName = "Parse_OtherWordForTrue_IsRefused")]
    [TestCase(", source: its page }", " }", "source is missing", TestName = "Parse_HostWithoutSource_IsRefused")]
    [TestCase("title: Video", "title: [", "this is not YAML", TestName = "Parse_BrokenYaml_IsRefused")]
    [TestCase("name: video", "name: video\n---\nname: video", "there must be one document", TestName = "Parse_TwoDocuments_IsRefused")]
    public void Parse_BadFile_IsRefused(string text, string instead, string message)
    {
        var at = Good.IndexOf(text, StringComparison.Ordinal);
        Assert.That(at, Is.Not.Negative, "else nothing is tried");
        var bad = string.Concat(Good.AsSpan(0, at), instead, Good.AsSpan(at + text.Length));
        Assert.That(() => BundleFile.Parse("video.yaml", bad), Throws.TypeOf<ListLoadException>().With.Message.Contains(message).And.Message.StartsWith("bundles/video.yaml"));
    }

    [Test]
    public void Parse_NoHosts_IsRefused() =>
        Assert.That(() => BundleFile.Parse("video.yaml", Good[..Good.IndexOf("hosts:", StringComparison.Ordinal)] + "hosts: []"), Throws.TypeOf<ListLoadException>().With.Message.Contains("opens nothing"));
}
