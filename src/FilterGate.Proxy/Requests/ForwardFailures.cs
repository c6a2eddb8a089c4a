using System.Net.Sockets;
using System.Security.Authentication;
using Yarp.ReverseProxy.Forwarder;

namespace FilterGate.Proxy.Requests;

/// <summary>Names what went wrong in our words, from the forwarder's.</summary>
internal static class ForwardFailures
{
    /// <summary>The failure behind a forwarder's error that is not the dialler's own.</summary>
    public static ForwardFailure Of(ForwarderError error, Exception? problem) => error switch
    {
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyCanceled
            or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient => ForwardFailure.ClientGone,
        ForwarderError.RequestTimedOut or ForwarderError.UpgradeActivityTimeout => ForwardFailure.AnswerTimedOut,
        _ when ForwardStage.Find<AuthenticationException>(problem) is not null => ForwardFailure.TlsFailed,
        _ when ForwardStage.Find<HttpRequestException>(problem) is { HttpRequestError: HttpRequestError.SecureConnectionError } => ForwardFailure.TlsFailed,
        _ when ForwardStage.Find<HttpRequestException>(problem) is { HttpRequestError: HttpRequestError.ConnectionError } => ForwardFailure.ConnectTimedOut,
        // A connection that was kept for the next request, and the line it went over is gone.
        _ when ForwardStage.Find<SocketException>(problem) is { SocketErrorCode: SocketError.NetworkDown or SocketError.NetworkUnreachable } => ForwardFailure.NetworkUnreachable,
        _ when ForwardStage.Find<SocketException>(problem) is { SocketErrorCode: SocketError.TimedOut or SocketError.HostDown or SocketError.HostUnreachable } => ForwardFailure.ConnectTimedOut,
        _ => ForwardFailure.BrokenAnswer,
    };
}
