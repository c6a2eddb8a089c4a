using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace FilterGate.EndToEnd.Tests.Fixtures;

    /// <summary>A connection through the gateway that it passes unread.</summary>
    internal sealed class Tunnel(TcpClient connection, SslStream stream, string host) : IAsyncDisposable
    {
        public static async Task<Tunnel> OpenAsync(Uri proxy, string host)
        {
            var connection = new TcpClient();
            await connection.ConnectAsync(proxy.Host, proxy.Port);
            var plain = connection.GetStream();
            await plain.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n"));
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await plain.ReadAsync(one) == 1) head.Append((char)one[0]);
            Assert.That(head.ToString(), Does.StartWith("HTTP/1.1 200"));
#pragma warning disable CA5359 // The origin is of this test, and the tunnel is what is tried, not its certificate.
            var stream = new SslStream(plain, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await stream.AuthenticateAsClientAsync(host);
            var tunnel = new Tunnel(connection, stream, host);
            Assert.That(await tunnel.AskAsync("/1k"), Does.StartWith("HTTP/1.1 200"));
            return tunnel;
        }

        /// <summary>Asks on this connection and reads the whole answer, of at most 1 KiB and a head.</summary>
        public async Task<string> AskAsync(string path)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            var answer = new StringBuilder();
            var buffer = new byte[4096];
            while (!answer.ToString().EndsWith(new string('k', 1024), StringComparison.Ordinal) && await stream.ReadAsync(buffer) is > 0 and var read) answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            return answer.ToString();
        }

        /// <summary>Waits until the connection ends, whichever way.</summary>
        public async Task EndAsync()
        {
            try
            {
                while (await stream.ReadAsync(new byte[1]) > 0)
                {
                }
            }
            catch (IOException)
            {
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stream.DisposeAsync();
            connection.Dispose();
        }
    }
