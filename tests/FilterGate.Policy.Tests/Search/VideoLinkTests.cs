using FilterGate.Policy.Search;

namespace FilterGate.Policy.Tests.Search;

/// <summary>A link as a teacher pastes it. The ids are made up.</summary>
public sealed class VideoLinkTests
{
    private const string Video = "aB3-_xYz012", List = "PLabcdefghij0123456789-_abcdefghij";

    [TestCase(Video, TestName = "TryParseVideo_Id")]
    [TestCase("  " + Video + "\n", TestName = "TryParseVideo_IdWithBlanksAround")]
    [TestCase("https://www.youtube.com/watch?v=" + Video, TestName = "TryParseVideo_WatchPage")]
    [TestCase("youtube.com/watch?v=" + Video, TestName = "TryParseVideo_WatchPageWithoutScheme")]
    [TestCase("https://m.youtube.com/watch?app=desktop&v=" + Video + "&t=42s", TestName = "TryParseVideo_MobilePageWithExtras")]
    [TestCase("https://www.youtube.com/watch?v=" + Video + "&list=RD" + Video + "&start_radio=1", TestName = "TryParseVideo_WithinAMix_IsTheVideo")]
    [TestCase("https://youtu.be/" + Video + "?si=AbCdEf", TestName = "TryParseVideo_ShortLinkWithShareMark")]
    [TestCase("https://www.youtube.com/embed/" + Video + "?rel=0", TestName = "TryParseVideo_Embed")]
    [TestCase("https://www.youtube-nocookie.com/embed/" + Video, TestName = "TryParseVideo_EmbedWithoutCookies")]
    [TestCase("https://www.youtube.com/shorts/" + Video + "?feature=share", TestName = "TryParseVideo_Short")]
    [TestCase("https://www.youtube.com/live/" + Video, TestName = "TryParseVideo_Live")]
    [TestCase("HTTPS://WWW.YOUTUBE.COM/watch?v=" + Video + "#t=1", TestName = "TryParseVideo_HostInUpperCase")]
    public void TryParseVideo_EveryForm_GivesTheId(string text)
    {
        Assert.That(VideoLink.TryParseVideo(text, out var link, out var error), Is.True, error);
        Assert.That(link, Is.EqualTo(new VideoLink(Video, IsPlaylist: false)));
    }

    [TestCase("", TestName = "TryParseVideo_Nothing")]
    [TestCase("aB3-_xYz01", TestName = "TryParseVideo_OneTooFew")]
    [TestCase("aB3-_xYz0123", TestName = "TryParseVideo_OneTooMany")]
    [TestCase("aB3-_xYz01!", TestName = "TryParseVideo_OtherCharacter")]
    [TestCase("videoseries", TestName = "TryParseVideo_WordOfAnEmbed")]
    [TestCase("live_stream", TestName = "TryParseVideo_OtherWordOfAnEmbed")]
    [TestCase("https://www.youtube.com/", TestName = "TryParseVideo_FirstPage")]
    [TestCase("https://www.youtube.com/@somebody", TestName = "TryParseVideo_Channel")]
    [TestCase("https://www.youtube.com/results?search_query=" + Video, TestName = "TryParseVideo_Search")]
    [TestCase("https://www.youtube.com/watch?v=short", TestName = "TryParseVideo_WatchPageWithABrokenId")]
    [TestCase("https://www.youtube.com/watch?v=" + Video + "&v=bbbbbbbbbbb", TestName = "TryParseVideo_TwoVideos")]
    [TestCase("https://vimeo.example/watch?v=" + Video, TestName = "TryParseVideo_AnotherSite")]
    [TestCase("https://youtube.com.evil.example/watch?v=" + Video, TestName = "TryParseVideo_SiteThatBeginsAlike")]
    [TestCase("https://notyoutube.com/watch?v=" + Video, TestName = "TryParseVideo_SiteThatEndsAlike")]
    [TestCase("https://www.youtube.com/playlist?list=" + List, TestName = "TryParseVideo_Playlist")]
    public void TryParseVideo_AnythingElse_SaysWhy(string text)
    {
        Assert.That(VideoLink.TryParseVideo(text, out _, out var error), Is.False);
        Assert.That(error, Is.Not.Empty);
    }

    [TestCase(List)]
    [TestCase("https://www.youtube.com/playlist?list=" + List + "&si=x")]
    [TestCase("https://www.youtube.com/watch?v=" + Video + "&list=" + List + "&index=3")]
    [TestCase("https://www.youtube.com/embed/videoseries?list=" + List)]
    public void TryParsePlaylist_EveryForm_GivesTheId(string text)
    {
        Assert.That(VideoLink.TryParsePlaylist(text, out var link, out var error), Is.True, error);
        Assert.That(link, Is.EqualTo(new VideoLink(List, IsPlaylist: true)));
    }

    [TestCase("https://www.youtube.com/watch?v=" + Video + "&list=RD" + Video, "mix")]
    [TestCase("https://www.youtube.com/playlist?list=WL", "mix")]
    [TestCase("https://www.youtube.com/watch?v=" + Video, "no playlist")]
    [TestCase(Video, "neither")]
    public void TryParsePlaylist_AnythingElse_SaysWhy(string text, string why)
    {
        Assert.That(VideoLink.TryParsePlaylist(text, out _, out var error), Is.False);
        Assert.That(error, Does.Contain(why));
    }

    [TestCase("https://youtu.be/" + Video, Video)]
    [TestCase("https://www.youtube.com/watch?v=" + Video + "&list=" + List, Video)]
    [TestCase("https://www.youtube.com/playlist?list=" + List, List)]
    public void TryParse_VideoBeforePlaylist(string text, string id)
    {
        Assert.That(VideoLink.TryParse(text, out var link, out var error), Is.True, error);
        Assert.That(link.Id, Is.EqualTo(id));
    }
}
