using System.Buffers.Binary;
using System.Text;
using FilterGate.Matching.Compiled;
using FilterGate.Testing;

namespace FilterGate.Matching.Tests.Compiled;

/// <summary>A digest says that nothing changed a file by chance; it says nothing of who wrote it. Whatever stands in one, it is refused, or every look-up stays inside of it and comes to an end.</summary>
public sealed class HostileListTests
{
    private static readonly Sealed Whole = Sealed.Of(Sample.Everything, seed: 11);

    [TestCaseSource(nameof(Changes))]
    public void Open_ReferencesThatLeadAstray_AreRefused(Action<byte[], byte[]> change, string why)
    {
        var hostile = Whole.With(change);
        Assert.That(() => Open(hostile), Throws.InstanceOf<ListFormatException>().With.Message.Contains(why));
    }

    private static IEnumerable<TestCaseData> Changes()
    {
        var records = Whole[Section.Records];
        var buckets = Whole[Section.Buckets];
        yield return Case("SectionBeyondTheEnd", (list, _) => WriteInt64(list, ListHead.SectionsOffset, list.Length), "section Buckets lies outside");
        yield return Case("SectionOfNegativeLength", (list, _) => WriteInt64(list, ListHead.SectionsOffset + 8, -64), "section Buckets lies outside");
        yield return Case("SectionThatWrapsRound", (list, _) => WriteInt64(list, ListHead.SectionsOffset + 16 + 8, long.MaxValue), "section Records lies outside");
        yield return Case("SectionOverTheHead", (list, _) => WriteInt64(list, ListHead.SectionsOffset + 16, 0), "section Records lies outside");
        yield return Case("NoHomeBuckets", (list, _) => WriteInt32(list, 44, 0), "buckets");
        yield return Case("MoreHomeBucketsThanThereAre", (list, _) => WriteInt32(list, 44, buckets.Length / ListBucket.Size + 1), "buckets");
        yield return Case("MoreSetsThanThereAre", (list, _) => WriteInt32(list, 36, 1_000), "sets");
        yield return Case("PathLongerThanAny", (list, _) => WriteInt32(list, 40, int.MaxValue), "longest path");
        yield return Case("NegativeEntries", (list, _) => WriteInt32(list, 24, -1), "entries");
        yield return Case("OtherCountOfNodes", (list, _) => WriteInt32(list, 28, 3), "as many nodes");
        yield return Case("RecordBeyondTheEnd", (list, _) => WriteInt32(list, buckets.Offset + ListBucket.FirstRecordAt, records.Length), "record lies outside");
        yield return Case("RecordFarBeyondTheEnd", (list, _) => WriteInt32(list, buckets.Offset + ListBucket.FirstRecordAt, -1 << 20), "record lies outside");
        yield return Case("LastBucketOverflows", (list, _) => WriteInt32(list, buckets.Offset + buckets.Length - ListBucket.Size + ListBucket.OverflowAt, -1), "last bucket overflows");
        yield return Case("TextBeyondTheEnd", (list, _) => (list[records.Offset], list[records.Offset + 1], list[records.Offset + 2]) = ((byte)RecordFlags.LongText, 0xFF, 0xFF), "record lies outside");
        yield return Case("ParentBeyondTheEnd", (list, _) => WriteInt32(list, ParentAt(), -1), "record lies outside");
        yield return Case("ParentThatIsNoWholeRecord", (list, _) =>
        {
            // Its last byte is the beginning of a record, as far as that goes.
            list[records.Offset + records.Length - 2] = 0;
            list[records.Offset + records.Length - 1] = 0xFF;
            WriteInt32(list, ParentAt(), records.Length - 2);
        }, "record lies outside");
        yield return Case("ParentOfItself", (list, _) => WriteInt32(list, ParentAt(), WithParent() - records.Offset), "own ancestor");
        yield return Case("SetThatIsNotThere", (list, _) => list[SetAt()] = 0x7F, "set that is not there");
        yield return Case("SetBelowThatIsNotThere", (list, _) => list[SetAt(RecordFlags.HasSetBelow) + 1] = 0x7F, "set that is not there");
        yield return Case("NumberOfSixBytes", (list, _) => new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 }.CopyTo(list, SetAt(RecordFlags.HasSetBelow)), "set that is not there");
        yield return Case("FirstSetNotEmpty", (list, _) => list[Whole[Section.Sets].Offset] = 1, "first set");
        yield return Case("CategoryThatNoListHas", (list, _) => list[Whole[Section.Sets].Offset + 32 + 31] = 0x80, "category");
        yield return Case("RangeWithoutASet", (list, _) => WriteInt32(list, Whole[Section.Networks4].Offset + 4, 99), "set that is not there");
        yield return Case("Range6WithoutASet", (list, _) => WriteInt32(list, Whole[Section.Networks6].Offset + 16, 99), "set that is not there");
        yield return Case("IndexOutOfTheRanges", (list, _) => WriteInt32(list, Whole[Section.NetworkIndex].Offset + 400, 1 << 20), "out of them");
        yield return Case("NamesThatAreNoJson", (list, _) => list[Whole[Section.Names].Offset] = (byte)'x', "names cannot be read");
        yield return Case("NamesWithoutAName", (list, _) => Replace(list, "\"list-0\"", "null    "), "names");
        yield return Case("CategoryWithoutASlug", (list, _) => Replace(list, "\"category-2\"", "null        "), "names");
        yield return Case("ListInACategoryThatIsNotThere", (list, _) => Replace(list, "\"category\":6", "\"category\":7"), "not there");
        yield return Case("PatternOfNoList", (list, _) => Replace(list, "\"list\":3,", "\"list\":9,"), "not there");
        yield return Case("PatternThatIsNone", (list, _) => Replace(list, "[0-9]", "[9-0]"), "pattern that cannot be used");
        yield return Case("PatternThatIsNull", (list, _) => Replace(list, "\"/ads/\"", "null   "), "names");
        yield return Case("ProvenanceSectionBeyondTheEnd", (_, provenance) => WriteInt64(provenance, 56, provenance.Length), "provenance lies outside");
        yield return Case("ProvenanceIndexBeyondTheEnd", (_, provenance) => WriteInt32(provenance, ListProvenance.HeadLength + 4, int.MaxValue), "provenance");
        yield return Case("ProvenanceWithoutEnd", (_, provenance) => provenance.AsSpan(ProvenanceEntries(provenance), 8).Fill(0xFF), "provenance");
        yield return Case("ProvenanceOfNoList", (_, provenance) => provenance[ProvenanceEntries(provenance) + 2] = 0x78, "provenance");

