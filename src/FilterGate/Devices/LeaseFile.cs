namespace FilterGate.Devices;

/// <summary>A DHCP server's file, open for reading while the server writes on.</summary>
internal sealed class LeaseFile : IDisposable
{
    private LeaseFile(StreamReader text) => Text = text;

    /// <summary>From where it has been read to.</summary>
    public StreamReader Text { get; }

    /// <summary>In bytes, now.</summary>
    public long Length => Text.BaseStream.Length;

    /// <summary>Opens it.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static LeaseFile Open(string path) => new(new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)));

    /// <summary>What is said of one that is not read for its length.</summary>
    public static IOException TooLarge(string path, long bytesMax) => new($"{path} is larger than {bytesMax / 1024 / 1024} MB and is not read");

    public void Dispose() => Text.Dispose();
}
