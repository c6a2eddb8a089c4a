using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using NUnit.Framework;

namespace FilterGate.Testing.Browser;

/// <summary>One window, with a log of what it asked for and what it complained about.</summary>
public sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _complaints = new();

    internal Visit(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Request += (_, request) => _requests.Enqueue($"{request.Method} {request.Url}");
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
    }

    /// <summary>The window.</summary>
    public IPage Page { get; }

    /// <summary>Every request so far, as <c>GET http://…</c>.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Errors and warnings of the console so far: what a Content-Security-Policy refused is among them.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Plugs in an authenticator that the browser plays: a phone's own, whose user is always willing and always recognised.</summary>
    public async Task GiveAuthenticatorAsync()
    {
        var session = await _context.NewCDPSessionAsync(Page);
        await session.SendAsync("WebAuthn.enable");
        await session.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["options"] = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["protocol"] = "ctap2", ["transport"] = "internal", ["hasResidentKey"] = true, ["hasUserVerification"] = true, ["isUserVerified"] = true, ["automaticPresenceSimulation"] = true,
            },
        });
    }

    /// <summary>Answers every request of this window without a network.</summary>
    public Task AnswerAsync(Func<IRequest, RouteFulfillOptions> answer) => Page.RouteAsync("**/*", route => route.FulfillAsync(answer(route.Request)));

    /// <summary>Makes the window another size.</summary>
    public Task ResizeAsync(Screen screen) => Page.SetViewportSizeAsync(screen.Width, screen.Height);

    /// <summary>Fails with every accessibility violation that axe finds, each with the element it is at.</summary>
    public async Task AssertAccessibleAsync()
    {
        var result = await Page.RunAxe();
        Assert.That(result.Violations.SelectMany(Describe), Is.Empty, $"axe: {await Page.TitleAsync()} at {Page.Url}");
    }

    /// <summary>A picture of the page, kept where FILTERGATE_SHOTS says, if it does: to look at, never compared.</summary>
    /// <param name="name">Name of the file without its ending.</param>
    /// <param name="whole">False for the part that a person sees first.</param>
    public async Task ShootAsync(string name, bool whole = true)
    {
        if (Environment.GetEnvironmentVariable("FILTERGATE_SHOTS") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = whole });
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private static IEnumerable<string> Describe(AxeResultItem violation) =>
        violation.Nodes.Select(node => $"{violation.Id} ({violation.Impact}): {violation.Help}; at {node.Html}");
}
