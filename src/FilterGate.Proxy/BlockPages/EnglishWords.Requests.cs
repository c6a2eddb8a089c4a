namespace FilterGate.Proxy.BlockPages;

/// <summary>The words with which people ask for a site or report one.</summary>
internal static partial class EnglishWords
{
    public const string RequestTitle = "Report or request a site";

    public static string RequestLead(Reader reader) => reader == Reader.Pupil
        ? "Is a website closed that you need? Or did you see one that should be closed? Tell us here, or ask an adult to help you."
        : "Ask for a site that is closed, or tell us of one that ought to be. Please leave out names and other personal details.";

    public const string RequestAddress = "The website's address";
    public const string RequestWhat = "What should happen?";
    public const string RequestOpen = "Please open it";
    public const string RequestReport = "It is not safe: please close it";

    public const string RouteWhich = "For how long do you need it?";
    public const string RouteLesson = "For a lesson: it is opened for one class and closes by itself";
    public const string RouteForGood = "For good: the head decides first";
    public const string RouteWhom = "For which class?";
    public const string RouteWhomAsHere = "for me and my colleagues";
    public const string RouteUntil = "Until when? (for a lesson)";
    public const string RouteUntilHint = "A time of today, such as 15:00.";

    public const string StatusAskOther = "Or use the form to report or request a site.";
}
