using System.Globalization;
using System.Net;
using System.Text;
using FilterGate.Commands;
using FilterGate.Lists;
using FilterGate.Lists.Sources;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Settings;

namespace FilterGate.Setup;

/// <summary>The questions of <c>setup</c> to somebody at a terminal, one a line, each with why it is asked and a safe answer. What they come to is a document of answers, as a file would be: there is one way on from here.</summary>
/// <remarks>Only what is not set yet is asked. Lines rather than menus: they work on a serial console, with a screen reader, and with a test that types.</remarks>
internal sealed class SetupConversation(CommandContext context, SetupFound found, bool asksPolicy)
{
    /// <summary>The answer that means that there is none.</summary>
    private const string None = "none";

    /// <summary>Where the rules bring traffic to, unless the settings say another port.</summary>
    private const string TransparentPort = "[::]:8129";

    private static readonly (string Role, string Why)[] Keys =
    [
        (Roles.Head, "decides which sites stay open"),
        (Roles.Technician, "opens a site for a lesson, and applies what the head decided; never the same person for one request"),
        (Roles.Lead, "reads what was blocked, and sees what needs somebody"),
    ];

    private readonly StringBuilder _answers = new("# What was answered to filtergate setup.\n");

    /// <summary>Asks everything.</summary>
    /// <returns>The answers, as YAML.</returns>
    /// <exception cref="UserErrorException">There is nobody any more who answers: nothing was changed (exit 130).</exception>
    public string Ask()
    {
        Say("Each question has why it is asked below it. Enter takes what stands in brackets. Nothing is changed before you have seen all of it and said yes; Ctrl-C leaves at any time.");
        List<string> holders = [];
        if (asksPolicy) holders = AskPolicy();
        else if (found.Policy is { Yaml: var yaml } && PolicyDocument.Parse(yaml, ListLoader.ShippedTaxonomy, out _, BundleFile.Shipped) is { } document) holders = [.. document.Approvals.Keys.Select(k => k.Holder)];
        AskSettings();
        AskInvitations(holders);
        return _answers.ToString();
    }

    private List<string> AskPolicy()
    {
        Answer("school", Yaml.Quote(Ask("What is the school called?", "It stands on the page that a pupil sees whose site is closed.", null, text => text.Length > 200 ? "at most 200 characters" : null)));

        foreach (var (name, about) in SetupAnswers.Seeds.Select(seed => (seed, SeedPolicies.About(seed)))) Say($"  {context.Paint.Strong(name.PadRight(18))} {about}");
        var seed = Ask("Which of these policies is nearest to yours?", "It is what the first version begins from; everything in it can be changed later, and every version is kept.", SetupAnswers.UsualSeed,
            text => SetupAnswers.Seeds.Contains(text, StringComparer.Ordinal) ? null : $"it is none of them{Nearest.Suggestion(text, SetupAnswers.Seeds)}");
        Answer("from", seed);
        var document = PolicyDocument.Parse(SeedPolicies.Read(seed), ListLoader.ShippedTaxonomy, out _, BundleFile.Shipped)!;

        AskNetworks(document);
        var holders = AskKeys(document);
        return holders;
    }

    private void AskNetworks(PolicyDocument document)
    {
        string[] who = [.. document.Tiers.Select(t => t.Name), .. document.Groups.Select(g => g.Name)];
        var youngest = document.UnknownClients ?? document.Tiers[0].Name;
        var networks = new List<(IPNetwork Network, string Who)>();
        foreach (var (name, address) in found.SchoolSide.SelectMany(i => i.Addresses.Select(a => (i.Name, a))))
        {
            var answer = Ask($"Who is on {address.Network} ({name})? {string.Join(", ", document.Tiers.Select(t => t.Name))}, a group of the policy, or {None}",
                "Whoever is on no network that you name is refused, so that the gateway serves nobody else. In doubt name the strictest: single devices can have more later.", youngest, text => text == None ? null : WhyNoTier(text));
            if (answer != None) networks.Add((address.Network, answer));
        }
        while (true)
        {
            var answer = Ask(networks.Count == 0 ? "Which network do the devices have, and who is on it? Such as 10.20.0.0/16 pupil" : "Another network, such as 10.20.8.0/24 staff?",
                networks.Count == 0 ? "The gateway serves the networks that you name, and nobody else." : "The narrowest that an address is in counts.", networks.Count == 0 ? null : None, text => text == None && networks.Count > 0 ? null : WhyNoNetwork(text));
            if (answer == None) break;
            var words = answer.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            networks.Add((IPNetwork.Parse(words[0]), words.Length > 1 ? words[1] : youngest));
        }
        Answer("networks", $"[{string.Join(", ", networks.Select(n => Yaml.Quote(n.Network.ToString())).Distinct(StringComparer.Ordinal))}]");
        Answer("clients", string.Concat(networks.DistinctBy(n => n.Network).Select(n => $"\n  - {{ range: {Yaml.Quote(n.Network.ToString())}, {(document.Tiers.Any(t => t.Name == n.Who) ? "tier" : "group")}: {n.Who} }}")));

        string? WhyNoTier(string text) => who.Contains(text, StringComparer.Ordinal) ? null : $"'{text}' is neither a tier nor a group of this policy{Nearest.Suggestion(text, who)}";

        string? WhyNoNetwork(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var range, .. var rest] || rest.Length > 1 || !IPNetwork.TryParse(range, out _)
            ? $"'{text}' is no network; write it as 10.20.0.0/16 {youngest}" : rest is [var name] ? WhyNoTier(name) : null;
    }

