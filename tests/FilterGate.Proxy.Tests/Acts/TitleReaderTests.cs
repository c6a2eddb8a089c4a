using System.IO.Compression;
using System.Net;
using System.Text;
using FilterGate.Proxy.Acts;

namespace FilterGate.Proxy.Tests.Acts;

internal sealed class TitleReaderTests
{
    private const string Page = "<!doctype html><html><head><title>Rivers &amp; lakes</title></head><body>x</body></html>";

    [TestCase("<title>Rivers</title>", "Rivers", TestName = "Read_Title_IsFound")]
    [TestCase("<TITLE lang=en>Rivers</TITLE>", "Rivers", TestName = "Read_UpperCaseWithAttribute_IsFound")]
    [TestCase("<title>\r\n  Rivers\t of\u00A0Wales  </title>", "Rivers of Wales", TestName = "Read_WhiteSpace_IsFolded")]
    [TestCase("<title>Rivers &amp; lakes &#8211; &eacute;</title>", "Rivers & lakes – é", TestName = "Read_Entities_AreResolved")]
    [TestCase("<title>1 &lt; 2 <b>bold</b></title>", "1 < 2 <b>bold</b>", TestName = "Read_TagsInATitle_AreText")]
    [TestCase("<!-- <title>no</title> --><title>Rivers</title>", "Rivers", TestName = "Read_Comment_IsPassedOver")]
    [TestCase("<script>var a = '<title>no</title>';</script><title>Rivers</title>", "Rivers", TestName = "Read_Script_IsPassedOver")]
    [TestCase("<svg><title>no</title></svg><title>Rivers</title>", "Rivers", TestName = "Read_TitleOfADrawing_IsPassedOver")]
    [TestCase("<title>First</title><title>Second</title>", "First", TestName = "Read_SecondTitle_IsPassedOver")]
    [TestCase("<title>Rivers", "Rivers", TestName = "Read_TitleWithoutEnd_IsTaken")]
    [TestCase("<title></title>", null, TestName = "Read_EmptyTitle_IsNone")]
    [TestCase("<title> \n </title>", null, TestName = "Read_BlankTitle_IsNone")]
    [TestCase("<titles>no</titles>", null, TestName = "Read_OtherElement_IsNone")]
    [TestCase("<title", null, TestName = "Read_HalfATag_IsNone")]
    [TestCase("<", null, TestName = "Read_LoneBracket_IsNone")]
    [TestCase("<!-- <title>no</title>", null, TestName = "Read_CommentWithoutEnd_IsNone")]
    [TestCase("plain text", null, TestName = "Read_NoElement_IsNone")]
    [TestCase("", null, TestName = "Read_Nothing_IsNone")]
    public void Read(string page, string? title) => Assert.That(TitleOf(Encoding.UTF8.GetBytes(page)), Is.EqualTo(title));

    [TestCase("", TestName = "Read_NotPacked")]
    [TestCase("identity", TestName = "Read_Identity")]
    [TestCase("gzip", TestName = "Read_Gzip")]
    [TestCase("br", TestName = "Read_Brotli")]
    [TestCase("deflate", TestName = "Read_Deflate")]
    [TestCase("bare deflate", TestName = "Read_DeflateWithoutItsHead")]
    public void Read_Coding(string coding) => Assert.That(TitleOf(Pack(Encoding.UTF8.GetBytes(Page), coding), coding: coding.Split(' ')[^1]), Is.EqualTo("Rivers & lakes"));

