using FilterGate.Policy;
using FilterGate.Proxy.Requests;

namespace FilterGate.Proxy.BlockPages;

/// <summary>Who reads the page. A tier that says neither staff nor guest is read by pupils: the plainest words suit everybody.</summary>
internal enum Reader
{
    /// <summary>A child of five to eleven.</summary>
    Pupil,
    /// <summary>A member of staff.</summary>
    Staff,
    /// <summary>A visitor, a trainee, a parent.</summary>
    Guest,
}

/// <summary>A place where somebody listens.</summary>
/// <param name="Name">Its name.</param>
/// <param name="For">What it is for, in a few words.</param>
/// <param name="Phone">Telephone number, or null.</param>
/// <param name="Address">Its site: https, no query.</param>
internal sealed record Helpline(string Name, string For, string? Phone, string Address);

/// <summary>What the page of a locked hit says about the list.</summary>
/// <param name="Denied">Why access is denied.</param>
/// <param name="Deliberate">What deliberate attempts mean.</param>
/// <param name="Helplines">Who helps.</param>
/// <param name="IsSafeguarding">True where a child or a colleague may be at risk: the page then says first whom to tell.</param>
internal sealed record LockedWords(string Denied, string Deliberate, IReadOnlyList<Helpline> Helplines, bool IsSafeguarding = true);

/// <summary>What the page of a failure says.</summary>
/// <param name="Title">What happened, as a heading.</param>
/// <param name="What">What happened, in a sentence.</param>
/// <param name="Fault">Whose fault it is.</param>
/// <param name="Todo">What to do.</param>
internal sealed record FailureWords(string Title, string What, string Fault, string Todo);

/// <summary>Every word of the pages, in one place: another language is another class of this shape.</summary>
/// <remarks>Written for a reader of seven where a pupil reads it: short sentences, no blame, no promise that the school cannot keep, and always an adult to go to.
/// Telephone numbers were looked up on 2026-11-22 in stored copies, of unknown age, of the helplines' own pages; Childline's in a newspaper column that Childline wrote in 2022.
/// Nobody has read the live pages or rung the numbers yet: do that before a school relies on them.</remarks>
internal static partial class EnglishWords
{
    public const string Language = "en-GB";

    private static readonly Helpline Childline = new("Childline", "for anyone under 19, any time, free", "0800 1111", "https://www.childline.org.uk/");
    private static readonly Helpline Samaritans = new("Samaritans", "for anyone, any time, free", "116 123", "https://www.samaritans.org/");
    private static readonly Helpline StopItNow = new("Stop It Now", "confidential help for adults who worry about their own or somebody else's behaviour", "0808 1000 900", "https://www.stopitnow.org.uk/");
    private static readonly Helpline Iwf = new("Internet Watch Foundation", "to report a page, or to appeal against a block", null, "https://www.iwf.org.uk/");
    private static readonly Helpline ActEarly = new("ACT Early", "confidential advice if somebody you know may be drawn into extremism", "0800 011 3764", "https://actearly.uk/");
    private static readonly Helpline RevengePorn = new("Revenge Porn Helpline", "for adults whose pictures were shared", "0345 6000 459", "https://revengepornhelpline.org.uk/");

    public static string Heading(Reader reader, Decision decision) => (reader, decision) switch
    {
        (_, { IsForwarded: true }) => "This website is open",
        (Reader.Pupil, { Reason: Reason.AccessWithdrawn }) => "The internet is paused for you",
        (_, { Reason: Reason.AccessWithdrawn }) => "Internet access is withdrawn",
        (Reader.Pupil, { Reason: Reason.Lesson }) => "This website is not part of your lesson",
        (Reader.Pupil, { Verdict: Verdict.Warn }) => "Ask before you open this website",
        (_, { Verdict: Verdict.Warn }) => "This website needs a yes first",
        (Reader.Pupil, { Verdict: Verdict.Quota }) => "This website is closed for now",
        (_, { Verdict: Verdict.Quota }) => "This website has limited time",
        (Reader.Pupil, _) => "This website is closed at school",
        _ => "This website is blocked",
    };

    /// <summary>Why, in one or two sentences. Adults are told the category's name, or "a category" for null; pupils are not, as some names are not for a child's page: it stands under <see cref="Details"/>.</summary>
    public static string Why(Reader reader, Reason reason, string? category) =>
        reader == Reader.Pupil ? PupilWhy(reason) : AdultWhy(reason, category is null ? "a category" : $"the category “{category}”");

