using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace FilterGate.Tests.Architecture;

/// <summary>Matching and Policy do no I/O and take time from <see cref="TimeProvider"/>: what they decide depends on their arguments alone, so it can be tested and explained.</summary>
public sealed class PurityTests
{
    private static readonly string[] IoTypes =
    [
        "System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.Directory", "System.IO.DirectoryInfo", "System.IO.FileSystemWatcher", "System.IO.RandomAccess",
        "System.IO.MemoryMappedFiles.MemoryMappedFile", "System.Net.Sockets.Socket", "System.Net.Sockets.TcpClient", "System.Net.Sockets.TcpListener", "System.Net.Sockets.UdpClient",
        "System.Net.Sockets.NetworkStream", "System.Net.Http.HttpClient", "System.Net.Dns", "System.Diagnostics.Process", "System.Console",
    ];

    private static readonly string[] Clocks =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
        "System.TimeProvider.get_System", "System.Diagnostics.Stopwatch.StartNew", "System.Diagnostics.Stopwatch.GetTimestamp",
    ];

    [TestCase("FilterGate.Matching")]
    [TestCase("FilterGate.Policy")]
    public void Types_OfAPureProject_HaveNoIo(string project) => Assert.That(Uses(project).Types, Has.None.AnyOf(IoTypes));

    // What the compiler makes of a method with yield asks for the thread's number, and that is all.
    [TestCase("FilterGate.Matching")]
    [TestCase("FilterGate.Policy")]
    public void Members_OfAPureProject_DoNotAskTheEnvironment(string project) =>
        Assert.That(Uses(project).Members.Where(m => m.StartsWith("System.Environment.", StringComparison.Ordinal)), Is.SubsetOf(new[] { "System.Environment.get_CurrentManagedThreadId" }));

    [TestCase("FilterGate.Matching")]
    [TestCase("FilterGate.Policy")]
    public void Members_OfAPureProject_ReadNoClock(string project) => Assert.That(Uses(project).Members, Has.None.AnyOf(Clocks));

    [Test]
    public void Uses_OfTheExecutable_AreSeenAtAll() =>
        Assert.Multiple(() =>
        {
            Assert.That(Uses("FilterGate").Types, Does.Contain("System.IO.File").And.Contain("System.Console"), "else the tests above look at nothing");
            Assert.That(Uses("FilterGate").Members, Does.Contain("System.TimeProvider.get_System"));
        });

    /// <summary>Every type and member outside the assembly that its code names.</summary>
    private static (HashSet<string> Types, HashSet<string> Members) Uses(string project)
    {
        using var file = File.OpenRead(Repository.AssemblyPath(project));
        using var assembly = new PEReader(file);
        var metadata = assembly.GetMetadataReader();
        var types = metadata.TypeReferences.Select(handle => Name(metadata, handle)).ToHashSet(StringComparer.Ordinal);
        var members = metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(m => m.Parent.Kind == HandleKind.TypeReference)
            .Select(m => $"{Name(metadata, (TypeReferenceHandle)m.Parent)}.{metadata.GetString(m.Name)}")
            .ToHashSet(StringComparer.Ordinal);
        return (types, members);
    }

    private static string Name(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }
}
