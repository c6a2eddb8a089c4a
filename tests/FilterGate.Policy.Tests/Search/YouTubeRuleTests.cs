using FilterGate.Matching;
using FilterGate.Policy.Search;

namespace FilterGate.Policy.Tests.Search;

/// <summary>Step 8 for YouTube: off blocks it whole, approved opens the listed videos and what their player needs.</summary>
public sealed class YouTubeRuleTests
{
    private const string Listed = "aB3-_xYz012", Other = "zzzzzzzzzzz", List = "PLabcdefghij0123456789", OtherList = "PLzzzzzzzzzzzzzzzzzzzz";
    private const string Approved = $"youtube: approved, youtube_videos: ['{Listed}'], youtube_playlists: ['{List}']";
    private const string Player = "https://www.youtube-nocookie.com/youtubei/v1/player?prettyPrint=false";

    [TestCase($"https://www.youtube-nocookie.com/embed/{Listed}?rel=0&autoplay=0", "youtube_videos: " + Listed, TestName = "Approved_Embed")]
    [TestCase($"https://www.youtube.com/embed/{Listed}", "youtube_videos: " + Listed, TestName = "Approved_EmbedWithCookies")]
    [TestCase($"https://www.youtubeeducation.com/embed/{Listed}", "youtube_videos: " + Listed, TestName = "Approved_EmbedForClassrooms")]
    [TestCase($"https://www.youtube-nocookie.com/embed/videoseries?list={List}", "youtube_playlists: " + List, TestName = "Approved_EmbedOfAPlaylist")]
    [TestCase($"https://www.youtube-nocookie.com/embed/{Listed}?list={List}", "youtube_videos: " + Listed, TestName = "Approved_EmbedOfBoth")]
    [TestCase("https://www.youtube-nocookie.com/s/player/0123abcd/player_ias.vflset/en_GB/base.js", "youtube: approved (the player)", TestName = "Approved_CodeOfThePlayer")]
    [TestCase("https://www.youtube.com/iframe_api", "youtube: approved (the player)", TestName = "Approved_InterfaceForPages")]
    [TestCase("https://rr3---sn-aigl6nzs.googlevideo.com/videoplayback?expire=1&id=o-A", "youtube: approved (the player)", TestName = "Approved_Stream")]
    [TestCase($"https://i.ytimg.com/vi/{Listed}/hqdefault.jpg", "youtube: approved (the player)", TestName = "Approved_PictureOfTheVideo")]
    [TestCase($"https://i.ytimg.com/vi_webp/{Listed}/0.webp", "youtube: approved (the player)", TestName = "Approved_OtherPictureOfTheVideo")]
    [TestCase($"https://www.youtube-nocookie.com/api/timedtext?v={Listed}&lang=en", "youtube: approved (the player)", TestName = "Approved_Subtitles")]
    public void Decide_ApprovedVideo_IsAllowed(string url, string rule)
    {
        var decision = Decide(Approved, url);
        Assert.That((decision.Verdict, decision.Reason, decision.Rule), Is.EqualTo((Verdict.Allow, Reason.OwnAllow, rule)));
        Assert.That(decision.Lesson, Is.Null, "it goes to its origin");
    }

    [TestCase($"https://www.youtube.com/watch?v={Listed}", Listed)]
    [TestCase($"https://m.youtube.com/watch?v={Listed}&t=10", Listed)]
    [TestCase($"https://youtu.be/{Listed}?si=x", Listed)]
    [TestCase($"https://www.youtube.com/shorts/{Listed}", Listed)]
    [TestCase($"https://www.youtube.com/watch?v={Listed}&list=RDzzzzzzzzzzz", Listed, TestName = "Lesson_VideoWithinAMix_IsTheVideo")]
    [TestCase($"https://www.youtube.com/playlist?list={List}", List)]
    [TestCase($"https://www.youtube.com/watch?v={Other}&list={List}&index=2", List, TestName = "Lesson_OtherVideoOfAListedPlaylist_IsThePlaylist")]
    public void Decide_PageOfAnApprovedVideo_LeadsToItsLessonPage(string url, string id)
    {
        var decision = Decide(Approved, url);
        Assert.That((decision.Reason, decision.Lesson?.Id), Is.EqualTo((Reason.OwnAllow, id)));
    }