    private List<string> AskKeys(PolicyDocument document)
    {
        Say("Three people hold a key, each with a deputy. Name them by the ids of your records, such as t-hill or head: an id stands in links and in the audit, so never a name.");
        var holders = new List<(string Role, string Holder, string[] Deputies)>();
        foreach (var (role, why) in Keys)
        {
            var holder = Ask($"Who is the {Approvals.Say(role)}?", $"He or she {why}.", null, WhyNoId);
            var deputies = Ask($"Who stands in for the {Approvals.Say(role)}? One id or several", "A request of their own, or one while they are away, would otherwise have no answer.", null,
                text => Ids(text).Select(WhyNoId).FirstOrDefault(why => why is not null) ?? (Ids(text).Contains(holder, RosterIds.Comparer) ? "another person than the holder" : null));
            holders.Add((role, holder, Ids(deputies)));
        }
        var teachers = document.Groups.Any(g => g.Name == "staff") ? "group:staff" : null;
        var answer = Ask("Who sees first what pupils ask for?", "A teacher passes it on or says not now. A group of the policy, or ids.", teachers, text => text.StartsWith("group:", StringComparison.Ordinal) ? null : Ids(text).Select(WhyNoId).FirstOrDefault(why => why is not null));
        Answer("approvals", string.Concat(holders.Select(h => $"\n  {h.Role}: {{ holder: {Yaml.Quote(h.Holder)}, deputies: {Yaml.List(h.Deputies)} }}")) + $"\n  teachers: {(answer.StartsWith("group:", StringComparison.Ordinal) ? Yaml.Quote(answer) : Yaml.List(Ids(answer)))}");

        AskTechnician(holders.Single(h => h.Role == Roles.Technician).Holder);
        return [.. holders.Select(h => h.Holder).Distinct(RosterIds.Comparer)];
    }

    private void AskTechnician(string id)
    {
        if (found.Roster.FindPerson(id) is not null) return;
        var account = Ask($"Under which log-in name does {id} work on this box?", "Whoever opens a site on the command line is known by it; without one nobody can.", context.Actor == "root" ? None : context.Actor, static _ => null);
        if (account == None) return;
        var name = Ask($"What is {id} called?", "It stays in the roster of this box, for those who may see names.", null, text => text.Length > 200 ? "at most 200 characters" : null);
        Answer("people", $"\n  - {{ id: {Yaml.Quote(id)}, name: {Yaml.Quote(name)}, account: {Yaml.Quote(account)} }}");
    }

