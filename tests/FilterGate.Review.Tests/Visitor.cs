using System.Net;
using System.Text.RegularExpressions;
using FilterGate.Review.Accounts;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests;

/// <summary>A browser without a window: keeps cookies, follows no redirect, sends forms with the token of the page they are on.</summary>
internal sealed partial class Visitor : IDisposable
{
    /// <summary>A password that the rules take.</summary>
    public const string Password = "correct horse battery";

    private readonly HttpClient _client;

    public Visitor(Uri site, CookieContainer? cookies = null)
    {
        Cookies = cookies ?? new CookieContainer();
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, CookieContainer = Cookies,
            // The certificate of a test is signed by itself.
            SslOptions = { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Issuer == TestCertificate.Name },
        }) { BaseAddress = site };
    }

    public CookieContainer Cookies { get; }

    public Task<HttpResponseMessage> GetAsync(string path) => _client.GetAsync(path);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _client.SendAsync(request);

    public async Task<string> ReadAsync(string path) => await (await GetAsync(path)).Content.ReadAsStringAsync();

    /// <summary>Sends a form from a page: its token, and the fields given.</summary>
    public async Task<HttpResponseMessage> SendAsync(string page, string action, params (string Name, string Value)[] fields) =>
        await PostAsync(action, [(TokenName, Token(await ReadAsync(page)) ?? ""), .. fields]);

    /// <summary>Sends fields and nothing else.</summary>
    public async Task<HttpResponseMessage> PostAsync(string action, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        return await _client.PostAsync(action, content);
    }

    public const string TokenName = "form-token";

    public static string? Token(string html) => TokenField().Match(html) is { Success: true } match ? match.Groups["token"].Value : null;

    /// <summary>Invites and enrols a person with <see cref="Password"/>; returns the authenticator's secret.</summary>
    public static async Task<byte[]> EnrolAsync(RunningSite site, string person, FakeTimeProvider clock)
    {
        var token = site.State.Invite(person, TimeSpan.FromHours(1), "tech");
        var secret = site.State.FindInvitation(token)!.TotpSecret;
        using var visitor = new Visitor(site.Address);
        using var answer = await visitor.SendAsync($"/enrol/{token}", $"/enrol/{token}", ("password", Password), ("again", Password), ("code", Totp.Code(secret, Totp.StepAt(clock.GetUtcNow()))));
        Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo("/sign-in?done=enrolled"), await answer.Content.ReadAsStringAsync());
        return secret;
    }

    /// <summary>Makes an account and signs in with it; half a minute later, for a code works once.</summary>
    public static async Task<Visitor> SignedInAsync(RunningSite site, string person, FakeTimeProvider clock)
    {
        var secret = await EnrolAsync(site, person, clock);
        clock.Advance(TimeSpan.FromSeconds(Totp.StepSeconds));
        var visitor = new Visitor(site.Address);
        using var answer = await visitor.SignInAsync(person, Password, Totp.Code(secret, Totp.StepAt(clock.GetUtcNow())));
        Assert.That((int)answer.StatusCode, Is.EqualTo(302), await answer.Content.ReadAsStringAsync());
        return visitor;
    }

    /// <summary>The status under another name.</summary>
    public async Task<int> StatusForHostAsync(string path, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        using var answer = await _client.SendAsync(request);
        return (int)answer.StatusCode;
    }

    public Task<HttpResponseMessage> SignInAsync(string person, string password, string code) => SendAsync("/sign-in", "/sign-in", ("person", person), ("password", password), ("code", code));

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("name=\"form-token\" value=\"(?<token>[^\"]+)\"", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TokenField();
}
