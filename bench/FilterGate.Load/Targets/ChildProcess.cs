using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FilterGate.Load.Targets;

/// <summary>A program that the bench has started and will end, by its own id and nobody else's.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int LinesKept = 40;

    private readonly Process _process;
    private readonly string _name;
    private readonly Queue<string> _lastLines = new();
    private readonly TaskCompletionSource<string> _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process, string name, string? announcement)
    {
        (_process, _name) = (process, name);
        process.OutputDataReceived += (_, e) => Keep(e.Data, announcement);
        process.ErrorDataReceived += (_, e) => Keep(e.Data, announcement);
    }

    /// <summary>Its id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a program.</summary>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="program">File or name on the path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="announcement">What the line begins with that <see cref="AnnouncedAsync"/> waits for.</param>
    public static ChildProcess Start(string name, string program, IEnumerable<string> arguments, string? announcement = null)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        // What tunes this client must not tune what it measures.
        start.Environment.Remove("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS");
        start.Environment.Remove("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT");
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception problem)
        {
            throw new BenchException($"{name} cannot be started: {program}: {problem.Message}");
        }

        var child = new ChildProcess(process, name, announcement);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end and gives what it said, on either stream, trimmed. Exit code -1 when it is not there.</summary>
    public static (int ExitCode, string Said) Ask(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var said = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
            process.WaitForExit();
            return (process.ExitCode, said.Trim());
        }
        catch (Win32Exception problem)
        {
            return (-1, problem.Message);
        }
    }

    /// <summary>What follows the announcement on its line.</summary>
    public Task<string> AnnouncedAsync(CancellationToken cancellationToken) => InTimeAsync(_announced.Task, "did not announce where it listens", cancellationToken);

    /// <summary>Waits until a loopback port accepts.</summary>
    public async Task AcceptsAsync(int port, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await InTimeAsync(TryAsync(stop.Token), $"does not listen on 127.0.0.1:{port}", cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
        }

        async Task<string> TryAsync(CancellationToken token)
        {
            while (true)
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    socket.Connect(IPAddress.Loopback, port);
                    return "";
                }
                catch (SocketException)
                {
                    await Task.Delay(50, token);
                }
            }
        }
    }

    private async Task<string> InTimeAsync(Task<string> waited, string otherwise, CancellationToken cancellationToken)
    {
        var ended = _process.WaitForExitAsync(cancellationToken);
        // Thirty seconds: a busy computer compiles slowly, and Squid reads its lists first.
        var first = await Task.WhenAny(waited, ended, Task.Delay(TimeSpan.FromSeconds(30), cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        if (first == waited) return await waited;
        throw new BenchException($"{_name} {(first == ended ? $"ended with {_process.ExitCode}" : otherwise)}. It said:{Environment.NewLine}{LastLines()}");
    }

    private void Keep(string? line, string? announcement)
    {
        if (line is null) return;
        if (announcement is not null && line.StartsWith(announcement, StringComparison.Ordinal)) _announced.TrySetResult(line[announcement.Length..]);
        lock (_lastLines)
        {
            if (_lastLines.Count == LinesKept) _lastLines.Dequeue();
            _lastLines.Enqueue(line);
        }
    }

    private string LastLines()
    {
        lock (_lastLines) return string.Join(Environment.NewLine, _lastLines);
    }

    /// <summary>Ends it and what it started. Nothing is asked first: all it has is in a folder that goes away.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>A loopback port that nobody has now. Somebody could take it before it is used; then the start fails and says so.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>The file of a program, in the places that Debian uses; null when it is not installed.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/usr/local/sbin")
            .Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
