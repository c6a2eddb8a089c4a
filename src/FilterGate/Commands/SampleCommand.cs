using FilterGate.Running;
using FilterGate.Samples;

namespace FilterGate.Commands;

/// <summary><c>sample --data DIR</c>: an invented school in a data folder of its own, with people, devices, a day of traffic and two requests that wait.</summary>
/// <remarks>Never beside anything real: the folder must be empty or new, and what is put there says that it is invented wherever it shows.</remarks>
internal sealed class SampleCommand : GatewayCommand
{
    /// <summary>Makes the command.</summary>
    public SampleCommand(CommandHost host) : base(host, "sample", "Fill a new data folder with an invented school: people, devices, a day of traffic and two requests that wait.",
        new CommandExample("filtergate sample --data /tmp/sample", "a school to try things on; no real data folder is touched"),
        new CommandExample("filtergate unblock list --data /tmp/sample", "the requests that wait there"))
    {
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Parse.GetValue<DirectoryInfo?>("--data") is not { } folder)
            throw new UserErrorException("name a folder of its own for the sample with --data DIR: it never goes where a school's data may be");
        if (File.Exists(SampleSchool.MarkIn(folder.FullName))) throw new UserErrorException($"{folder.FullName} holds the sample school already; take another folder, or remove this one first");
        if (File.Exists(folder.FullName) || (folder.Exists && folder.EnumerateFileSystemInfos().Any()))
            throw new UserErrorException($"{folder.FullName} is not empty, and what is invented is never put beside anything else; name a new folder with --data DIR");

        DataFolder.Make(folder.FullName);
        var made = await SampleSchool.FillAsync(context, folder.FullName, cancellationToken);
        if (context.Json)
        {
            context.WriteJson(made);
            return ExitCode.Done;
        }
        context.Output.WriteLine(context.Paint.Good($"{made.School}: {made.People} people, {made.Devices} devices, {made.Visits} visits on {made.Day:yyyy-MM-dd}, of which {made.Blocked} were refused, and {made.Requests.Count} requests that wait. All of it is invented."));
        context.Output.WriteLine();
        context.Output.WriteLine($"You are its technician. Try:\n  filtergate unblock list --config {made.Settings}\n  filtergate events search --since 14d --config {made.Settings}\n  filtergate run --config {made.Settings}");
        return ExitCode.Done;
    }
}