    [TestCase($"https://www.youtube-nocookie.com/embed/{Other}", TestName = "Blocked_OtherVideo")]
    [TestCase("https://www.youtube-nocookie.com/embed/AB3-_XYZ012", TestName = "Blocked_IdInAnotherCase")]
    [TestCase($"https://www.youtube-nocookie.com/embed/{Listed}?playlist={Other}", TestName = "Blocked_OtherVideoToPlayNext")]
    [TestCase($"https://www.youtube-nocookie.com/embed/{Listed}?list={OtherList}", TestName = "Blocked_OtherPlaylistToPlayNext")]
    [TestCase($"https://www.youtube-nocookie.com/embed/{Listed}?l%69st={OtherList}", TestName = "Blocked_OtherPlaylistWithAnEscapedName")]
    [TestCase($"https://www.youtube-nocookie.com/embed/{Listed}?listType=search&list={List}", TestName = "Blocked_PlaylistThatIsASearch")]
    [TestCase($"https://www.youtube-nocookie.com/embed/{Other}?list={List}", TestName = "Blocked_OtherVideoBesideAListedPlaylist")]
    [TestCase($"https://www.youtube-nocookie.com/embed/{Listed}?v={Other}", TestName = "Blocked_SecondVideo")]
    [TestCase("https://www.youtube-nocookie.com/embed/videoseries", TestName = "Blocked_PlaylistWithoutName")]
    [TestCase("https://www.youtube-nocookie.com/embed/live_stream?channel=UCx", TestName = "Blocked_Live")]
    [TestCase($"https://www.youtube-nocookie.com/embed/{Listed}/x", TestName = "Blocked_MoreAfterTheId")]
    [TestCase($"https://www.youtube.com/watch?v={Other}", TestName = "Blocked_OtherPage")]
    [TestCase($"https://www.youtube.com/watch?v={Other}&v={Listed}", TestName = "Blocked_FirstOfTwoVideosIsAnother")]
    [TestCase("https://www.youtube.com/", TestName = "Blocked_FirstPage")]
    [TestCase("https://www.youtube.com/results?search_query=x", TestName = "Blocked_Search")]
    [TestCase("https://www.youtube.com/shorts", TestName = "Blocked_Shorts")]
    [TestCase("https://www.youtube.com/@somebody", TestName = "Blocked_Channel")]
    [TestCase($"https://www.youtube.com/comment?v={Listed}", TestName = "Blocked_Comments")]
    [TestCase("https://www.youtube.com/youtubei/v1/next", TestName = "Blocked_Suggestions")]
    [TestCase("https://www.youtube.com/youtubei/v1/search", TestName = "Blocked_SearchInterface")]
    [TestCase("https://www.youtube.com/youtubei/v1/browse", TestName = "Blocked_BrowseInterface")]
    [TestCase("https://youtubei.googleapis.com/youtubei/v1/player", TestName = "Blocked_Apps")]
    [TestCase("https://www.youtubekids.com/watch?v=x", TestName = "Blocked_Kids")]
    [TestCase("https://music.youtube.com/", TestName = "Blocked_Music")]
    [TestCase($"https://i.ytimg.com/vi/{Other}/hqdefault.jpg", TestName = "Blocked_PictureOfAnother")]
    [TestCase("https://rr3---sn-aigl6nzs.googlevideo.com/other", TestName = "Blocked_OtherPathOfTheStreams")]
    [TestCase($"https://www.youtube-nocookie.com/api/timedtext?v={Other}", TestName = "Blocked_SubtitlesOfAnother")]
    [TestCase($"https://www.youtube-nocookie.com/api/timedtext?v={Listed}&v={Other}", TestName = "Blocked_SubtitlesOfTwo")]
    [TestCase("https://www.youtube-nocookie.com/s/../watch?v=x", TestName = "Blocked_PathThatClimbsOut")]
    public void Decide_AnythingElse_IsBlocked(string url)
    {
        var decision = Decide(Approved, url);
        Assert.That((decision.Verdict, decision.Reason, decision.Rule), Is.EqualTo((Verdict.Block, Reason.OwnBlock, "youtube: approved")));
        Assert.That(decision.IsOverridable, Is.True, "a teacher may be asked for it");
    }