    private static string PupilWhy(Reason reason) => reason switch
    {
        Reason.Locked => "This page is against the law.",
        Reason.PrivateDestination => "This address belongs to the school's own computers. It does not open from here.",
        Reason.TlsPolicy => "The school could not check this website, so it stays closed.",
        Reason.ProtectedHelp => "This is a website that helps people. It is always open.",
        Reason.EmergencyBlock => "Your school has closed this website for now.",
        Reason.AccessWithdrawn => "Your teacher knows why, and can tell you what happens next.",
        Reason.NoBypass => "Some websites stay closed for everyone, to keep us all safe.",
        Reason.Override => "Your school has opened this website for a while.",
        Reason.Lesson => "In this lesson, only the websites that your teacher picked are open.",
        Reason.OwnBlock => "Your school has chosen to keep this website closed.",
        Reason.OwnAllow => "Your school has chosen to open this website.",
        Reason.CategoryBlock => "Some websites stay closed at school, to keep everyone safe and to help you learn.",
        Reason.CategoryQuota => "Websites like this are open only for some minutes each day.",
        Reason.CategoryWarn => "A grown-up needs to look at websites like this with you first.",
        Reason.CategoryLog => "This website is open. Your school can see who visits it.",
        Reason.ApprovedOnly => "At school, you can use the websites that your teachers have chosen. This one has not been chosen yet.",
        Reason.CategoryAllow => "Websites like this are open at school.",
        Reason.Uncategorised => "Nobody at school has checked this website yet, so it stays closed for now.",
        Reason.NewlySeen => "This website is new here, and nobody at school has checked it yet. So it stays closed for now.",
        Reason.DeviceProbe => "Your device asks this to find out whether it is online. It is always open.",
        Reason.ByAddress => "This website has only a number and no name, and nobody at school has checked it yet. So it stays closed for now.",
        Reason.WayRound => "Connections like this one stay closed at school, to keep us all safe.",
        Reason.Default => "This website is not one of the websites that are open at school.",
        _ => throw new System.Diagnostics.UnreachableException($"reason {reason}"),
    };

    private static string AdultWhy(Reason reason, string category) => reason switch
    {
        Reason.Locked => "It is on a list of illegal content.",
        Reason.PrivateDestination => "The address belongs to the school's own network or to the filter itself. The filter opens such an address only if the school's policy names it.",
        Reason.TlsPolicy => "It uses a form of encrypted connection that this policy does not allow, so nothing on it could be checked.",
        Reason.ProtectedHelp => "It is a site where people find help. It is always open.",
        Reason.EmergencyBlock => "The school has closed it for now, as an emergency measure.",
        Reason.AccessWithdrawn => "The school has withdrawn internet access here. The head or the online-safety lead can tell you more.",
        Reason.NoBypass => $"It is in {category}, which is blocked for everybody. It cannot be opened on request.",
        Reason.Override => "The school has opened it for a limited time.",
        Reason.Lesson => "A lesson is running, and only the sites chosen for that lesson are open.",
        Reason.OwnBlock => "The school has put it on its own block list.",
        Reason.OwnAllow => "The school has put it on its own allow list.",
        Reason.CategoryBlock => $"It is in {category}, which the school's policy blocks for you.",
        Reason.CategoryQuota => $"It is in {category}, which is open for some minutes a day only.",
        Reason.CategoryWarn => $"It is in {category}, which the school opens on request.",
        Reason.CategoryLog => $"It is in {category}, which is open; visits are recorded.",
        Reason.ApprovedOnly => "Only sites that the school has approved are open here, and this one has not been approved yet.",
        Reason.CategoryAllow => $"It is in {category}, which is open.",
        Reason.Uncategorised => "Nobody has put this site in a category yet, and the school's policy keeps such sites closed until somebody has looked.",
        Reason.NewlySeen => "Nobody has put this site in a category yet, and it was first asked for here only a few days ago. The school's policy keeps such sites closed for a while.",
        Reason.DeviceProbe => "A device asks it to find out whether it is online. It is always open.",
        Reason.ByAddress => "It was asked for by an address instead of a name, and nobody has put that in a category yet. The school's policy keeps such addresses closed until somebody has looked.",
        Reason.WayRound => "The connection is one that gets round the filter: a VPN, Tor, a proxy or a tunnel. It cannot be opened on request.",
        Reason.Default => "No rule of the school's policy opens it.",
        _ => throw new System.Diagnostics.UnreachableException($"reason {reason}"),
    };

    public const string GoBack = "Go back";
    public const string GoBackHow = "Press the back arrow in your browser, or close this page.";

