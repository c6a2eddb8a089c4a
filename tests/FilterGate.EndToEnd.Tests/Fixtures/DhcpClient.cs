using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>What a DHCP server gave a device.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Server">Who gave it.</param>
/// <param name="Options">The options of the answer by number, as bytes.</param>
internal sealed record DhcpLease(IPAddress Address, IPAddress Server, IReadOnlyDictionary<byte, byte[]> Options)
{
    /// <summary>An option that is text, or null.</summary>
    public string? Text(byte option) => Options.TryGetValue(option, out var bytes) ? Encoding.ASCII.GetString(bytes).TrimEnd('\0') : null;
}

/// <summary>A device that asks for an address by DHCP (RFC 2131), in a network namespace that has a way to everywhere by its cable.</summary>
internal sealed class DhcpClient(NetworkNamespace place, byte[] mac)
{
    private const byte Discover = 1, Offer = 2, Request = 3, Ack = 5, Release = 7;
    private const byte MessageType = 53, RequestedAddress = 50, ServerId = 54, HostName = 12, Wanted = 55, End = 255;
    private const int ServerPort = 67, ClientPort = 68, HeadBytes = 240;
    private static readonly byte[] Cookie = [99, 130, 83, 99];

    /// <summary>Asks, and takes what is offered first.</summary>
    /// <param name="name">What the device calls itself.</param>
    /// <param name="wanted">Options that it wants to be told.</param>
    public async Task<DhcpLease> AskAsync(string name, params byte[] wanted)
    {
        using var socket = NamespaceSockets.Make(place, AddressFamily.InterNetwork, SocketType.Dgram, new IPEndPoint(IPAddress.Any, ClientPort));
        socket.EnableBroadcast = true;
        byte[] says = [HostName, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. wanted.Length == 0 ? (byte[])[] : [Wanted, (byte)wanted.Length, .. wanted]];
        var offer = await TalkAsync(socket, Discover, Offer, says);
        return await TalkAsync(socket, Request, Ack, [.. says, RequestedAddress, 4, .. offer.Address.GetAddressBytes(), ServerId, 4, .. offer.Server.GetAddressBytes()]);
    }

    /// <summary>Gives it back; nobody answers that.</summary>
    public async Task ReleaseAsync(DhcpLease lease)
    {
        using var socket = NamespaceSockets.Make(place, AddressFamily.InterNetwork, SocketType.Dgram, new IPEndPoint(IPAddress.Any, ClientPort));
        await socket.SendToAsync(Message(Release, 3, lease.Address, [ServerId, 4, .. lease.Server.GetAddressBytes()]), new IPEndPoint(lease.Server, ServerPort));
    }

    private async Task<DhcpLease> TalkAsync(Socket socket, byte says, byte expects, byte[] options)
    {
        using var late = new CancellationTokenSource(Programs.WaitMax);
        var buffer = new byte[1500];
        while (true)
        {
            var transaction = (byte)Random.Shared.Next(1, 255);
            await socket.SendToAsync(Message(says, transaction, IPAddress.Any, options), new IPEndPoint(IPAddress.Broadcast, ServerPort));
            using var again = CancellationTokenSource.CreateLinkedTokenSource(late.Token);
            again.CancelAfter(TimeSpan.FromSeconds(2));
            try
            {
                while (true)
                {
                    var length = (await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), again.Token)).ReceivedBytes;
                    if (length > HeadBytes && buffer[7] == transaction && Read(buffer[..length]) is { } lease && lease.Options[MessageType][0] == expects) return lease;
                }
            }
            catch (OperationCanceledException) when (!late.IsCancellationRequested)
            {
                // The server was not up yet, or a packet was lost: devices ask again too.
            }
        }
    }

    private byte[] Message(byte kind, byte transaction, IPAddress client, byte[] options)
    {
        var message = new byte[HeadBytes];
        (message[0], message[1], message[2], message[7]) = (1, 1, 6, transaction);
        // Please answer by broadcast: this device has no address yet.
        message[10] = 0x80;
        client.GetAddressBytes().CopyTo(message, 12);
        mac.CopyTo(message, 28);
        Cookie.CopyTo(message, 236);
        return [.. message, MessageType, 1, kind, .. options, End];
    }

    private static DhcpLease Read(byte[] message)
    {
        var options = new Dictionary<byte, byte[]>();
        for (var at = HeadBytes; at + 1 < message.Length && message[at] != End; at += message[at] == 0 ? 1 : 2 + message[at + 1])
            if (message[at] != 0) options[message[at]] = message[(at + 2)..(at + 2 + message[at + 1])];
        return new DhcpLease(new IPAddress(message.AsSpan(16, 4)), new IPAddress(options[ServerId]), options);
    }
}