        static TestCaseData Case(string name, Action<byte[], byte[]> change, string why) => new TestCaseData(change, why).SetName($"Open_{name}_IsRefused");
        static int WithParent() => Whole.RecordAt(flags => flags.HasFlag(RecordFlags.HasParent));
        static int ParentAt() => WithParent() + (((RecordFlags)Whole.List[WithParent()]).HasFlag(RecordFlags.LongText) ? 3 : 2);
        static int ProvenanceEntries(byte[] provenance) => (int)BinaryPrimitives.ReadInt64LittleEndian(provenance.AsSpan(56));

        static int SetAt(RecordFlags needed = RecordFlags.HasEntries)
        {
            var record = Whole.RecordAt(flags => flags.HasFlag(needed) && (flags & (RecordFlags.LongText | RecordFlags.HasParent)) == RecordFlags.None);
            return record + 2 + Whole.List[record + 1];
        }
    }

    // One within another without end would end the process when it is read: there is no catching a stack that is used up.
    [Test]
    public void Open_ExceptionsOfExceptions_AreRefused()
    {
        var (exceptions, length) = Whole[Section.Exceptions];
        // The exceptions name the first bytes after their own head as theirs: a list without any, but a section there is.
        var hostile = Whole.With((list, _) =>
        {
            WriteInt64(list, exceptions + ListHead.SectionsOffset + (int)Section.Exceptions * 16, ListHead.Length);
            WriteInt64(list, exceptions + ListHead.SectionsOffset + (int)Section.Exceptions * 16 + 8, length - ListHead.Length);
        });
        Assert.That(() => Open(hostile), Throws.InstanceOf<ListFormatException>().With.Message.Contains("exceptions of their own"));
    }

    // Any byte anywhere, several at once, with every digest right: no exception but the one that refuses, no read outside (the pages around are closed), no look-up without end.
    [Test]
    public void Open_AnyBytesChangedAndSealed_IsRefusedOrLooksUpWithinItself()
    {
        const int Rounds = 3_000;
        var random = new Random(20261123);
        var small = Sealed.Of(Sample.Everything.Where(e => e.Entry.Kind != EntryKind.Network), seed: 13);
        var (accepted, refused) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            // Tables of address ranges have an index of 256 KB: copied less often.
            var hostile = (round % 16 == 0 ? Whole : small).With((list, provenance) => Mutate(random, list, provenance));
            ListMatcher matcher;
            try
            {
                matcher = Open(hostile);
                accepted++;
            }
            catch (ListFormatException)
            {
                refused++;
                continue;
            }
            foreach (var url in Sample.Requests)
            {
                matcher.Classify(url, Seen.Url);
                matcher.Explain(url, Seen.Url);
                matcher.TryFindMostSpecific(url, Seen.Url, out _);
            }
        }
        TestContext.Progress.WriteLine($"hostile lists: {refused:n0} refused, {accepted:n0} looked up in");
        using (Assert.EnterMultipleScope())
        {
            // Else the test shows less than it says.
            Assert.That(accepted, Is.GreaterThan(Rounds / 20));
            Assert.That(refused, Is.GreaterThan(Rounds / 20));
        }
    }

    private static void Mutate(Random random, byte[] list, byte[] provenance)
    {
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var file = random.Next(6) == 0 ? provenance : list;
            int at;
            if (file == provenance)
            {
                at = random.Next(3) == 0 ? random.Next(40, ListProvenance.DigestOffset) : random.Next(ListProvenance.HeadLength, file.Length);
            }
            else
            {
                // Each section as often as any other, however long: most of the file is the tables, which are the least interesting.
                var section = random.Next(-1, ListHead.SectionCount);
                var (offset, length) = section < 0 ? (8, ListHead.SectionsOffset + ListHead.SectionCount * 16 - 8) : Place(list, section);
                if (length <= 0 || offset < 0 || offset > list.Length - length) continue;
                at = offset + random.Next(length);
            }
            switch (random.Next(4))
            {
                case 0: file[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: file[at] = (byte)random.Next(256); break;
                case 2: file[at] = (byte)(random.Next(2) == 0 ? 0xFF : 0x80); break;
                default: file.AsSpan(at, Math.Min(random.Next(1, 9), file.Length - at)).Fill((byte)(random.Next(3) switch { 0 => 0, 1 => 0x80, _ => 0xFF })); break;
            }
        }

        static (int, int) Place(byte[] list, int section) =>
            ((int)BinaryPrimitives.ReadInt64LittleEndian(list.AsSpan(ListHead.SectionsOffset + section * 16)), (int)BinaryPrimitives.ReadInt64LittleEndian(list.AsSpan(ListHead.SectionsOffset + section * 16 + 8)));
    }

    private static ListMatcher Open(Sealed file) => ListMatcher.Open(new GuardedMemory(file.List).Memory, new GuardedMemory(file.Provenance).Memory, Sample.Taxonomy);

    private static void WriteInt32(byte[] file, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);

    private static void WriteInt64(byte[] file, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(at), value);

    private static void Replace(byte[] list, string text, string by)
    {
        var (from, to) = (Encoding.ASCII.GetBytes(text), Encoding.ASCII.GetBytes(by));
        if (from.Length != to.Length || list.AsSpan().IndexOf(from) is not (var at and >= 0)) throw new ArgumentException($"{text} cannot be replaced by {by}.", nameof(text));
        to.CopyTo(list, at);
    }
}
