using Spectre.Console;

namespace FilterGate.Commands;

/// <summary>A bar on a terminal for what takes long; nothing elsewhere, where a log or a pipe would only fill with it.</summary>
internal static class ProgressBar
{
    /// <summary>Runs work off this thread and shows how far it is.</summary>
    /// <param name="context">The run; the bar goes to its standard error.</param>
    /// <param name="what">What is being done.</param>
    /// <param name="work">Reports from 0 to 1, from any thread; null where nobody looks.</param>
    public static Task<T> RunAsync<T>(CommandContext context, string what, Func<IProgress<double>?, Task<T>> work)
    {
        if (!context.IsInteractive || context.Json) return Task.Run(() => work(null));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Error) });
        return console.Progress()
            .AutoClear(enabled: true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(drawing => Task.Run(() => work(new Bar(drawing.AddTask(Markup.Escape(what), maxValue: 1)))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<double>
    {
        public void Report(double value)
        {
            lock (task) task.Value = Math.Max(task.Value, value);
        }
    }
}