    [TestCase("text/html; charset=windows-1251", "<title>\u0440\u0435\u043A\u0438</title>", "windows-1251", TestName = "Read_CharsetOfTheHeader")]
    [TestCase("text/html; Charset=\"ISO-8859-1\"", "<title>caf\u00E9</title>", "iso-8859-1", TestName = "Read_QuotedCharsetOfTheHeader")]
    [TestCase("text/html", "<meta charset=iso-8859-2><title>\u0159eka</title>", "iso-8859-2", TestName = "Read_CharsetOfTheMetaElement")]
    [TestCase("text/html", "<meta http-equiv=content-type content='text/html; charset=shift_jis'><title>\u5DDD</title>", "shift_jis", TestName = "Read_CharsetOfTheOldMetaElement")]
    [TestCase("text/html", "<title>caf\u00E9</title>", "windows-1252", TestName = "Read_NoCharsetAndNoUtf8_IsWestern")]
    [TestCase("text/html", "<title>caf\u00E9</title>", "utf-8", TestName = "Read_NoCharset_IsUtf8")]
    [TestCase("text/html; charset=nonsense", "<title>caf\u00E9</title>", "utf-8", TestName = "Read_UnknownCharset_IsPassedOver")]
    [TestCase("text/html; charset=utf-7", "<title>caf\u00E9</title>", "utf-8", TestName = "Read_Utf7_IsPassedOver")]
    public void Read_Charset(string type, string page, string charset)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
        var expected = page[(page.IndexOf("<title>", StringComparison.Ordinal) + 7)..^8];
        Assert.That(TitleOf(encoding.GetBytes(page), type), Is.EqualTo(expected));
    }

    [Test]
    public void Read_ByteOrderMarks_Decide()
    {
        foreach (var encoding in new[] { Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode })
            Assert.That(TitleOf([.. encoding.GetPreamble(), .. encoding.GetBytes("<title>café</title>")], "text/html; charset=windows-1251"), Is.EqualTo("café"), encoding.WebName);
    }

    [TestCase(HttpStatusCode.OK, "text/html", "", false, true)]
    [TestCase(HttpStatusCode.NotFound, "text/html; charset=utf-8", "", false, true)]
    [TestCase(HttpStatusCode.OK, "application/xhtml+xml", "", false, true)]
    [TestCase(HttpStatusCode.OK, "TEXT/HTML", "GZIP", false, true)]
    [TestCase(HttpStatusCode.OK, "text/html", "", true, false, TestName = "For_Head_IsNone")]
    [TestCase(HttpStatusCode.NoContent, "text/html", "", false, false)]
    [TestCase(HttpStatusCode.PartialContent, "text/html", "", false, false)]
    [TestCase(HttpStatusCode.NotModified, "text/html", "", false, false)]
    [TestCase(HttpStatusCode.Found, "text/html", "", false, false)]
    [TestCase(HttpStatusCode.OK, "image/png", "", false, false)]
    [TestCase(HttpStatusCode.OK, "application/json", "", false, false)]
    [TestCase(HttpStatusCode.OK, null, "", false, false)]
    [TestCase(HttpStatusCode.OK, "text/html", "zstd", false, false)]
    [TestCase(HttpStatusCode.OK, "text/html", "gzip, br", false, false)]
    public void For(HttpStatusCode status, string? type, string coding, bool isHead, bool isRead)
    {
        using var answer = Answer(status, type, coding);
        using var reader = TitleReader.For(answer, isHead);
        Assert.That(reader is not null, Is.EqualTo(isRead));
    }

    [TestCase(200)]
    [TestCase(201)]
    [TestCase(1_000_000)]
    public void Read_LongTitle_IsCut(int length) => Assert.That(TitleOf(Encoding.UTF8.GetBytes($"<title>{new string('a', length)}</title>"), pieces: 1000), Is.EqualTo(new string('a', 200)));

    [Test]
    public void Read_TitleAfterTheBound_IsNone() => Assert.That(TitleOf(Encoding.UTF8.GetBytes(new string(' ', TitleReader.BytesMax) + Page)), Is.Null);

    [Test]
    public void Read_ZipBomb_CostsItsBound()
    {
        // 1 GiB of nothing in about 1 MB; only 64 KiB of it are taken, and as many come out.
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write("<html>"u8);
            var nothing = new byte[1024 * 1024];
            for (var i = 0; i < 1024; i++) gzip.Write(nothing);
        }
        var bytes = packed.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(TitleOf(bytes, coding: "gzip", pieces: 16 * 1024), Is.Null);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2 * 1024 * 1024));
    }

    [Test]
    public void Read_NothingButBeginnings_TakesNoTime()
    {
        foreach (var piece in new[] { "<", "<!--", "<svg ", "<title", "<script ", "<style ", "charset" })
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            TitleOf(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, TitleReader.BytesMax / piece.Length))));
            Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(1)), piece);
        }
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("deflate")]
    public void Read_BrokenOrCutOff_HasWhatCameBefore(string coding)
    {
        var packed = Pack(Encoding.UTF8.GetBytes(Page + Noise(200_000)), coding);
        Assert.That(TitleOf(packed[..(packed.Length / 2)], coding: coding), Is.EqualTo("Rivers & lakes"));
        Assert.That(TitleOf([1, 2, 3, 4, 5, 6, 7, 8], coding: coding), Is.Null);
    }

    [Test]
    public async Task TitledContent_EachPiece_GoesOnAsItCame()
    {
        using var answer = Answer(HttpStatusCode.OK, "text/html", "");
        using var title = TitleReader.For(answer, isHead: false)!;
        var pipe = new System.IO.Pipelines.Pipe();
        using var content = new TitledContent(new StreamContent(pipe.Reader.AsStream()), title);
        await using var body = await content.ReadAsStreamAsync();
        var buffer = new byte[100];

        await pipe.Writer.WriteAsync("<title>Riv"u8.ToArray());
        Assert.That(await body.ReadAsync(buffer), Is.EqualTo(10), "what has come is not held up for more");
        await pipe.Writer.WriteAsync("ers</title>"u8.ToArray());
        Assert.That(await body.ReadAsync(buffer), Is.EqualTo(11));
        await pipe.Writer.CompleteAsync();
        Assert.That(await body.ReadAsync(buffer), Is.Zero);
        Assert.That(title.Read(), Is.EqualTo("Rivers"));
    }

    private static string? TitleOf(byte[] page, string type = "text/html", string coding = "", int pieces = 5_000)
    {
        using var answer = Answer(HttpStatusCode.OK, type, coding);
        using var reader = TitleReader.For(answer, isHead: false)!;
        for (var at = 0; at < page.Length; at += pieces) reader.Add(page.AsSpan(at, Math.Min(pieces, page.Length - at)));
        return reader.Read();
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string? type, string coding)
    {
        var answer = new HttpResponseMessage(status) { Content = new ByteArrayContent([]) };
        if (type is not null) answer.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (coding.Length > 0) answer.Content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        return answer;
    }

    private static string Noise(int length)
    {
        var random = new Random(1);
        return string.Create(length, random, static (span, random) =>
        {
            foreach (ref var c in span) c = (char)random.Next('a', 'z');
        });
    }

    private static byte[] Pack(byte[] bytes, string coding)
    {
        if (coding is "" or "identity") return bytes;
        var packed = new MemoryStream();
        using (Stream stream = coding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "bare deflate" => new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            _ => throw new ArgumentException(coding, nameof(coding)),
        }) stream.Write(bytes);
        return packed.ToArray();
    }
}