    [TestCase(Listed, null, true, TestName = "PlayerCall_ListedVideo")]
    [TestCase(Other, null, false, TestName = "PlayerCall_OtherVideo")]
    [TestCase(Other, $"https://www.youtube-nocookie.com/embed/{Listed}", false, TestName = "PlayerCall_OtherVideoFromAListedOnesEmbed")]
    [TestCase(Other, $"https://www.youtube-nocookie.com/embed/videoseries?list={List}", true, TestName = "PlayerCall_VideoOfAListedPlaylist")]
    [TestCase(Other, $"https://www.youtube-nocookie.com/embed/videoseries?list={OtherList}", false, TestName = "PlayerCall_VideoOfAnotherPlaylist")]
    [TestCase(Other, $"https://evil.example/embed/videoseries?list={List}", false, TestName = "PlayerCall_FromAnotherSite")]
    [TestCase(null, null, false, TestName = "PlayerCall_WithoutAVideo")]
    [TestCase("", null, false, TestName = "PlayerCall_Unread")]
    [TestCase("", $"https://www.youtube-nocookie.com/embed/videoseries?list={List}", false, TestName = "PlayerCall_UnreadFromAListedPlaylist")]
    public void Decide_PlayerCall_GoesByItsBody(string? video, string? page, bool isAllowed) =>
        Assert.That(Decide(Approved, Player, page, playerVideo: video).IsForwarded, Is.EqualTo(isAllowed));

    [TestCase("https://jnn-pa.googleapis.com/$rpc/google.internal.waa.v1.Waa/Create", "https://www.youtube-nocookie.com/", true)]
    [TestCase("https://jnn-pa.googleapis.com/$rpc/google.internal.waa.v1.Waa/Create", "https://other.example/", false)]
    [TestCase("https://jnn-pa.googleapis.com/$rpc/google.internal.waa.v1.Waa/Create", null, false)]
    [TestCase("https://www.google.com/js/th/abc.js", "https://www.youtube-nocookie.com/", true)]
    [TestCase("https://www.google.com/search?q=x", "https://www.youtube-nocookie.com/", false)]
    public void Decide_WhatThePlayerLoadsElsewhere_OnlyFromThePlayer(string url, string? page, bool isAllowed) =>
        Assert.That(Decide(Approved, url, page).Reason, Is.EqualTo(isAllowed ? Reason.OwnAllow : Reason.Uncategorised));

    [TestCase("off", "https://www.youtube.com/", Reason.OwnBlock)]
    [TestCase("off", "https://i.ytimg.com/vi/x/0.jpg", Reason.OwnBlock)]
    [TestCase("off", "https://youtubei.googleapis.com/", Reason.OwnBlock)]
    [TestCase("off", "https://rr1.googlevideo.com/videoplayback", Reason.OwnBlock)]
    [TestCase("off", "https://notyoutube.com/", Reason.Uncategorised)]
    [TestCase("off", "https://youtube.com.example/", Reason.Uncategorised)]
    [TestCase("off", "https://www.google.com/", Reason.Uncategorised)]
    [TestCase("strict", "https://www.youtube.com/", Reason.Uncategorised)]
    [TestCase("moderate", "https://www.youtube.com/", Reason.Uncategorised)]
    [TestCase("open", "https://www.youtube.com/", Reason.Uncategorised)]
    public void Decide_OtherModes(string mode, string url, Reason reason) => Assert.That(Decide($"youtube: {mode}", url).Reason, Is.EqualTo(reason));

    [TestCase("https://www.youtube-nocookie.com/embed/" + Listed)]
    [TestCase("https://www.youtube.com/")]
    [TestCase("https://i.ytimg.com/")]
    public void Decide_ApprovedInATunnel_IsBlocked(string url) => Assert.That(Decide(Approved, url, seen: Seen.Host).Reason, Is.EqualTo(Reason.OwnBlock));

    [TestCase("own_allow: [youtube.com]", "https://www.youtube.com/", "youtube: off", TestName = "OwnEntries_AllowedHost_DoesNotUndoOff")]
    [TestCase("own_allow: ['youtube.com/@school']", "https://www.youtube.com/@school", "youtube.com/@school", TestName = "OwnEntries_AllowedPath_IsMoreSpecific")]
    [TestCase("own_block: [youtube.com]", "https://www.youtube.com/", "youtube.com", TestName = "OwnEntries_BlockedHost_IsNamedFirst")]
    public void Decide_BesideOwnEntries(string own, string url, string rule) => Assert.That(Decide($"youtube: off, {own}", url).Rule, Is.EqualTo(rule));

    [Test]
    public void Decide_OwnBlock_BeatsAnApprovedVideo() =>
        Assert.That(Decide($"{Approved}, own_block: [youtube-nocookie.com]", $"https://www.youtube-nocookie.com/embed/{Listed}").Rule, Is.EqualTo("youtube-nocookie.com"));

