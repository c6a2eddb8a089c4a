using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Certificates;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Requests;

/// <summary>Answers what somebody with a device in their hands asks of the gateway: the certificate, how it gets there, and the check of this device.</summary>
/// <remarks>Reads URL, client and connection; answers or lets pass. Part of <see cref="OwnPagesStage"/>: only for the gateway's own names. A test asks the policy about sites of the lists in force, as requests to them would; which they are is shown nowhere.</remarks>
internal sealed class DevicePagesStage(CurrentPolicy policy, CertificateAuthorities authorities, DeviceChecks checks, EventStore events, Shadow shadow, TimeProvider clock)
{
    private readonly ListedSites _listed = new();

    /// <summary>True when the request was for one of these pages and has been answered.</summary>
    public async ValueTask<bool> TryAnswerAsync(Exchange exchange)
    {
        var snapshot = policy.Snapshot;
        var url = exchange.Url;
        if (DevicePages.TestOf(url.Host) is { } test)
        {
            var result = Try(test, snapshot, exchange.Client);
            checks.SeeTest(exchange.Connection.Address, test, result);
            await PageAnswers.WriteHtmlAsync(exchange, 200, DevicePages.RenderAnswer(test, result), DevicePages.AnswerPolicy);
            return true;
        }

        switch (url.Path)
        {
            case DevicePages.CertificatesPath:
                await PageAnswers.WriteHtmlAsync(exchange, 200, DevicePages.RenderCertificates(snapshot.School, authorities.Current, snapshot.Timetable.Zone));
                return true;
            case DevicePages.CertificatePath:
                await DownloadAsync(exchange, "filtergate-ca.cer", "application/x-x509-ca-cert", authorities.Current.Minting.CertificateDer);
                return true;
            case DevicePages.PemPath:
                await DownloadAsync(exchange, "filtergate-ca.pem", "application/x-pem-file", System.Text.Encoding.ASCII.GetBytes(string.Concat(authorities.Current.Trusted.Select(a => a.CertificatePem + "\n"))));
                return true;
            case DevicePages.NextPath when authorities.Current.Next is { } next:
                await DownloadAsync(exchange, "filtergate-ca-next.cer", "application/x-x509-ca-cert", next.CertificateDer);
                return true;
            case DevicePages.ProfilePath:
                await DownloadAsync(exchange, "filtergate.mobileconfig", AppleProfile.ContentType, AppleProfile.Make(authorities.Current, snapshot.School));
                return true;
            case DevicePages.CheckPath:
                checks.Begin(exchange.Connection.Address);
                await PageAnswers.WriteHtmlAsync(exchange, 200, DevicePages.RenderCheck(snapshot.School, exchange.Client, authorities.Current, snapshot.Timetable.Zone), DevicePages.CheckPolicy);
                return true;
            case DevicePages.TrustedPath:
                await AnswerTrustAsync(exchange, DevicePages.TrustedStyle, isNext: false);
                return true;
            case DevicePages.NextTrustedPath when url.Host == DevicePages.NextHost && authorities.Current.Next is not null:
                await AnswerTrustAsync(exchange, DevicePages.NextTrustedStyle, isNext: true);
                return true;
            case DevicePages.KeepPath:
                await KeepAsync(exchange, snapshot);
                return true;
            default:
                return false;
        }
    }

    /// <summary>What would become of requests of this client for sites that the lists in force really have in the test's category.</summary>
    private static DeviceTestResult Try(DeviceTest test, PolicySnapshot snapshot, Client client, ListedSites listed, DateTimeOffset time)
    {
        // Nothing switches a locked list off: what counts is whether there is one that holds anything real.
        if (test is DeviceTest.Illegal or DeviceTest.Terrorism)
        {
            var feeds = snapshot.Lists.Locked.Feeds.Where(f => f.EntryCount > 0 && (f.Category.Slug == "terrorism-ctiru") == (test == DeviceTest.Terrorism) && f.Category.Slug is "terrorism-ctiru" or "csam-iwf" or "csam-npi" or "csam-c3p").ToList();
            return feeds.Exists(f => !f.IsDemonstration) ? DeviceTestResult.Closed : feeds.Count > 0 ? DeviceTestResult.ClosedByDemonstration : DeviceTestResult.Open;
        }

        // One site may be opened for a lesson, and says nothing of its list; one list may be opened, and says something of the category.
        var verdicts = listed.Of(test).Select(sites => sites.Max(url => snapshot.Decide(client, url, Seen.Url, time).Verdict)).ToList();
        return verdicts.Count == 0 ? DeviceTestResult.NotListed : verdicts.Min() switch
        {
            Verdict.Block => DeviceTestResult.Closed,
            Verdict.Warn or Verdict.Quota => DeviceTestResult.Warned,
            _ => DeviceTestResult.Open,
        };
    }

