namespace FilterGate.Lists.Tests;

public sealed class LockedKeyTests
{
    private string _path = "";

    [SetUp]
    public void MakeFolder() => _path = Path.Combine(Directory.CreateTempSubdirectory("filtergate-key-").FullName, "locked.key");

    [TearDown]
    public void RemoveFolder() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Test]
    public void ReadOrMake_NoFile_MakesARandomKeyForItsOwnerAlone()
    {
        var key = LockedKey.ReadOrMake(_path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(key, Has.Length.EqualTo(32));
            Assert.That(key, Is.Not.EqualTo(new byte[32]));
            Assert.That(LockedKey.ReadOrMake(_path), Is.EqualTo(key));
            Assert.That(Directory.GetFiles(Path.GetDirectoryName(_path)!), Is.EqualTo(new[] { _path }));
            if (!OperatingSystem.IsWindows()) Assert.That(File.GetUnixFileMode(_path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public void ReadOrMake_ManyAtOnce_AllGetOneKey()
    {
        // Threads that begin together, a hundred times: once in a few dozen, two of them made a key each.
        for (var round = 0; round < 100; round++)
        {
            var keys = new byte[8][];
            using var together = new Barrier(keys.Length);
            var threads = Enumerable.Range(0, keys.Length).Select(i => new Thread(() =>
            {
                together.SignalAndWait();
                keys[i] = LockedKey.ReadOrMake(_path);
            })).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
            Assert.That(keys.Select(Convert.ToHexString).Distinct().Count(), Is.EqualTo(1));
            Assert.That(Directory.GetFiles(Path.GetDirectoryName(_path)!), Is.EqualTo(new[] { _path }));
            File.Delete(_path);
        }
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(33)]
    [TestCase(100_000)]
    public void ReadOrMake_WrongLength_IsRefusedAndLeftAsItIs(int length)
    {
        File.WriteAllBytes(_path, new byte[length]);
        Assert.That(() => LockedKey.ReadOrMake(_path), Throws.TypeOf<ListLoadException>().With.Message.Contains(_path).And.Message.Contains("32 bytes"));
        Assert.That(new FileInfo(_path).Length, Is.EqualTo(length));
    }

    [Test]
    public void ReadOrMake_NoFolder_SaysWhatToDo() =>
        Assert.That(() => LockedKey.ReadOrMake(Path.Combine(_path, "absent", "locked.key")), Throws.TypeOf<ListLoadException>().With.Message.Contains("folder must exist"));
}
