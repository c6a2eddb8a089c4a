using System.Net.Sockets;

namespace FilterGate.Watching;

/// <summary>The Unix socket over which a running gateway is watched: <c>gateway.sock</c> in its data folder.</summary>
/// <remarks>Folder and socket are for the accounts of the box alone: root, the gateway's and the review site's can connect, and nobody over a network.</remarks>
internal static class WatchSocket
{
    // sockaddr_un of Linux: 108 bytes with the zero at the end.
    private const int PathBytesMax = 107;

    /// <summary>Where it is.</summary>
    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "gateway.sock");

    /// <summary>Why there can be none in this data folder, or null.</summary>
    public static string? WhyNot(string path) => System.Text.Encoding.UTF8.GetByteCount(path) > PathBytesMax
        ? $"the path {path} is longer than the {PathBytesMax} bytes that a socket's may have; choose a data folder with a shorter one"
        : null;

    /// <summary>True when a process listens there; false for none, and for the file that one left which did not end in order.</summary>
    public static bool IsAlive(string path)
    {
        if (!File.Exists(path)) return false;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
