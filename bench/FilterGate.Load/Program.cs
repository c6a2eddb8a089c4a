using System.CommandLine;
using FilterGate.Load;
using FilterGate.Load.Targets;

// Answers are handled on the thread that waits for them, and one such thread is enough: the client shares the cores with what it measures.
// The runtime reads both once, when the first socket is made.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");

var seconds = Number("--seconds", 5, 1, 600, "how long each target is measured in each round");
var rounds = Number("--rounds", 5, 1, 100, "how often each target is measured, in turn");
var connections = Number("--connections", 32, 1, 512, "connections, each waiting for one answer at a time");
var warmUp = Number("--warm-up", 10, 3, 120, "seconds that each target is driven before its first round (and at least 30,000 requests)");
var peer = new Option<string?>("--peer-command") { HelpName = "COMMAND", Description = "another proxy: a shell command; {port} is where it must listen on 127.0.0.1, {data} a folder it may use" };
var gateway = new Option<string?>("--gateway") { HelpName = "FILE", Description = "measure this executable instead of building the one of this tree" };
var targets = new Option<string[]>("--target") { HelpName = "NAME", Description = "measure only these: direct, gateway, redirect, squid, peer" };
targets.AcceptOnlyFromAmong("direct", "gateway", "redirect", "squid", "peer");
var redirect = new Option<bool>("--redirect") { Description = "measure traffic that the kernel redirects to the gateway beside explicit proxying of the same gateway; needs root, and makes a network of its own" };
var json = new Option<string?>("--json") { HelpName = "FILE", Description = "write the results; a bare name goes to bench/results" };

var command = new RootCommand("Drives this gateway and Squid in turn with the same requests, on this computer only, and compares what a request costs.")
{
    seconds, rounds, connections, warmUp, peer, gateway, targets, redirect, json,
};
command.SetAction(async (parse, cancellationToken) =>
{
    var options = new LoadOptions
    {
        Window = TimeSpan.FromSeconds(parse.GetValue(seconds)),
        Rounds = parse.GetValue(rounds),
        Connections = parse.GetValue(connections),
        WarmUp = TimeSpan.FromSeconds(parse.GetValue(warmUp)),
        PeerCommand = parse.GetValue(peer),
        GatewayFile = parse.GetValue(gateway),
        Targets = parse.GetValue(targets) ?? [],
        Redirect = parse.GetValue(redirect),
        JsonFile = parse.GetValue(json),
    };
    if (options.Redirect && !RedirectingNetwork.IsInside) return RedirectingNetwork.RunInside(args);
    try
    {
        return await Comparison.RunAsync(options, cancellationToken);
    }
    catch (OperationCanceledException)
    {
        Console.Error.WriteLine("stopped; what was started has been ended.");
        return 1;
    }
    catch (BenchException problem)
    {
        Console.Error.WriteLine(problem.Message);
        return 2;
    }
});
return await command.Parse(args).InvokeAsync();

static Option<int> Number(string name, int usual, int least, int most, string description)
{
    var option = new Option<int>(name) { DefaultValueFactory = _ => usual, Description = $"{description} ({least} to {most})" };
    option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is var value && (value < least || value > most)) result.AddError($"{name} takes {least} to {most}, not {value}.");
    });
    return option;
}