    public static string AdultTitle(Reader reader) => reader switch
    {
        Reader.Pupil => "Tell your teacher",
        Reader.Staff => "Need it for teaching?",
        _ => "Need it today?",
    };

    public static string AdultHow(Reader reader, bool canAsk) => (reader, canAsk) switch
    {
        (Reader.Pupil, true) => "Do you need this website to learn? Did something worry you? Your teacher will help.",
        (Reader.Pupil, false) => "Did something worry you? Do you need help? Your teacher will help you.",
        (Reader.Staff, true) => "Ask below and say what it is for. The school decides, and keeps a record.",
        (Reader.Staff, false) => "This one does not open on request. If that seems wrong, show the code below to the online-safety lead.",
        (_, true) => "Ask below, or speak to the school office.",
        (_, false) => "This one does not open on request. The school office can tell you more.",
    };

    public const string Ask = "Ask for this site";
    public const string AskWhy = "Why do you need it?";

    public static string AskHint(Reader reader) => reader == Reader.Pupil
        ? "Write a few words, or ask an adult to help you. Please do not write your name."
        : "A sentence is enough. Please leave out names and other personal details.";

    public const string Send = "Send";

    public static string Code(Reader reader) => reader == Reader.Pupil ? "Show your teacher this code" : "Reference";

    public static string Details(Reader reader) => reader == Reader.Pupil ? "For your teacher" : "Details for the technician";

    public const string DetailReason = "Reason";
    public const string DetailCategory = "Category";
    public const string DetailSite = "Website";
    public const string DetailUrl = "Address";
    public const string DetailTier = "Filtering level";
    public const string DetailGroup = "Group";
    public const string DetailDevice = "Device";
    public const string DetailClient = "Network address";
    public const string DetailTime = "Time";
    public const string DetailReference = "Reference";

    public const string HelpTitle = "Worried about something?";
    public const string HelpLead = "You can always talk to somebody.";

    /// <summary>Helplines that belong on the page of a blocked category, by its alert theme; none for most.</summary>
    public static IReadOnlyList<Helpline> HelplinesFor(Reader reader, string? theme) => theme switch
    {
        "self-harm" or "suicide" => reader == Reader.Pupil ? [Childline] : [Samaritans, Childline],
        "abuse" or "child-abuse" or "bullying" or "contact" => [Childline],
        "radicalisation" => reader == Reader.Pupil ? [Childline] : [ActEarly],
        _ => [],
    };

    public const string LockedTitle = "Access denied";
    public const string LockedPupilTitle = "Stop here";
    public const string LockedPupil = "This page does not open. Close it now, and tell your teacher or another grown-up you trust. You can also talk to Childline, any time.";
    public const string LockedStaff = "Do not try again, do not search for it and do not look into it yourself. Tell the school's designated safeguarding lead.";
    public const string LockedHelpTitle = "Who can help";
    public const string LockedMistake = "If you think this page is blocked by mistake, give the code below to the school's online-safety lead. It cannot be opened by the school.";

    /// <summary>By the slug of the locked category. The first sentence for an IWF list is the one the foundation asks for.</summary>
    public static LockedWords Locked(string slug) => slug switch
    {
        "csam-iwf" => new(
            "Access has been denied because this page may contain indecent images of children as identified by the Internet Watch Foundation.",
            "Deliberate attempts to reach this or related material may be a criminal offence, with serious consequences.",
            [StopItNow, Childline, Iwf]),
        "csam-npi" => new(
            "Access has been denied because this page may contain indecent drawn or computer-made images of children as identified by the Internet Watch Foundation.",
            "Deliberate attempts to reach this or related material may be a criminal offence, with serious consequences.",
            [StopItNow, Childline, Iwf]),
        "csam-c3p" => new(
            "Access has been denied because this page may contain indecent images of children as identified by the Canadian Centre for Child Protection.",
            "Deliberate attempts to reach this or related material may be a criminal offence, with serious consequences.",
            [StopItNow, Childline, Iwf]),
        "terrorism-ctiru" => new(
            "Access has been denied because this page may contain unlawful terrorist content as assessed by the police Counter Terrorism Internet Referral Unit.",
            "Deliberate attempts to reach, keep or share such material may be a criminal offence.",
            [ActEarly, Childline]),
        "intimate-image-abuse" => new(
            "Access has been denied because this page may show intimate images that were shared without the agreement of the person in them.",
            "Sharing or threatening to share such images is a criminal offence. If they are of you, it is not your fault and there is help to have them taken down.",
            [RevengePorn, Childline]),
        "piracy-pipcu" => new(
            "Access has been denied because the police have identified this site as one that offers films, music, games or books without the right to do so.",
            "Such sites may harm your device, and using them may be against the law.",
            [], IsSafeguarding: false),
        _ => new(
            "Access has been denied because this page is on a list of illegal content that every user of this network is kept from.",
            "Deliberate attempts to reach such material may be a criminal offence.",
            [Childline]),
    };