    [TestCase("off", SessionKind.Open)]
    [TestCase("approved", SessionKind.Open)]
    [TestCase("strict", SessionKind.Open)]
    [TestCase("strict", SessionKind.Only)]
    public void Decide_VideoOfALesson_IsAllowedAloneInEveryClosedTier(string mode, SessionKind kind)
    {
        Decision InLesson(string url, string group = "4b", int minute = 30, string? playerVideo = null) => DecideInLesson(mode, kind, $"video:{Other}", url, group, minute, playerVideo);
        Assert.Multiple(() =>
        {
            Assert.That((InLesson($"https://www.youtube-nocookie.com/embed/{Other}").Reason, InLesson($"https://www.youtube-nocookie.com/embed/{Other}").RecordId), Is.EqualTo((Reason.Lesson, 7L)));
            Assert.That(InLesson($"https://youtu.be/{Other}").Lesson?.Id, Is.EqualTo(Other));
            Assert.That(InLesson("https://rr1.googlevideo.com/videoplayback").IsForwarded, Is.True);
            Assert.That(InLesson(Player, playerVideo: Other).IsForwarded, Is.True);
            Assert.That(InLesson(Player, playerVideo: Listed).IsForwarded, Is.False, "another video");
            Assert.That(InLesson($"https://www.youtube-nocookie.com/embed/{Listed}").IsForwarded, Is.False, "another video");
            Assert.That(InLesson($"https://www.youtube-nocookie.com/embed/{Other}", minute: 60).IsForwarded, Is.False, "the bell has rung");
            Assert.That(InLesson($"https://www.youtube-nocookie.com/embed/{Other}", "4a").IsForwarded, Is.False, "another class");
        });
    }

    [Test]
    public void Decide_PlaylistOfALesson_IsAllowed()
    {
        Assert.That(DecideInLesson("off", SessionKind.Open, $"video:{List}", $"https://www.youtube-nocookie.com/embed/videoseries?list={List}", "4b", 0, null).Reason, Is.EqualTo(Reason.Lesson));
        Assert.That(DecideInLesson("off", SessionKind.Open, $"video:{List}", $"https://www.youtube-nocookie.com/embed/videoseries?list={OtherList}", "4b", 0, null).IsForwarded, Is.False);
    }

    [Test]
    public void Decide_SessionThatClosesTheVideo_DoesNotOpenIt() =>
        Assert.That(DecideInLesson("off", SessionKind.Close, $"video:{Other}", $"https://www.youtube-nocookie.com/embed/{Other}", "4b", 0, null).IsForwarded, Is.False);

    private static Decision DecideInLesson(string mode, SessionKind kind, string site, string url, string group, int minute, string? playerVideo)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ pupil: {{ youtube: {mode} }} }}, groups: {{ 4a: {{ kind: class, tier: pupil }}, 4b: {{ kind: class, tier: pupil }} }} }}");
        Assert.That(Site.TryParse(site, out var parsed, out var error), error);
        policy = policy.With(policy.InForce with { Sessions = new SessionTable([new ClassSession(7, "4b", kind, [parsed!], Given.Noon, Given.Noon.AddHours(1))]) });
        Assert.That(CanonicalUrl.TryParse(url, out var canonical, out error), error);
        var client = Given.ClientOf(policy, "pupil") with { Group = policy.Groups.Single(g => g.Name == group) };
        return policy.Decide(new Question(client, canonical!, Seen.Url, new Classification(Given.Categories("games"), null, false), Given.Noon.AddMinutes(minute)) { PlayerVideo = playerVideo });
    }

    [Test]
    public void For_ApprovedVideo_IsNotHiddenByRestrictedMode()
    {
        var settings = Given.Policy($"{{ school: S, tiers: {{ pupil: {{ {Approved} }} }} }}").FindTier("pupil")!.Search;
        Assert.That(ForcedSearch.For(settings, "www.youtube-nocookie.com", Seen.Url, SearchRule.YouTubeApproved).Fields, Is.Empty);
        Assert.That(ForcedSearch.For(settings, "www.youtube.com", Seen.Url).Fields.Single().Value, Is.EqualTo("Strict"), "what an override opens is");
    }

    private static Decision Decide(string tier, string url, string? page = null, string? playerVideo = null, Seen seen = Seen.Url)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ pupil: {{ uncategorised: log, {tier} }} }} }}");
        Assert.That(CanonicalUrl.TryParse(url, out var canonical, out var error), error);
        CanonicalUrl? embedding = null;
        if (page is not null) Assert.That(CanonicalUrl.TryParse(page, out embedding, out error), error);
        return policy.Decide(new Question(Given.ClientOf(policy, "pupil"), canonical!, seen, default, Given.Noon) { EmbeddedIn = embedding, PlayerVideo = playerVideo });
    }
}
