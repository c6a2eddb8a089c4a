using System.CommandLine;
using FilterGate.Policy.TwoKeys;
using FilterGate.State;

namespace FilterGate.Commands.Unblocks;

/// <summary><c>unblock list</c>: what waits for an answer.</summary>
internal sealed class UnblockListCommand : GatewayCommand
{
    private readonly Option<bool> _all = new("--all") { Description = "answered ones too" };

    /// <summary>Makes the command.</summary>
    public UnblockListCommand(CommandHost host) : base(host, "list", "List requests that wait for an answer, oldest first.",
        new CommandExample("filtergate unblock list", "what waits, and for whom"),
        new CommandExample("filtergate unblock list --all --json", "every request, for a script")) => Options.Add(_all);

    /// <summary>How a request's way is said.</summary>
    internal static string Say(RequestRoute route) => route switch
    {
        RequestRoute.Lesson => "lesson",
        RequestRoute.ForGood => "for good",
        RequestRoute.Report => "report",
        _ => "pupil",
    };

    /// <summary>How far a request has come, for people.</summary>
    internal static string Say(UnblockRequest request) => request.Status switch
    {
        RequestStatus.Waiting => "waiting",
        RequestStatus.PassedOn => $"passed on by {request.PassedOnBy}",
        RequestStatus.Agreed => $"decided by {request.Agreed!.By}, to be applied",
        RequestStatus.Expired => "expired",
        _ => $"{request.Status.ToString().ToLowerInvariant()} by {request.DecidedBy}",
    };

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var requests = context.Value(_all) ? state.Requests(status: null) : state.OpenRequests();
        foreach (var request in requests)
        {
            if (context.Json)
            {
                context.WriteJson(UnblockCommand.Row(request));
                continue;
            }
            context.Output.WriteLine(
                $"{context.Paint.Strong(request.Reference)}  {UnblockCommand.Local(context, request.Time)}  {Say(request.Route),-8}  {request.Audience?.LabelUnnamed ?? request.Tier,-8}  {request.Host}  {request.Category}  {request.Device ?? request.Client}  {Say(request)}"
                + (request.Note.Length > 0 ? $"\n           \"{request.Note}\"" : ""));
        }
        if (requests.Count == 0 && !context.Json) context.Error.WriteLine("No request waits.");
        return Task.FromResult(ExitCode.Done);
    }
}