    private const string TheSite = "The website's.";
    private const string TheSchool = "The school's network.";

    public static FailureWords Failure(ForwardFailure failure) => failure switch
    {
        ForwardFailure.NameNotFound => new("We can't find this website", "No website has this name.", "Perhaps a spelling mistake; otherwise the website's.",
            "Check the spelling of the address, letter by letter."),
        ForwardFailure.NameServerFailed => new("We can't look this website up", "The school's address book of the internet did not answer.", TheSchool,
            "Try again in a minute. If it goes on, tell the school's technician."),
        ForwardFailure.ConnectionRefused => new("This website is not answering", "The computer is there, but nothing on it answers.", TheSite,
            "Try again later."),
        ForwardFailure.ConnectTimedOut => new("This website is not answering", "We knocked and waited, and nobody came.", "The website's, or the line to it.",
            "Try again in a few minutes. If other websites fail as well, tell the school's technician."),
        ForwardFailure.NetworkUnreachable => new("The school's internet is not working", "There is no way to the internet at the moment.", TheSchool,
            "Tell the school's technician."),
        ForwardFailure.CertificateExpired => new("This website's certificate is out of date", "A website proves who it is with a certificate. This one has expired, or is not valid yet.", TheSite,
            "Do not type anything secret there. Try again tomorrow, or tell the owner of the website."),
        ForwardFailure.CertificateNameMismatch => new("This may be the wrong website", "The website showed a certificate that belongs to another name.", "The website's, or somebody stands between you and it.",
            "Check the spelling of the address. If it is right, tell the school's technician."),
        ForwardFailure.CertificateUntrusted => new("We can't tell who this website is", "Nobody we trust vouches for its certificate.", "The website's, or somebody stands between you and it.",
            "Tell the school's technician if you need this website."),
        ForwardFailure.TlsFailed => new("We can't make a safe connection", "The website and the school's filter could not agree on how to keep the connection private.", TheSite,
            "Try again later. Tell the school's technician if you need this website."),
        ForwardFailure.BrokenAnswer => new("This website sent a broken answer", "It hung up, or said something that no browser understands.", TheSite,
            "Try again in a moment."),
        ForwardFailure.AnswerTimedOut => new("This website is too slow", "It took the question, and then nothing came back.", TheSite,
            "Try again in a few minutes."),
        ForwardFailure.ClientGone => new("You left before the answer came", "The page was closed or reloaded before the website answered.", "Nobody's.",
            "Open it again."),
        _ => throw new System.Diagnostics.UnreachableException($"failure {failure}"),
    };

    public const string FailureWhose = "Whose fault?";
    public const string FailureTodo = "What to do";
    public const string FailureNotBlocked = "The school's filter did not block it.";

    public const string AnswerAccepted = "Your request is in";
    public const string AnswerRefused = "Your request was not sent";
    public const string AnswerNext = "An adult at school will look at it. You can close this page.";
    public const string AnswerRetry = "Go back and try again, or speak to an adult at school.";

    public const string StatusTitle = "You are behind the school's filter";
    public const string StatusLead = "This page is the filter's own. It shows what the filter knows about this device.";
    public const string StatusAskTitle = "A website is closed, and you need it?";
    public const string StatusAsk = "Open the website. On the page that comes up instead, choose “Ask for this site”.";
    public const string StatusCertificateTitle = "The school's certificate";
    public const string StatusCertificate = "A school device has it already. On a device of your own, the school's technician can tell you whether you need it and how to put it there.";
    public const string StatusCertificateGet = "Get the certificate";
    public const string StatusNoDevice = "not known by name";

    public const string LessonTitle = "Lesson video";
    public const string LessonFormTitle = "Show one video by itself";
    public const string LessonFormLabel = "Link to the video on YouTube";
    public const string LessonFormHint = "Copy it from the video’s Share button. The page that opens shows this one video, with nothing beside it. Look at the video first.";
    public const string LessonFormSend = "Open the lesson page";
    public const string LessonNoVideo = "That is not a link to a video on YouTube. Open the video, press Share, and copy the link from there.";
}
