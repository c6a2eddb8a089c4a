using FilterGate.NameServer;

namespace FilterGate.Tests.NameServer;

/// <summary>Answers of name servers as bytes: right ones, and what a hostile server may send.</summary>
internal sealed class DnsMessageTests
{
    // id 0102, an answer, one question (a. IN A), one record by pointer: 192.0.2.1.
    private const string Right = "0102 8180 0001 0001 0000 0000 016100 0001 0001 C00C 0001 0001 0000003C 0004 C0000201";

    [Test]
    public void TryRead_AnAnswer_HasItsAddress()
    {
        var reply = DnsMessage.TryRead(Bytes(Right), 0x0102)!;
        Assert.That((reply.Code, reply.Addresses.Single().ToString(), reply.Types.Single()), Is.EqualTo((0, "192.0.2.1", DnsMessage.A)));
    }

    [TestCase("0103 8180 0001 0001 0000 0000 016100 0001 0001 C00C 0001 0001 0000003C 0004 C0000201", TestName = "TryRead_AnotherId")]
    [TestCase("0102 0100 0001 0000 0000 0000 016100 0001 0001", TestName = "TryRead_AQuestion")]
    [TestCase("0102 8180 0001 0001 0000 0000 016100 0001 0001 C00C 0001 0001 0000003C 0010 C0000201", TestName = "TryRead_ALengthBeyondTheEnd")]
    [TestCase("0102 8180 FFFF 0000 0000 0000", TestName = "TryRead_QuestionsThatAreNotThere")]
    [TestCase("0102 8180 0001 0001 0000 0000 7F61", TestName = "TryRead_ALabelTooLong")]
    [TestCase("0102 8180 0000 0001 0000 0000 C0", TestName = "TryRead_HalfAPointer")]
    [TestCase("0102", TestName = "TryRead_AStub")]
    [TestCase("", TestName = "TryRead_Nothing")]
    public void TryRead_WhatIsNone_IsNull(string hex) => Assert.That(DnsMessage.TryRead(Bytes(hex), 0x0102), Is.Null);

    [Test]
    public void TryRead_EveryCutAndEveryByteChanged_NeverThrows()
    {
        var right = Bytes(Right);
        for (var length = 0; length < right.Length; length++) Assert.That(() => DnsMessage.TryRead(right.AsSpan(0, length), 0x0102), Throws.Nothing);
        for (var at = 0; at < right.Length; at++)
        for (var value = 0; value < 256; value += 5)
        {
            var changed = (byte[])right.Clone();
            changed[at] = (byte)value;
            Assert.That(() => DnsMessage.TryRead(changed, 0x0102), Throws.Nothing);
        }
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
