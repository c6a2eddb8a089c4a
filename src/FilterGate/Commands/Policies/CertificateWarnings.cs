using System.Globalization;
using FilterGate.Policy.Documents;

namespace FilterGate.Commands.Policies;

/// <summary>What a school should know of its exceptions for certificates, and nothing stops at: those that have ended, those that end soon, those whose end nobody will remember.</summary>
internal static class CertificateWarnings
{
    /// <summary>So long before its end somebody is told: the owner of a box needs some weeks for another certificate.</summary>
    private const int SoonDays = 31;

    /// <summary>A box whose owner has not mended it within two years is not going to be mended.</summary>
    private const int YearsMax = 2;

    /// <summary>Exceptions that have ended, and those with an end too far away.</summary>
    public static IEnumerable<PolicyProblem> Of(PolicyDocument document, TimeProvider clock)
    {
        var today = Today(document, clock);
        foreach (var exception in document.CertificateExceptions)
        {
            var until = exception.Until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            if (exception.Until < today) yield return Warning(exception.Line, $"the exception for the certificate of '{exception.Host}' ended on {until}: it is refused again; remove it, or write another end");
            else if (exception.Until > today.AddYears(YearsMax)) yield return Warning(exception.Line, $"the exception for the certificate of '{exception.Host}' lasts until {until}: nobody will look at it again for more than {YearsMax} years; write an earlier end");
        }
    }

    /// <summary>How many have ended, and how many end within a month.</summary>
    public static (int Ended, int Soon) Count(PolicyDocument document, TimeProvider clock)
    {
        var today = Today(document, clock);
        return (document.CertificateExceptions.Count(e => e.Until < today), document.CertificateExceptions.Count(e => e.Until >= today && e.Until <= today.AddDays(SoonDays)));
    }

    private static DateOnly Today(PolicyDocument document, TimeProvider clock) => document.Timetable.DayOf(clock.GetUtcNow());

    private static PolicyProblem Warning(int line, string message) => new(line, 1, message, IsWarning: true);
}
