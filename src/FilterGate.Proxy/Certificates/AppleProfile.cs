using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Proxy.Certificates;

/// <summary>The school's authorities as an Apple configuration profile (<c>.mobileconfig</c>), which device management gives to iPads and Macs, and a person can open.</summary>
/// <remarks>
/// One payload <c>com.apple.security.root</c> a certificate (<see href="https://developer.apple.com/documentation/devicemanagement/certificateroot"/>). Identifiers are stable: those of the profile follow from <see cref="AuthoritySet.School"/>, so a
/// newer one takes the place of the older, and those of a payload from its certificate. The same certificates give the same bytes. Pure.
/// </remarks>
public static class AppleProfile
{
    /// <summary>The type that a browser hands to the settings of the device.</summary>
    public const string ContentType = "application/x-apple-aspen-config";

    private const string Identifier = "internal.filtergate.certificates";

    /// <summary>The profile, UTF-8.</summary>
    /// <param name="authorities">What the device is to trust.</param>
    /// <param name="school">The school's name, as the device shows it.</param>
    public static byte[] Make(AuthoritySet authorities, string school)
    {
        ArgumentNullException.ThrowIfNull(authorities);
        var trusted = authorities.Trusted;
        var text = new StringBuilder();
        text.Append("""
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
            <plist version="1.0">
            <dict>
            <key>PayloadContent</key>
            <array>

            """);
        foreach (var authority in trusted)
        {
            text.Append("<dict>\n");
            Add(text, "PayloadCertificateFileName", authority.Name + ".cer");
            text.Append("<key>PayloadContent</key>\n<data>\n").Append(Convert.ToBase64String(authority.CertificateDer, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n")).Append("\n</data>\n");
            var id = IdOf(authority.Certificate.GetCertHash(HashAlgorithmName.SHA256), "certificate");
            AddPayload(text, "com.apple.security.root", $"{Identifier}.{id:N}", id, authority.Title);
            text.Append("</dict>\n");
        }
        text.Append("</array>\n");
        Add(text, "PayloadDescription", trusted.Length == 1
            ? "Lets this device trust the web filter of the school."
            : "Lets this device trust the web filter of the school, with the certificate of today and the one that follows it.");
        Add(text, "PayloadOrganization", school);
        text.Append("<key>PayloadRemovalDisallowed</key>\n<false/>\n");
        // The version of the profile: another one when its certificates are others, so that a device takes it for news.
        AddPayload(text, "Configuration", $"{Identifier}.{authorities.School:N}", IdOf(trusted.SelectMany(a => a.Certificate.GetCertHash(HashAlgorithmName.SHA256)).ToArray(), "profile"), "School web filter");
        text.Append("</dict>\n</plist>\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AddPayload(StringBuilder text, string type, string identifier, Guid id, string name)
    {
        Add(text, "PayloadDisplayName", name);
        Add(text, "PayloadIdentifier", identifier);
        Add(text, "PayloadType", type);
        Add(text, "PayloadUUID", id.ToString("D").ToUpperInvariant());
        text.Append("<key>PayloadVersion</key>\n<integer>1</integer>\n");
    }

    private static void Add(StringBuilder text, string key, string value) => text.Append("<key>").Append(key).Append("</key>\n<string>").Append(SecurityElement.Escape(value)).Append("</string>\n");

    private static Guid IdOf(byte[] digest, string what) => new(SHA256.HashData([.. Encoding.ASCII.GetBytes(what), .. digest]).AsSpan(0, 16));
}
