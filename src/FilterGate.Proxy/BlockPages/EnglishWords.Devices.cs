namespace FilterGate.Proxy.BlockPages;

/// <summary>The words of the pages for devices: how the certificate gets there, and the check.</summary>
internal static partial class EnglishWords
{
    public const string CertificatesTitle = "The school’s certificate";
    public const string CertificatesLead = "The filter reads web pages before this device shows them. For that the device must trust the school’s certificate. A device that the school looks after has it already.";
    public const string CertificatesOwn = "On a device of your own, the filter can read everything this device does on the school’s network. Take the certificate off again when you leave the school.";
    public const string CertificatesCompare = "Before you trust it, compare the fingerprint with the one that the school’s technician has:";
    public const string CertificatesTwo = "The school is changing its certificate. Put both on the device: the second takes over by itself on";
    public const string CertificatesNow = "In use now";
    public const string CertificatesNext = "The next one";

    /// <summary>Short instructions, a heading and steps each; a step may name a download.</summary>
    public static readonly (string Title, string Download, string Path, string[] Steps)[] CertificateWays =
    [
        ("iPad, iPhone", "Get the profile", DevicePages.ProfilePath,
        [
            "Open this page in Safari and press “Get the profile”. Choose Allow.",
            "Open Settings. Press “Profile Downloaded”, then Install.",
            "Go to General, About, Certificate Trust Settings, and switch the school’s certificate on. Without this last step it does nothing.",
        ]),
        ("Mac", "Get the profile", DevicePages.ProfilePath,
        [
            "Press “Get the profile” and open the file.",
            "Open System Settings, General, Device Management, and install the profile.",
        ]),
        ("Windows", "Get the certificate (.cer)", DevicePages.CertificatePath,
        [
            "Press “Get the certificate” and open the file. Choose Install Certificate, Local Machine.",
            "Choose “Place all certificates in the following store”, Browse, Trusted Root Certification Authorities.",
            "Firefox: in its settings search for “certificates” and tick “Allow Firefox to automatically trust third-party root certificates you install”.",
        ]),
        ("Chromebook", "Get the certificate (.pem)", DevicePages.PemPath,
        [
            "The school’s Chromebooks get it from the Google Admin console: Devices, Networks, Certificates, Add; choose the file and tick Chromebook.",
            "On a Chromebook of your own: Settings, Privacy and security, Security, Manage certificates, Authorities, Import; tick “trust for identifying websites”.",
        ]),
        ("Android", "Get the certificate (.cer)", DevicePages.CertificatePath,
        [
            "Press “Get the certificate”. Open Settings and search for “CA certificate”. Choose Install anyway and pick the file.",
            "Many Android apps trust no certificate that somebody put there. They work where the school does not read their traffic, or not at all.",
        ]),
    ];

    public const string StatusCheck = "See whether it is filtered as it should be.";
    public const string CheckTitle = "Check this device";
    public const string CheckLead = "What the school’s filter knows of this device, and whether it is looked after as it should be. You need not sign in.";
    public const string CheckGroup = "Group";
    public const string CheckPlace = "Place";
    public const string CheckNoGroup = "none: the rules for unknown devices hold";
    public const string CheckCertificate = "The certificate";
    public const string CheckTrusted = "This device trusts the school’s certificate.";
    public const string CheckUntrusted = "This device does not trust the school’s certificate, so most websites will show an error.";
    public const string CheckUntrustedHere = "This device does not trust the school’s certificate. Websites work without it here, because the filter does not read them; a closed one shows an error instead of a page that says why.";
    public const string CheckGet = "Put the certificate on this device";
    public const string CheckNextTrusted = "It has the next certificate too, and is ready for the change.";
    public const string CheckNextUntrusted = "It does not have the next certificate yet. It will be needed from";
    public const string CheckSearch = "Safe search";
    public const string CheckSearchOff = "Off for this group.";
    public const string CheckTests = "Four tests";
    public const string CheckTestsLead = "This device now asks for four made-up addresses, one of each kind. Each box should say Closed. If a box is empty or shows an error, this device reached past the filter: tell the school’s technician.";
    public const string CheckFrame = "Answer of the filter: ";
    public const string CheckOutside = "The same is tested from outside, with addresses that are no part of this filter, by";
    public const string CheckKeep = "Keep this result";
    public const string CheckKeepHint = "Stores what this page found, with the device and the time. Nothing else of what you do is in it.";
    public const string CheckKeptTitle = "The result is kept";
    public const string CheckKept = "The school’s technician and its online-safety lead find it under this code.";
    public const string CheckKeptAlready = "This device’s result was kept a moment ago. Wait half a minute, open the check again, and keep it then.";
    public const string CheckNotKeptTitle = "The result was not kept";
    public const string CheckSendHere = "Please use the button on the check page itself.";

    /// <summary>What a test tries, and what it asks in the words of the person who looks.</summary>
    public static string CheckTest(DeviceTest test) => test switch
    {
        DeviceTest.Illegal => "Child sexual abuse material",
        DeviceTest.Terrorism => "Unlawful terrorist content",
        DeviceTest.Adult => "Pornography",
        DeviceTest.Language => "Hateful and offensive language, on sites that are listed for it",
        _ => throw new System.Diagnostics.UnreachableException($"test {test}"),
    };

    /// <summary>How a test came out.</summary>
    public static string CheckAnswer(DeviceTestResult result) => result switch
    {
        DeviceTestResult.Closed => "Closed. The filter stops this.",
        DeviceTestResult.Warned => "Warns first. The filter asks before it opens this.",
        DeviceTestResult.ClosedByDemonstration => "Closed, but by a demonstration list that protects nobody. The school needs the real list.",
        DeviceTestResult.NotListed => "OPEN. None of the filter's lists has any such site, so nothing of the kind is stopped. The school's technician needs to know.",
        DeviceTestResult.Open => "OPEN. The filter does not stop this for this device.",
        _ => throw new System.Diagnostics.UnreachableException($"result {result}"),
    };
}
