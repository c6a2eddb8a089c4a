using System.Text;

namespace FilterGate.Lists.Tests.Formats;

/// <summary>Lines and files that are meant to break a parser: the seeds of fuzzing, and cases of every format's tests. Every parser bug adds its input here before it is fixed.</summary>
internal static class HostileLines
{
    /// <summary>Single lines, as text.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "", " ", "\t", "#", "##", "###", "####", "!", "!!", "[", "]", "[]", "[ ]", "(", ")", "<", ">", "=", "==", "*", "**", "*.", ".*", ".", "..", "...", "/", "//", "///", "?", "&", "@", "@@", "@@@@", "|", "||", "|||", "||||",
        "^", "^^", "$", "$$", "$$$", "~", "%", "%%", "%0", "%00", "\\", "\\\\", ":", "::", ":::", "-", "--", "_", ",", ";",
        "a", "a.", ".a", "a..b", "a.b.", ".a.b", "=a.b", "==a.b", "*.a.b", "*.*.a.b", "=*.a.b", "a.*.b", "*a.b", "a.b*", "a.b/", "a.b//", "a.b/?", "a.b/?/", "a.b/?/?", "a.b/#", "a.b?x", "a.b/../c", "a.b/%2e%2e/c", "a.b/%252e", "a.b:80", "a.b:", "a.b:99999", "user@a.b", "http://", "https://", "http:///", "http://a.b", "ftp://a.b", "//a.b",
        "1.2.3.4", "1.2.3.4/24", "1.2.3.0/24", "0.0.0.0/0", "::/0", "[::1]", "[::1", "::1]", "[::1]/x", "1.2.3", "0x7f.1", "017700000001", "4294967296", "1.2.3.4.5", "a.1", "a.0x1", "256.256.256.256", ".1-", ".1.2.3.4-5", "=1.2.3.4-5", "1.2.3.4-5.6.7.8", "5.6.7.8-1.2.3.4", "1.2.3.4-a.b", "1.2.3.0/255.255.255.0", "1.2.3.4/255.0.255.0", "//a.b/",
        "||a.b^", "||a.b^^", "||a.b|", "||a.b^|", "||^", "||*^", "||.^", "||a^", "||a.^", "||*.a^", "||*.*.a^", "||a.b^$", "||a.b^$,", "||a.b^$important", "||a.b^$~important", "||a.b^$badfilter", "||a.b^$domain=", "||a.b^$domain=|", "||a.b^$domain=~c.d", "||a.b^$denyallow=", "||a.b^$denyallow=*", "||a.b^$dnsrewrite=;;;", "||a.b:1^", "||[::1]^", "||%41.b^", "||a.b/*^|", "|http://", "|https://*", "|a.b", "@@||a.b^", "@@||a.b^$important", "@@", "@@|", "/$/", "/a$/$b", "/a/$important", "/(/", "/[/", "/\\/", "/(?=a)/", "/a{1,99999}/",
        "a.b##x", "a.b#@#x", "a.b#?#x", "a.b#$#x", "a.b$$x", "##x", "#@?$%#x", "#%#x",
        "0.0.0.0", "0.0.0.0 ", "0.0.0.0 a.b", "0.0.0.0\ta.b\tc.d#e", "127.0.0.1 localhost", "::1 localhost", "0 a.b", "999.0.0.0 a.b", "0.0.0.0 0.0.0.0", "0.0.0.0 a.b/c", "fe80::1%lo0 localhost", "192.0.2.1 a.b",
        "address=", "address=/", "address=//", "address=///", "address=/a.b", "address=/a.b/", "address=/#/", "address=/a.b/c.d/", "server=/a.b/#", "local=/a.b/", "address=/*/", "address=/a.b/1.2.3.4", "server=8.8.8.8", "bogus-priv", "address", "=x",
        "$ORIGIN", "$ORIGIN .", "$TTL", "$INCLUDE /etc/passwd", "@ SOA (", "( ( (", ") )", "a.b CNAME .", "a.b. CNAME .", "* CNAME .", "a.b CNAME", "CNAME", "a.b 1 2 3", "a.b IN IN IN CNAME .", "32.1.2.3.4.rpz-ip CNAME .", "999.1.2.3.4.rpz-ip CNAME .", ".rpz-ip CNAME .", "1.rpz-ip CNAME .", "128.zz.rpz-ip CNAME .", "48.zz.zz.rpz-ip CNAME .", "a.b CNAME rpz-passthru.",
        ".Include", ".Include<", ".Include<>", ".Include</etc/passwd>", ".Include<../x>", ".Include<\0>", ".Define LISTDIR </>", "#listcategory:", "#listcategory: \"", "#time:", "*ip", "**s",
        "/a/h", "/a/x", "//h", "/h", "[[:alpha:]]", "[[:nope:]]", "[]a]", "[^]a]", "[a-z-[b]]", "(a)\\1", "(?<n>a)", "a**", "*a", "(((((((((", "\\", "[a", "a{2,1}", "(?i)", "(?#", "\\p{", "\\x", "\\u", "\\c",
        "münchen.example", "xn--", "xn--a", "xn--\u00e9.b", "\u202Ea.b", "a\u00ADb.c", "。.。", "ａ.ｂ", "\uFEFFa.b", "a\0b.c", "a\u0001b.c", "a\u007Fb.c", "\uFFFE.a", "\U0001F600.a",
        "<!doctype html>", "<html>", "{\"error\": 1}", "PK\u0003\u0004",
    ];

    /// <summary>The lines, and what no text can hold.</summary>
    public static IEnumerable<byte[]> All
    {
        get
        {
            foreach (var text in Texts) yield return Encoding.UTF8.GetBytes(text);
            yield return [0];
            yield return [0xFF];
            yield return [0xFF, 0xFE, (byte)'a', 0];
            yield return [0xEF, 0xBB];
            yield return [0xEF, 0xBB, 0xBF];
            yield return [.. "caf"u8, 0xE9, .. ".example"u8];
            yield return [.. "||caf"u8, 0xE9, .. ".example^"u8];
            yield return [0xC0, 0x80];
            yield return [0xED, 0xA0, 0x80];
            yield return [0x1F, 0x8B, 8, 0];
            foreach (var part in (string[])["a", ".", "a.", "*", "*a", "|", "^", "$", "/", "(", "[", "\\", "%41", "@", "#", ",", ";", " a", "|a", "é"])
            {
                yield return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(part, 300)));
                yield return Encoding.UTF8.GetBytes("||" + string.Concat(Enumerable.Repeat(part, 3000)) + "^$domain=" + string.Concat(Enumerable.Repeat(part, 300)));
                yield return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(part, 100_000 / part.Length)));
            }
        }
    }
}
