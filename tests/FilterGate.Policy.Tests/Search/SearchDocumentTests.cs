using FilterGate.Policy.Documents;
using FilterGate.Policy.Search;

namespace FilterGate.Policy.Tests.Search;

/// <summary>The keys of search, video and sign-in: what they read, and what is said of a mistake.</summary>
public sealed class SearchDocumentTests
{
    [Test]
    public void Parse_EveryKey_IsRead()
    {
        var settings = Given.Policy("""
            school: S
            networks: [10.0.0.0/8]
            tiers:
              pupil:
                safe_search: off
                youtube: approved
                youtube_videos: [aB3-_xYz012, "https://youtu.be/bbbbbbbbbbb?si=x", "https://www.youtube.com/shorts/ccccccccccc"]
                youtube_playlists: ["https://www.youtube.com/playlist?list=PLabcdefghij0123456789"]
                embedded:
                  - { site: player.example, on: [lessons.example] }
                google_domains: [School.Example]
                microsoft_tenants: [school.example, 01234567-89AB-cdef-0123-456789abcdef]
                microsoft_directory: 01234567-89ab-cdef-0123-456789abcdef
            """).FindTier("pupil")!.Search;
        Assert.Multiple(() =>
        {
            Assert.That((settings.IsSafeSearchForced, settings.YouTube), Is.EqualTo((false, YouTubeMode.Approved)));
            Assert.That(settings.Videos.Videos, Is.EquivalentTo(new[] { "aB3-_xYz012", "bbbbbbbbbbb", "ccccccccccc" }));
            Assert.That(settings.Videos.Playlists, Is.EquivalentTo(new[] { "PLabcdefghij0123456789" }));
            Assert.That(settings.Embedded.IsEmpty, Is.False);
            Assert.That(settings.GoogleDomains, Is.EqualTo(new[] { "school.example" }));
            Assert.That(settings.MicrosoftTenants, Is.EqualTo(new[] { "school.example", "01234567-89ab-cdef-0123-456789abcdef" }));
            Assert.That(settings.MicrosoftDirectory, Is.EqualTo("01234567-89ab-cdef-0123-456789abcdef"));
        });
    }

    [TestCase("safe_search: strict", "no value of safe_search")]
    [TestCase("safe_search: forced", "did you mean 'force'")]
    [TestCase("youtube: none", "no value of youtube")]
    [TestCase("youtube: [strict]", "a word for youtube")]
    [TestCase("youtube: approved, youtube_videos: [tooshort]", "cannot be used in youtube_videos")]
    [TestCase("youtube: approved, youtube_videos: ['https://www.youtube.com/playlist?list=PLabcdefghij0123456789']", "write it under youtube_playlists")]
    [TestCase("youtube: approved, youtube_videos: aB3-_xYz012", "is a list")]
    [TestCase("youtube: approved, youtube_playlists: [RDabcdefghij0123456789]", "cannot be used in youtube_playlists")]
    [TestCase("embedded: [player.example]", "is written as")]
    [TestCase("embedded: [{ site: player.example }]", "the pages in which it is allowed are missing")]
    [TestCase("embedded: [{ on: [lessons.example] }]", "the site is missing")]
    [TestCase("embedded: [{ site: player.example, on: [] }]", "on is empty")]
    [TestCase("embedded: [{ site: player.example, on: [lessons.example/path] }]", "has a path")]
    [TestCase("embedded: [{ site: player.example, on: [a.example] }, { site: Player.example, on: [b.example] }]", "stands under embedded on line")]
    [TestCase("embedded: [{ site: player.example, in: [a.example], on: [b.example] }]", "'in' is no key")]
    [TestCase("google_domains: ['https://school.example/']", "cannot be used in google_domains")]
    [TestCase("google_domains: ['a@school.example']", "cannot be used in google_domains")]
    [TestCase("google_domains: ['a.example,b.example']", "cannot be used in google_domains")]
    [TestCase("google_domains: [10.0.0.1]", "cannot be used in google_domains")]
    [TestCase("microsoft_tenants: [school.example]", "needs microsoft_directory")]
    [TestCase("microsoft_tenants: [school.example], microsoft_directory: school", "no id of a directory")]
    public void Parse_Mistake_SaysWhatToWrite(string keys, string message)
    {
        Assert.That(Read(keys, out var problems), Is.Null);
        Assert.That(problems.Single(p => !p.IsWarning), Has.Property(nameof(PolicyProblem.Line)).EqualTo(1).And.Property(nameof(PolicyProblem.Column)).GreaterThan(1).And.Property(nameof(PolicyProblem.Message)).Contains(message));
    }

