using System.Diagnostics;
using System.Net;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>Every site of the internet that a test needs, on ports 80 and 443 of one address: nginx with a folder and a process of its own. Needs root for its ports.</summary>
/// <remarks>
/// <c>/</c> is a page with a picture, <c>/picture.png</c> that picture, <c>/1k</c> 1024 bytes, <c>/large.bin</c> 8 MiB, <c>/slow.bin</c> the same at 4 KiB a second, <c>/from</c> the address it sees, the name asked for and the scheme, <c>/strict</c> says that the site is only ever to be asked over HTTPS (HSTS).
/// </remarks>
internal sealed class NginxOrigin : IAsyncDisposable
{
    /// <summary>What the page at <c>/</c> says.</summary>
    public const string Welcome = "This page comes from the origin.";

    private static readonly byte[] Picture =
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");

    private readonly TempFolder _folder;
    private readonly Process _process;

    private NginxOrigin(TempFolder folder, Process process, IPAddress address, OriginCertificates certificates)
    {
        (_folder, _process, Address, Certificates) = (folder, process, address, certificates);
    }

    /// <summary>Where it listens.</summary>
    public IPAddress Address { get; }

    /// <summary>Its own authority and certificate.</summary>
    public OriginCertificates Certificates { get; }

    /// <summary>What it was asked for, as <c>allowed.test GET /1k</c>: a request that the gateway refused must not be among it.</summary>
    public IReadOnlyList<string> Requests => File.Exists(_folder["access.log"]) ? File.ReadAllLines(_folder["access.log"]) : [];

    /// <summary>A loopback address that no other test uses: ports 80 and 443 of it are free.</summary>
    public static IPAddress LoopbackOfItsOwn() => new([127, (byte)Random.Shared.Next(16, 250), (byte)Random.Shared.Next(256), (byte)Random.Shared.Next(1, 255)]);

    /// <summary>Starts it, or ignores the test where there is no nginx.</summary>
    /// <param name="place">Where it runs.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="names">Names of its certificate.</param>
    /// <param name="also">A second address that it listens on.</param>
    public static async Task<NginxOrigin> StartAsync(Place place, IPAddress address, IEnumerable<string> names, IPAddress? also = null)
    {
        Programs.RequireRoot("the origin listens on ports 80 and 443");
        Programs.Require("nginx", "nginx-light");
        var folder = new TempFolder();
        var certificates = new OriginCertificates(folder.Path, names);
        WriteSite(folder);
        await File.WriteAllTextAsync(folder["nginx.conf"], Configuration(folder, also is null ? [address] : [address, also], certificates));
        var process = Process.Start(Programs.Describe(place.Command("nginx", "-p", folder.Path, "-c", folder["nginx.conf"], "-e", folder["error.log"])))!;
        var origin = new NginxOrigin(folder, process, address, certificates);
        try
        {
            // Written once the ports are open.
            await Programs.UntilAsync(() => Task.FromResult(process.HasExited || (File.Exists(folder["pid"]) && new FileInfo(folder["pid"]).Length > 0)), "nginx listens");
            if (process.HasExited) throw new InvalidOperationException($"nginx ended with {process.ExitCode}: {await process.StandardError.ReadToEndAsync()}");
        }
        catch
        {
            await origin.DisposeAsync();
            throw;
        }

        return origin;
    }

    private static void WriteSite(TempFolder folder)
    {
        var root = Directory.CreateDirectory(folder["site"]).FullName;
        File.WriteAllText(Path.Combine(root, "index.html"),
            $"<!doctype html><html lang=\"en\"><head><title>An open site</title><link rel=\"icon\" href=\"/picture.png\"></head><body><main><h1>{Welcome}</h1><img src=\"/picture.png\" alt=\"A dot\" width=\"40\" height=\"40\"></main></body></html>\n");
        File.WriteAllBytes(Path.Combine(root, "picture.png"), Picture);
        File.WriteAllText(Path.Combine(root, "1k"), new string('k', 1024));
        using var large = File.Create(Path.Combine(root, "large.bin"));
        large.SetLength(8 << 20);
    }

    private static string Configuration(TempFolder folder, IPAddress[] addresses, OriginCertificates certificates) => $$"""
        daemon off;
        user root;
        worker_processes 1;
        pid {{folder["pid"]}};
        events { worker_connections 1024; }
        http {
          log_format asked '$host $request_method $request_uri';
          access_log {{folder["access.log"]}} asked;
          client_body_temp_path {{folder["body"]}};
          proxy_temp_path {{folder["proxy"]}};
          fastcgi_temp_path {{folder["fastcgi"]}};
          uwsgi_temp_path {{folder["uwsgi"]}};
          scgi_temp_path {{folder["scgi"]}};
          types { text/html html; image/png png; }
          default_type text/plain;
          server {
            {{string.Concat(addresses.Select(a => $"listen {new IPEndPoint(a, 80)}; listen {new IPEndPoint(a, 443)} ssl http2; "))}}
            ssl_certificate {{certificates.ServerPath}};
            ssl_certificate_key {{certificates.KeyPath}};
            root {{folder["site"]}};
            location = /from { return 200 "$remote_addr $host $scheme"; }
            location = /strict { add_header Strict-Transport-Security "max-age=31536000; includeSubDomains"; return 200 "https alone from now on"; }
            location = /quic { add_header Alt-Svc 'h3=":443"; ma=3600'; return 200 "come over QUIC next time"; }
            location = /slow.bin { alias {{folder["site"]}}/large.bin; limit_rate 4k; }
          }
        }
        """;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await Programs.SignalAsync(_process, "TERM");
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            try
            {
                await _process.WaitForExitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
        _folder.Dispose();
    }
}