    /// <summary>In shadow mode a site of that category would be shown, whatever the policy says of it: a check must not call it closed.</summary>
    private DeviceTestResult Try(DeviceTest test, PolicySnapshot snapshot, Client client) =>
        shadow.IsOn && test is not (DeviceTest.Illegal or DeviceTest.Terrorism) ? DeviceTestResult.Open : Try(test, snapshot, client, _listed.In(snapshot.Lists), clock.GetUtcNow());

    /// <summary>The stylesheet says what it says only over TLS: a device that was sent here in clear text has shown nothing.</summary>
    private async ValueTask AnswerTrustAsync(Exchange exchange, string style, bool isNext)
    {
        if (!exchange.Connection.IsIntercepted)
        {
            await PageAnswers.WriteEmptyAsync(exchange, 404);
            return;
        }
        checks.SeeTrust(exchange.Connection.Address, isNext);
        await PageAnswers.WriteAsync(exchange, 200, "text/css; charset=utf-8", System.Text.Encoding.ASCII.GetBytes(style));
    }

    private async ValueTask KeepAsync(Exchange exchange, PolicySnapshot snapshot)
    {
        var school = snapshot.School;
        if (!HttpMethods.IsPost(exchange.Http.Request.Method) || AskStage.IsFromElsewhere(exchange))
        {
            exchange.Http.Response.Headers.Allow = "POST";
            await PageAnswers.WriteHtmlAsync(exchange, HttpMethods.IsPost(exchange.Http.Request.Method) ? 403 : 405, DevicePages.RenderKept(school, EnglishWords.CheckNotKeptTitle, EnglishWords.CheckSendHere, reference: null));
            return;
        }
        var address = exchange.Connection.Address;
        if (checks.TakeResult(address) is not var (isTrusted, isNextTrusted, tests))
        {
            await PageAnswers.WriteHtmlAsync(exchange, 429, DevicePages.RenderKept(school, EnglishWords.CheckNotKeptTitle, EnglishWords.CheckKeptAlready, reference: null));
            return;
        }

        var client = exchange.Client;
        var said = new List<string>
        {
            $"certificate={(isTrusted ? "trusted" : "untrusted")}",
            $"next={(authorities.Current.Next is null ? "none" : isNextTrusted ? "trusted" : "untrusted")}",
            $"safe-search={(client.Tier.Search.IsSafeSearchForced ? "forced" : "off")}",
        };
        foreach (var test in Enum.GetValues<DeviceTest>()) said.Add($"{Word(test.ToString())}={(tests.TryGetValue(test, out var result) ? Word(result.ToString()) : "not-tried")}");
        try
        {
            var kept = await events.CommitAsync(
                new FilterEvent
                {
                    Time = clock.GetUtcNow(), Kind = EventKind.Check, Client = client.AddressText, Device = client.Device, Person = client.Person, Group = client.Group?.Name, Tier = client.Tier.Name,
                    Rule = string.Join(' ', said), PolicyVersion = snapshot.Version, ListsVersion = snapshot.Lists.Version,
                },
                giveReference: true, exchange.Http.RequestAborted);
            await PageAnswers.WriteHtmlAsync(exchange, 200, DevicePages.RenderKept(school, EnglishWords.CheckKeptTitle, EnglishWords.CheckKept, kept.Reference));
        }
        catch (EventStoreException)
        {
            checks.GiveBack(address);
            await PageAnswers.WriteTextAsync(exchange, 503, RequestMessages.CannotRecord);
        }
    }

    /// <summary><c>ClosedByDemonstration</c> as scripts read it: <c>closed-by-demonstration</c>.</summary>
    private static string Word(string name) => string.Concat(name.Select((c, i) => char.IsUpper(c) ? $"{(i == 0 ? "" : "-")}{char.ToLowerInvariant(c)}" : $"{c}"));

    private static async ValueTask DownloadAsync(Exchange exchange, string name, string contentType, byte[] bytes)
    {
        exchange.Http.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        await PageAnswers.WriteAsync(exchange, 200, contentType, bytes);
    }
}