    [TestCase("youtube: strict, youtube_videos: [aB3-_xYz012]", "does nothing")]
    [TestCase("youtube: approved, youtube_videos: [aB3-_xYz012, 'https://youtu.be/aB3-_xYz012']", "written twice")]
    [TestCase("microsoft_directory: 01234567-89ab-cdef-0123-456789abcdef", "does nothing without microsoft_tenants")]
    [TestCase("youtube: approved, tls: tunnel", "write tls: intercept")]
    [TestCase("tls: tunnel, embedded: [{ site: player.example, on: [lessons.example] }]", "write tls: intercept")]
    [TestCase("tls: tunnel, google_domains: [school.example]", "write tls: intercept")]
    [TestCase("youtube: off, own_allow: [youtube.com]", "does not open YouTube")]
    [TestCase("youtube: approved, own_block: [www.youtube-nocookie.com]", "blocks approved videos too")]
    public void Parse_WhatDoesNothing_IsWarnedOf(string keys, string message)
    {
        Assert.That(Read(keys, out var problems), Is.Not.Null);
        Assert.That(problems.Single(), Has.Property(nameof(PolicyProblem.IsWarning)).True.And.Property(nameof(PolicyProblem.Message)).Contains(message));
    }

    [TestCase("youtube: off, own_allow: ['youtube.com/@school']")]
    [TestCase("youtube: off, own_block: [youtube.com]")]
    [TestCase("youtube: strict, own_allow: [youtube.com]")]
    [TestCase("youtube: approved, own_block: [notyoutube.com]")]
    public void Parse_WhatDoesSomething_IsNotWarnedOf(string keys)
    {
        Assert.That(Read(keys, out var problems), Is.Not.Null);
        Assert.That(problems, Is.Empty);
    }

    [Test]
    public void LaidOver_GroupOverItsTier_WhatIsNotSaidStaysAndListsComeTogether()
    {
        var policy = Given.Policy("""
            school: S
            networks: [10.0.0.0/8]
            tiers:
              pupil: { youtube: approved, youtube_videos: [aB3-_xYz012], google_domains: [school.example], embedded: [{ site: player.example, on: [a.example] }, { site: films.example, on: [a.example] }] }
            groups:
              4b: { kind: class, tier: pupil, safe_search: off, youtube_videos: [bbbbbbbbbbb], embedded: [{ site: player.example, on: [b.example] }] }
            """);
        var (tier, group) = (policy.FindTier("pupil")!.Search, policy.Groups.Single().Tier.Search);
        Assert.Multiple(() =>
        {
            Assert.That((tier.IsSafeSearchForced, group.IsSafeSearchForced, group.YouTube), Is.EqualTo((true, false, YouTubeMode.Approved)));
            Assert.That(group.Videos.Videos, Is.EquivalentTo(new[] { "aB3-_xYz012", "bbbbbbbbbbb" }));
            Assert.That(tier.Videos.Videos, Is.EquivalentTo(new[] { "aB3-_xYz012" }));
            Assert.That(group.GoogleDomains, Is.EqualTo(new[] { "school.example" }));
        });
    }

    private static PolicyDocument? Read(string keys, out System.Collections.Immutable.ImmutableArray<PolicyProblem> problems) =>
        PolicyDocument.Parse($"{{ school: S, networks: [10.0.0.0/8], tiers: {{ pupil: {{ {keys} }} }} }}", Given.Taxonomy, out problems);
}
