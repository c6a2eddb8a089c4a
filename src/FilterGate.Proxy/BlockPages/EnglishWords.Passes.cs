using System.Globalization;
using FilterGate.Policy;
using FilterGate.Policy.Passes;

namespace FilterGate.Proxy.BlockPages;

internal static partial class EnglishWords
{
    public const string Continue = "Continue";

    public static string WarnHeading(Reader reader) => reader == Reader.Pupil ? "Stop and think first" : "Are you sure you want this website?";

    /// <summary>Why a page asks first. Adults are told the category's name; pupils are not, as some names are not for a child's page.</summary>
    public static string WarnWhy(Reader reader, Reason reason, string? category) => (reader, reason) switch
    {
        (Reader.Pupil, Reason.Uncategorised) => "Nobody at school has checked this website yet. It may be fine, or it may not be for you.",
        (_, Reason.Uncategorised) => "Nobody has put this site in a category yet, and the school's policy asks first.",
        (Reader.Pupil, Reason.ByAddress) => "This website has only a number and no name, and nobody at school has checked it yet. It may be fine, or it may not be for you.",
        (_, Reason.ByAddress) => "It was asked for by an address instead of a name, and nobody has put that in a category yet. The school's policy asks first.",
        (Reader.Pupil, Reason.NewlySeen) => "This website is new here, and nobody at school has checked it yet. It may be fine, or it may not be for you.",
        (_, Reason.NewlySeen) => "Nobody has put this site in a category yet, and it was first asked for here only a few days ago. The school's policy asks first.",
        (Reader.Pupil, Reason.CategoryQuota) => "Websites like this are open for some minutes each day.",
        (_, Reason.CategoryQuota) => $"It is in {Named(category)}, which is open for some minutes a day.",
        (Reader.Pupil, _) => "Some websites like this one help you learn, and some do not. Your school asks you to think before you open them.",
        _ => $"It is in {Named(category)}, which the school's policy opens with care.",
    };

    public static string WarnAdultTitle(Reader reader) => reader == Reader.Pupil ? "Ask your teacher" : "Not sure?";

    public static string WarnAdultHow(Reader reader) => reader switch
    {
        Reader.Pupil => "Not sure? Your teacher will help you choose.",
        Reader.Staff => "Ask the online-safety lead, above all before you show it to pupils.",
        _ => "The school office will help you.",
    };

    public static string ContinueHint(Reader reader, int minutes) => reader == Reader.Pupil
        ? $"You can go on if you need this website. Your school can see that you did. For {Minutes(minutes)} you will not be asked again."
        : $"If you go on, that is recorded. For {Minutes(minutes)} you will not be asked again.";

    public const string QuotaHeading = "This website has limited time";
    public const string QuotaUsedUpHeading = "The time for today is used up";

    /// <summary>How many minutes are left. The category is one that the school opens, so everybody may read its name.</summary>
    public static string Quota(QuotaState quota, string? category)
    {
        var what = category is null ? "" : $" for “{category}”";
        return quota.NextSliceMinutes > 0
            ? $"You have {Number(quota.LeftMinutes)} of {Minutes(quota.Rule.DailyMinutes)}{what} left today."
            : $"You have used all {Minutes(quota.Rule.DailyMinutes)}{what} today. There is more tomorrow.";
    }

    public static string QuotaStart(int minutes) => $"Start {Minutes(minutes)}";

    public static string QuotaHint(Reader reader) => reader == Reader.Pupil
        ? "The minutes begin when you press the button, and they run on until they end."
        : "The minutes begin with the button and run on until they end.";

    public static string QuotaAdultHow(Reader reader) => reader switch
    {
        Reader.Pupil => "Do you need this website to learn? Your teacher will help.",
        Reader.Staff => "The school can open it for a lesson.",
        _ => "The school office will help you.",
    };

    public const string ContinueNotFromPage = "That did not come from the page that asks. Open the website again, and use the button there.";
    public const string ContinueUnreadable = "We could not tell where you wanted to go. Please open the website again.";
    public const string ContinueTooMany = "You have gone past a great many warnings today. Please ask an adult at school to help you.";
    public const string ContinueFailedTitle = "Please try again";

    private static string Minutes(int minutes) => minutes == 1 ? "1 minute" : $"{Number(minutes)} minutes";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Named(string? category) => category is null ? "a category" : $"the category “{category}”";
}
