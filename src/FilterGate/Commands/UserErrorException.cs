namespace FilterGate.Commands;

/// <summary>Something that the caller can put right. Its message is printed as it stands, without a stack trace, so it names the file or option and the fix.</summary>
/// <param name="message">One clear message; may have several lines.</param>
/// <param name="exitCode">One of <see cref="Commands.ExitCode"/>.</param>
/// <param name="inner">What it came from, shown with <c>FILTERGATE_TRACE=1</c>.</param>
internal sealed class UserErrorException(string message, int exitCode = ExitCode.Usage, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The command's exit code.</summary>
    public int ExitCode { get; } = exitCode;
}