    private void AskSettings()
    {
        var (settings, side) = (found.Settings, found.SchoolSide);
        var lan = settings.Network.Lan.AsEnumerable();
        if (settings.Network.Lan.IsEmpty)
        {
            var names = found.Interfaces.Select(i => i.Name).ToArray();
            var answer = Ask($"Which interfaces lead to the school's devices? There are {(names.Length == 0 ? "none now" : string.Join(", ", names))}; or {None}",
                "The box's rules then bring their web to the gateway, and no device needs a setting. None where devices are told of a proxy.", side.Count == 0 ? None : string.Join(' ', side.Select(i => i.Name)),
                text => text == None ? null : Ids(text).FirstOrDefault(name => !NetworkSettings.IsInterfaceName(name)) is { } wrong ? $"'{wrong}' names no interface; `ip link` shows them" : null);
            lan = answer == None ? [] : Ids(answer);
            if (answer != None) Answer("network", $"{{ lan: {Yaml.List(lan)} }}");
            if (answer != None && settings.TransparentListen.IsEmpty) Answer("transparent_listen", Yaml.Quote(TransparentPort));
        }
        if (!settings.Listen.Any(IsOffLoopback) && settings.TierListen.IsEmpty)
        {
            var first = side.SelectMany(i => i.Addresses).FirstOrDefault()?.Address;
            var usual = first is not null ? new IPEndPoint(first, 8080).ToString() : "127.0.0.1:8080";
            Answer("listen", $"[{Yaml.Quote(AskEndPoint("On which address and port do devices find the gateway that are told of a proxy?", "An address of the school's side; 127.0.0.1 is for this computer alone.", usual))}]");
        }
        if (!IsOffLoopback(settings.ReviewListen))
        {
            var review = AskEndPoint("On which address and port is the review site opened?", "On 127.0.0.1 at this computer alone. Elsewhere it speaks TLS and everybody signs in.", settings.ReviewListen?.ToString() ?? "127.0.0.1:8090");
            Answer("review_listen", Yaml.Quote(review));
            if (IsOffLoopback(IPEndPoint.Parse(review)) && settings.ReviewNames.IsEmpty)
                Answer("review_names", Yaml.List([Ask("Under which name is it opened?", "A name of your DNS that leads to this box. Passkeys and invitations need it.", null, text => Uri.CheckHostName(text) == UriHostNameType.Dns ? null : $"'{text}' is no name; write it as review.school.example")]));
        }
        if (settings.Lists.Sources is null)
        {
            var catalogue = Catalogue.Shipped.With(settings.Lists.Own);
            string[] usual = [.. catalogue.Sources.Where(s => s.IsOnByDefault).Select(s => s.Id)];
            var answer = Ask($"Which lists are fetched? usual ({string.Join(", ", usual)}), or ids", "Until they are, small starter lists are in force. filtergate lists sources tells of each.", "usual",
                text => text == "usual" ? null : Ids(text).FirstOrDefault(id => catalogue.Find(id) is null) is { } wrong ? $"'{wrong}' is no source{Nearest.Suggestion(wrong, catalogue.Sources.Select(s => s.Id))}" : null);
            if (answer != "usual") Answer("lists", $"{{ sources: {Yaml.List(Ids(answer))} }}");
        }
    }

    private void AskInvitations(List<string> holders)
    {
        string[] without = [.. holders.Where(id => !found.Accounts.Contains(id) && !found.Invitations.Keys.Contains(id, RosterIds.Comparer))];
        if (without.Length == 0) return;
        var answer = Ask($"Make a link for {string.Join(", ", without)}, with which each makes an account of the review site? yes or no", "It works once, within 24 hours; each chooses a passkey or a password of their own.", "yes", static text => text is "yes" or "no" ? null : "yes or no");
        if (answer == "yes") Answer("invite", Yaml.List(without));
    }

    private string AskEndPoint(string question, string why, string usual) => Ask(question, why, usual, static text => ListenAddress.TryParse(text, out _, out var error) ? null : error);

    private string Ask(string question, string why, string? usual, Func<string, string?> whyNot)
    {
        context.Error.WriteLine();
        Say(context.Paint.Strong(question));
        Say(context.Paint.Faint("  " + why));
        while (true)
        {
            context.Error.Write(usual is null ? "  > " : $"  [{usual}] > ");
            if (context.Input.ReadLine() is not { } line) throw new UserErrorException("nobody answers any more; nothing was changed", ExitCode.Interrupted);
            var text = line.Trim();
            if (text.Length == 0 && usual is not null) return usual;
            if (text.Length == 0 || text.Any(char.IsControl)) continue;
            if (whyNot(text) is not { } wrong) return text;
            Say(context.Paint.Bad("  " + wrong));
        }
    }

    private void Say(string text) => context.Error.WriteLine(text);

    private void Answer(string key, string value) => _answers.Append(CultureInfo.InvariantCulture, $"{key}:{(value.StartsWith('\n') ? "" : " ")}{value}\n");

    private static string[] Ids(string text) => text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);

    private static string? WhyNoId(string text) => RosterIds.IsValid(text) ? null : $"'{text}' is no id: {RosterIds.Form}; never a name";

    private static bool IsOffLoopback(IPEndPoint? at) => at is not null && !IPAddress.IsLoopback(at.Address);
}
