using FilterGate.Events.Acts;
using FilterGate.Policy;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Acts;

/// <summary>Reads the signs of an act from a request. No allocation.</summary>
internal static class SignsOfRequests
{
    /// <summary>The signs, without what the decision adds.</summary>
    public static RequestSigns Read(HttpRequest request, Client client, string host, string target, DateTimeOffset time)
    {
        var headers = request.Headers;
        return new RequestSigns(KeyOf(client), host, target, time)
        {
            Method = request.Method,
            FetchSite = headers["Sec-Fetch-Site"], FetchMode = headers["Sec-Fetch-Mode"], FetchDest = headers["Sec-Fetch-Dest"], FetchUser = headers["Sec-Fetch-User"],
            Accept = headers.Accept, Referer = headers.Referer, RequestedWith = headers.XRequestedWith, Upgrade = headers.Upgrade, UserAgent = headers.UserAgent,
            Purpose = headers["Sec-Purpose"].Count > 0 ? headers["Sec-Purpose"] : headers["Purpose"].Count > 0 ? headers["Purpose"] : headers["X-Moz"],
        };
    }

    /// <summary>Whose acts they are: the person's, else the device's, else the address's.</summary>
    public static string KeyOf(Client client) => client.Person ?? client.Device ?? client.AddressText;
}
