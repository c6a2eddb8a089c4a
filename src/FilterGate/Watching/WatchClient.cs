using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace FilterGate.Watching;

/// <summary>No gateway could be reached, or it said no; the message says which and what to do.</summary>
internal sealed class WatchException(string message, bool isGone = false, Exception? inner = null, bool isAlone = false) : Exception(message, inner)
{
    /// <summary>True when no gateway runs there.</summary>
    public bool IsAlone { get; } = isAlone;


    /// <summary>True when the watch has ended.</summary>
    public bool IsGone { get; } = isGone;
}

/// <summary>Talks to the running gateway of a data folder.</summary>
/// <remarks>Safe from any thread. Every call may throw <see cref="WatchException"/>.</remarks>
internal sealed class WatchClient(string dataFolder) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(WatchSocket.PathIn(Path.GetFullPath(dataFolder))), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    }) { BaseAddress = new Uri("http://gateway/"), Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Begins a watch.</summary>
    public async Task<WatchRow> StartAsync(WatchStart start, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Post, "v1/watches", JsonContent.Create(start, options: WatchJson.Form), cancellationToken);
        return await ReadAsync<WatchRow>(answer, cancellationToken);
    }

    /// <summary>The watches that run.</summary>
    public async Task<IReadOnlyList<WatchRow>> ListAsync(CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, "v1/watches", null, cancellationToken);
        return await ReadAsync<List<WatchRow>>(answer, cancellationToken);
    }

    /// <summary>What a watch has seen after the sighting with this number.</summary>
    public async Task<WatchRead> ReadAsync(long id, long after, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"v1/watches/{id}?after={after}", null, cancellationToken);
        return await ReadAsync<WatchRead>(answer, cancellationToken);
    }

    /// <summary>What a watch sees, until it ends.</summary>
    public async IAsyncEnumerable<SightingRow> FollowAsync(long id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"v1/watches/{id}/live", null, cancellationToken);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        while (await NextAsync(lines, cancellationToken) is { } line)
            if (line.Length > 0) yield return JsonSerializer.Deserialize<SightingRow>(line, WatchJson.Form)!;
    }

    /// <summary>Ends a watch; nothing where it has ended.</summary>
    public async Task StopAsync(long id, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await SendAsync(HttpMethod.Delete, $"v1/watches/{id}", null, cancellationToken);
        }
        catch (WatchException gone) when (gone.IsGone)
        {
            // It has ended.
        }
    }

    public void Dispose() => _http.Dispose();

    private static async ValueTask<string?> NextAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadLineAsync(cancellationToken);
        }
        catch (IOException)
        {
            return null; // The gateway has stopped.
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer;
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException problem) when (problem.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            throw new WatchException($"the gateway of {dataFolder} can be watched by root and by its own account only; run this with sudo", inner: problem);
        }
        catch (HttpRequestException problem)
        {
            throw new WatchException($"no gateway runs on {dataFolder}. Start one with: filtergate run; or name its data folder with --data DIR", inner: problem, isAlone: true);
        }
        catch (ArgumentOutOfRangeException problem)
        {
            throw new WatchException(WatchSocket.WhyNot(WatchSocket.PathIn(Path.GetFullPath(dataFolder))) ?? problem.Message, inner: problem);
        }

        if (answer.IsSuccessStatusCode) return answer;
        using (answer) throw new WatchException((await ReadAsync<WatchProblem>(answer, cancellationToken)).Message, isGone: answer.StatusCode == HttpStatusCode.NotFound);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(WatchJson.Form, cancellationToken) ?? throw new JsonException("nothing");
        }
        catch (Exception problem) when (problem is JsonException or IOException)
        {
            throw new WatchException("the gateway's answer could not be read; is it of the same version as this command?", inner: problem);
        }
    }
}
