using System.Diagnostics;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>A server of somebody else's that runs until it is disposed. What it says is read, so that it does not wait for a reader.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="place">Where it runs.</param>
    /// <param name="command">The program, which must stay in the foreground, and its arguments.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    public ServerProcess(Place place, IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        _process = Process.Start(Programs.Describe(place.Command(command), environment))!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
