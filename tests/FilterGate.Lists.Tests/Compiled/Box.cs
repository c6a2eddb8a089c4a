using FilterGate.Lists.Compiled;
using FilterGate.Lists.Formats;
using FilterGate.Matching;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Lists.Tests.Compiled;

/// <summary>A box with a list folder, and files of lists outside of it, as an update leaves them: each state in a file of its own.</summary>
internal sealed class Box : IDisposable
{
    private readonly TempFolder _temp = new();
    private int _files;

    public Box(string? root = null)
    {
        Folder = new(root ?? _temp["lists"]);
        Directory.CreateDirectory(Folder.Root);
    }

    public ListFolder Folder { get; }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    /// <summary>A new one each time, as another process would have it.</summary>
    public ListStore Store => new(Folder, Clock);

    public string this[string name] => _temp[name];

    public ListFile File(string list, IEnumerable<string> lines, string category = "pornography", ListFormat format = ListFormat.Plain)
    {
        var number = ++_files;
        var path = _temp[$"{number}.txt"];
        System.IO.File.WriteAllLines(path, lines);
        return new(list, category, format, path, $"v{number}");
    }

    public OpenedLists Open(out string? note) => Store.OpenInForce(out note) ?? throw new InvalidOperationException("Nothing is in force.");

    public OpenedLists Open()
    {
        var opened = Open(out var note);
        Assert.That(note, Is.Null);
        return opened;
    }

    /// <summary>Replaces a file by another, as a fault of the disk or a hand would: what is mapped already stays as it is.</summary>
    public static void Change(string path, Func<byte[], byte[]?> change)
    {
        var bytes = change(System.IO.File.ReadAllBytes(path));
        System.IO.File.Delete(path);
        if (bytes is not null) System.IO.File.WriteAllBytes(path, bytes);
    }

    public string PathOf(string name, string extension) => Path.Combine(Folder.Compiled, name + extension);

    public void Dispose() => _temp.Dispose();

    public static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));

    public static bool Blocks(OpenedLists lists, string url) => lists.Layers.Matches(Url(url), Seen.Url);
}
