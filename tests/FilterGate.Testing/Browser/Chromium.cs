using Microsoft.Playwright;
using NUnit.Framework;

namespace FilterGate.Testing.Browser;

/// <summary>Debian's Chromium without a window. Start one per fixture (about a second); a visit is a fresh, empty profile.</summary>
/// <remarks>The path is <c>/usr/bin/chromium</c>, or what the environment variable FILTERGATE_CHROMIUM names.</remarks>
public sealed class Chromium : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    /// <summary>Starts the browser, or ignores the test where there is none.</summary>
    /// <param name="proxy">A proxy for all requests, as <c>http://127.0.0.1:8080</c>, or null for none.</param>
    /// <param name="home">The home folder that the browser sees, whose <c>.pki/nssdb</c> holds the authorities it trusts beside its own; null for the user's.</param>
    /// <param name="networkNamespace">The network namespace that it runs in, with QUIC as browsers have it; null for this machine's own network.</param>
    /// <param name="proxyFile">The address of a file that names the proxy (PAC), as a device is told of it; null for none.</param>
    public static async Task<Chromium> StartAsync(string? proxy = null, string? home = null, string? networkNamespace = null, string? proxyFile = null)
    {
        var path = Environment.GetEnvironmentVariable("FILTERGATE_CHROMIUM") ?? "/usr/bin/chromium";
        if (!File.Exists(path)) Assert.Ignore($"No Chromium at {path}: install Debian's package `chromium`, or set FILTERGATE_CHROMIUM.");

        var program = path;
        if (networkNamespace is not null)
        {
            // Playwright starts one file.
            program = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"chromium-{networkNamespace}");
            await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec ip netns exec {networkNamespace} {path} \"$@\"\n");
            if (OperatingSystem.IsLinux()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        }

        var playwright = await Microsoft.Playwright.Playwright.CreateAsync();
        try
        {
            var browser = await playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = program,
                // Bypass "<-loopback>": Chromium would otherwise never send loopback through a proxy.
                Proxy = proxy is null ? null : new() { Server = proxy, Bypass = "<-loopback>" },
                Env = home is null ? null : EnvironmentWith(home),
                Args = ["--no-sandbox", "--disable-gpu", networkNamespace is null ? "--disable-quic" : "--enable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", .. proxyFile is null ? (string[])[] : [$"--proxy-pac-url={proxyFile}"]],
            });
            return new Chromium(playwright, browser);
        }
        catch
        {
            playwright.Dispose();
            throw;
        }
        finally
        {
            if (program != path) File.Delete(program);
        }
    }

    /// <summary>Opens an empty window.</summary>
    public async Task<Visit> VisitAsync(Screen screen, bool scripts = true)
    {
        var context = await _browser.NewContextAsync(new()
        {
            Locale = "en-GB",
            TimezoneId = "Europe/London",
            JavaScriptEnabled = scripts,
            ColorScheme = screen.Dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new() { Width = screen.Width, Height = screen.Height },
        });
        return new Visit(context, await context.NewPageAsync());
    }

    private static IEnumerable<KeyValuePair<string, string>> EnvironmentWith(string home)
    {
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            if (variable.Key is not ("HOME" or "XDG_DATA_HOME" or "XDG_CONFIG_HOME")) yield return new((string)variable.Key, (string)variable.Value!);
        yield return new("HOME", home);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

/// <summary>A window's size in CSS pixels and whether its user prefers dark.</summary>
public readonly record struct Screen(int Width, int Height, bool Dark)
{
    public static Screen Desktop(bool dark = false) => new(1280, 800, dark);
    public static Screen Tablet(bool dark = false) => new(820, 1180, dark);
    public static Screen Phone(bool dark = false) => new(390, 844, dark);

    public override string ToString() => $"{Width}x{Height}-{(Dark ? "dark" : "light")}";
}
