using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using FilterGate.Commands;
using FilterGate.Commands.People;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Network;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Running;
using FilterGate.Samples;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Setup;

/// <summary>A mistake in what was answered.</summary>
/// <param name="Line">Its line in the answers, or null where it is of none.</param>
/// <param name="Column">Its column there, or null.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
/// <param name="IsRefused">True for what reaches for an illegal-content list.</param>
internal sealed record SetupProblem(int? Line, int? Column, string Message, bool IsRefused = false);

/// <summary>One thing that setup does, or leaves as it is.</summary>
/// <param name="Part">What it is about: <c>policy</c>, <c>settings</c>, <c>authority</c>, <c>people</c>, <c>invitations</c>.</param>
/// <param name="Says">What is done, for a person; names ids, never names.</param>
internal sealed record SetupStep(string Part, string Says);

/// <summary>What is going to be done, worked out and checked before anything is changed. Each part is judged where it is judged elsewhere too: the policy by its reader, the settings by theirs, people by the roster's.</summary>
internal sealed record SetupPlan
{
    /// <summary>Entries of a founding policy that name addresses and people of a school that is invented.</summary>
    private static readonly string[] Invented = ["places", "clients", "approved_uses", "approvals"];

    /// <summary>What no policy can do without and no founding policy knows.</summary>
    private static readonly (string Key, string Says)[] Needed =
    [
        ("school", "the school's name is missing; write school: Sample Primary"),
        ("networks", "the school's networks are missing; write networks: [10.20.0.0/16]"),
        ("approvals", "nobody is named who holds a key; write approvals: { head: { holder: ID, deputies: [ID] }, technician: { holder: ID, deputies: [ID] }, lead: { holder: ID, deputies: [ID] }, teachers: group:staff }"),
    ];

    /// <summary>What is on the box.</summary>
    public required SetupFound Found { get; init; }

    /// <summary>What was answered.</summary>
    public required SetupAnswers Answers { get; init; }

    /// <summary>The policy that is put in force, or null where the one in force stays.</summary>
    public string? PolicyYaml { get; init; }

    /// <summary>What it changes of the school's own policy; null where there was none.</summary>
    public ImmutableArray<PolicyChange>? PolicyChanges { get; init; }

    /// <summary>The text of the settings file, or null where it stays.</summary>
    public string? SettingsText { get; init; }

    /// <summary>The settings that hold afterwards.</summary>
    public GatewaySettings Settings { get; init; } = new();

    /// <summary>The policy that holds afterwards; null where it has mistakes.</summary>
    public PolicyDocument? Document { get; init; }

    /// <summary>Who is added to the roster.</summary>
    public ImmutableArray<PersonEntry> People { get; init; } = [];

    /// <summary>Who gets a link.</summary>
    public ImmutableArray<string> Invite { get; init; } = [];

    /// <summary>What is wrong; with one nothing is done.</summary>
    public ImmutableArray<SetupProblem> Problems { get; init; } = [];

    /// <summary>What a technician should know and nothing stops at.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>What is done, in order.</summary>
    public ImmutableArray<SetupStep> Changes { get; init; } = [];

    /// <summary>What stays.</summary>
    public ImmutableArray<SetupStep> Kept { get; init; } = [];

    /// <summary>The policy that answers make, whatever policy is in force: the one to begin with, and the answers in the place of what is invented in it.</summary>
    public static DocumentSections Compose(SetupAnswers answers)
    {
        var sections = Invented.Aggregate(DocumentSections.Read(SeedPolicies.Read(answers.Seed), []), (made, key) => made.Without(key));
        return answers.Of(SetupAnswers.PolicyKeys).Aggregate(sections, (made, section) => made.With(section, keepsComment: false))
            .WithHead($"# The policy of this school. `filtergate setup` began it from the founding policy {answers.Seed}: read it through, above all timetable and own_allow.\n# To change it: filtergate policy export -o policy.yaml, then filtergate policy apply policy.yaml --reason TEXT\n\n");
    }

    /// <summary>Works it out.</summary>
    /// <param name="context">The run.</param>
    /// <param name="found">What is there.</param>
    /// <param name="answers">What was answered.</param>
    /// <param name="wrong">Mistakes that were found when the answers were read.</param>
    /// <param name="replacesPolicy">A new version takes the place of the school's own policy.</param>
    public static SetupPlan Make(CommandContext context, SetupFound found, SetupAnswers answers, IEnumerable<PolicyProblem> wrong, bool replacesPolicy)
    {
        var making = new Making(context, found, answers, replacesPolicy);
        making.Problems.AddRange(wrong.Select(p => new SetupProblem(p.Line, p.Column, p.Message)));
        // What cannot be read as a document says nothing of its parts.
        if (making.Problems.Count > 0 && !answers.Sections.All.Any()) return making.Plan();
        making.Folder();
        making.Settings();
        making.Policy();
        making.Authority();
        making.People();
        making.Invitations();
        making.Network();
        return making.Plan();
    }

    private sealed class Making(CommandContext context, SetupFound found, SetupAnswers answers, bool replacesPolicy)
    {
        private readonly List<string> _warnings = [];
        private readonly List<SetupStep> _changes = [], _kept = [];
        private readonly ListSet _lists = ListsOf(context, found);
        private SetupPlan _plan = new() { Found = found, Answers = answers, Settings = found.Settings };
        private bool _settingsAreGood = true;

        public List<SetupProblem> Problems { get; } = [];

        public SetupPlan Plan() => _plan with { Problems = [.. Problems.OrderBy(p => p.Line ?? 0).ThenBy(p => p.Column ?? 0)], Warnings = [.. _warnings], Changes = [.. _changes], Kept = [.. _kept] };

        public void Folder()
        {
            if (File.Exists(SampleSchool.MarkIn(found.Data))) Problems.Add(new(null, null, $"{found.Data} holds the sample school, which is invented; name another folder with --data DIR"));
        }

        public void Settings()
        {
            var before = DocumentSections.Read(found.SettingsText ?? $"# The settings of this box (filtergate setup).\ndata: {DataWord()}\n", []);
            var said = answers.Of(SetupAnswers.SettingsKeys).Where(s => !SaysTheSame(before.Find(s.Key), s)).ToList();
            if (said.Count == 0 && found.SettingsText is not null)
            {
                _kept.Add(new("settings", $"{found.SettingsPath} is as it is"));
                return;
            }
            var after = said.Aggregate(before, (made, section) => made.With(section, keepsComment: true));
            var problems = new List<PolicyProblem>();
            var settings = GatewaySettings.Parse(after.Text, found.SettingsPath, problems);
            _settingsAreGood = problems.Count == 0;
            Problems.AddRange(problems.Select(p => Placed(p, after, "the settings")));
            _plan = _plan with { Settings = settings, SettingsText = after.Text };
            _changes.Add(new("settings", found.SettingsText is null ? $"{found.SettingsPath} is made{(said.Count == 0 ? "" : ": ")}{string.Join("; ", said.Select(OneLine))}"
                : $"{found.SettingsPath}: {string.Join("; ", said.Select(s => before.Find(s.Key) is { } old ? $"{OneLine(old)} becomes {OneLine(s)}" : OneLine(s)))}"));
        }

        public void Policy()
        {
            var composed = Compose(answers);
            if (found.HasOwnPolicy && !replacesPolicy)
            {
                var document = PolicyDocument.Parse(found.Policy.Yaml, _lists.Taxonomy, out _, BundleFile.Shipped);
                if (document is null) Problems.Add(new(null, null, $"{found.Policy.Name}, which is in force, has mistakes: filtergate policy validate"));
                _plan = _plan with { Document = document };
                _kept.Add(new("policy", $"{found.Policy.Name}{(document is null ? "" : $" of {document.School}")} stays in force"));
                if (answers.HavePolicy && composed.Text != found.Policy.Yaml) _warnings.Add($"what the answers say of the policy is passed over: {found.Policy.Name} is the school's own. --replace-policy makes a new version of the answers, and the history keeps this one");
                return;
            }
            if (found.Settings.Policy is { } file)
            {
                Problems.Add(new(null, null, $"the settings name a policy file, {file}, which a gateway follows: change that file, or take 'policy:' out of the settings"));
                return;
            }
            foreach (var (key, says) in Needed)
                if (answers.Sections.Find(key) is null) Problems.Add(new(null, null, says));
            var made = PolicyDocument.Parse(composed.Text, _lists.Taxonomy, out var problems, BundleFile.Shipped);
            Problems.AddRange(problems.Where(p => !p.IsWarning).Select(p => Placed(p, composed, $"the policy {answers.Seed}")));
            // What a founding policy is warned of was so before, and is said by policy validate.
            _warnings.AddRange(problems.Where(p => p.IsWarning).Select(p => Placed(p, composed, answers.Seed)).Where(p => p.Line is not null).Select(p => string.Create(CultureInfo.InvariantCulture, $"{answers.Name}:{p.Line}: {p.Message}")));
            if (made is { Networks.IsEmpty: true } && answers.Sections.Find("networks") is { } networks) Problems.Add(new(networks.Line, 1, Needed[1].Says));
            if (made is { Approvals.IsWritten: false } && answers.Sections.Find("approvals") is { } approvals) Problems.Add(new(approvals.Line, 1, Needed[2].Says));
            if (found.HasOwnPolicy && composed.Text == found.Policy.Yaml)
            {
                _plan = _plan with { Document = made };
                _kept.Add(new("policy", $"{found.Policy.Name} says exactly this already"));
                return;
            }
            _plan = _plan with { Document = made, PolicyYaml = composed.Text, PolicyChanges = found.HasOwnPolicy ? PolicyComparison.Of(found.Policy.Yaml, composed.Text) : null };
            if (made is null) return;
            var who = string.Join("; ", made.Clients.Select(c => $"{c.Network} {c.Group ?? c.Tier}"));
            _changes.Add(new("policy", $"{(found.HasOwnPolicy ? $"a new version takes the place of {found.Policy.Name}" : "the school's first")}, from {answers.Seed}: {made.School}, networks {string.Join(", ", made.Networks)}{(who.Length == 0 ? "" : $" ({who})")}, everybody else {made.UnknownClients}"));
            _changes.Add(new("keys", string.Join("; ", made.Approvals.Keys.Select(k => $"{Approvals.Say(k.Role)} {k.Holder}, or {string.Join(" or ", k.Deputies)}"))));
        }

        public void Authority()
        {
            if (found.HasAuthority) _kept.Add(new("authority", "the certificate authority that devices trust"));
            else _changes.Add(new("authority", $"a certificate authority is made; its key stays in {Path.Combine(found.Data, "ca")}"));
        }

        public void People()
        {
            // With a mistake in the policy, people are still looked at: against the policy that it began from.
            var document = _plan.Document ?? PolicyDocument.Parse(SeedPolicies.Read(answers.Seed), _lists.Taxonomy, out _, BundleFile.Shipped)!;
            var problems = new InputProblems();
            var reader = new PersonReader(new SchoolRecords(document, found.Roster, context.Clock.GetUtcNow()));
            var read = answers.People.Select(p => reader.Read(p.Words, p.Line, problems)).OfType<PersonEntry>().ToList();
            Problems.AddRange(problems.Where(p => !p.IsWarning).Select(p => new SetupProblem(p.Line, null, p.Column is null ? p.Message : $"{p.Column}: {p.Message}")));
            var added = read.Where(p => found.Roster.FindPerson(p.Person.Id) is null).ToImmutableArray();
            Problems.AddRange(RosterDiff.OfPeople(found.Roster, [.. added.Select(p => p.Person)], removeMissing: false).Clashes.Select(clash => new SetupProblem(null, null, clash.Message)));
            _plan = _plan with { People = added };
            if (!added.IsEmpty) _changes.Add(new("people", $"{string.Join(", ", added.Select(p => p.Person.Id))} {(added.Length == 1 ? "comes" : "come")} into the roster"));
            if (read.Count > added.Length) _kept.Add(new("people", $"{string.Join(", ", read.Where(p => !added.Contains(p)).Select(p => p.Person.Id))}, already in the roster"));
            if (_plan.Document is null) return;
            var technicians = document.Approvals.Holders(Roles.Technician);
            var known = added.Select(p => p.Person).Concat(technicians.Select(found.Roster.FindPerson).OfType<Person>());
            if (technicians.Length > 0 && !known.Any(p => p.Account is not null && technicians.Contains(p.Id, RosterIds.Comparer)))
                _warnings.Add($"nobody who holds the technician's key ({string.Join(", ", technicians)}) has a log-in name of this box, so nobody can open a site on the command line; name it under people: {{ id: {technicians[0]}, name: NAME, account: LOGIN }}");
        }

        public void Invitations()
        {
            if (_plan.Document is not { } document) return;
            var invited = ImmutableArray.CreateBuilder<string>();
            foreach (var answer in answers.Invite)
            {
                var mayEnter = document.Approvals.Named().Contains(answer.Id, RosterIds.Comparer)
                    || found.Roster.FindPerson(answer.Id)?.Role == PersonRole.Staff || _plan.People.Any(p => p.Person.Role == PersonRole.Staff && RosterIds.Comparer.Equals(p.Person.Id, answer.Id));
                if (!mayEnter) Problems.Add(new(answer.Line, answer.Column, $"'{answer.Id}' could not sign in: neither a role in approvals nor staff in the roster; correct the id, or name the person under people"));
                else if (found.Accounts.Contains(answer.Id)) _kept.Add(new("invitations", $"{answer.Id} has an account"));
                else if (found.Invitations.Keys.Contains(answer.Id, RosterIds.Comparer)) _kept.Add(new("invitations", $"{answer.Id} has a link that still works; another: filtergate accounts invite {answer.Id}"));
                else invited.Add(answer.Id);
            }
            _plan = _plan with { Invite = invited.ToImmutable() };
            if (invited.Count == 0) return;
            _changes.Add(new("invitations", $"a link for {string.Join(", ", invited)}, with which each makes an account: once, within 24 hours"));
            if (_settingsAreGood && ReviewListener.UrlOf(_plan.Settings) is null) Problems.Add(new(answers.Sections.Find("review_listen")?.Line, null, "invitations need the name under which the review site is opened; write review_names: [review.school.example]"));
        }

        public void Network()
        {
            if (!_settingsAreGood || _plan.Document is not { } document) return;
            var settings = _plan.Settings;
            foreach (var tier in settings.TierListen.Select(t => t.Tier).Distinct(StringComparer.Ordinal).Where(tier => document.Tiers.All(t => t.Name != tier)))
                Problems.Add(new(answers.Sections.Find("tier_listen")?.Line, null, $"tier_listen: the policy has no tier '{tier}'; it has {string.Join(", ", document.Tiers.Select(t => t.Name))}"));
            var own = found.Interfaces.SelectMany(i => i.Addresses).Select(a => a.Address).ToHashSet();
            foreach (var at in settings.Listen.Concat(settings.TierListen.Select(t => t.EndPoint)).Append(settings.ReviewListen).OfType<IPEndPoint>().Where(at => !IPAddress.IsLoopback(at.Address) && !at.Address.Equals(IPAddress.Any) && !at.Address.Equals(IPAddress.IPv6Any) && !own.Contains(at.Address)))
                _warnings.Add($"{at.Address} is no address of this box now, and the gateway does not start while it is none");
            if (settings.Network.Lan.IsEmpty) return;
            try
            {
                _warnings.AddRange(NetworkPlan.Make(settings, document, PolicySnapshot.Compile(document, _lists, InForce.Nothing)).Notes);
            }
            catch (UserErrorException problem)
            {
                Problems.Add(new(answers.Sections.Find("network")?.Line, null, problem.Message));
            }
            _warnings.AddRange(settings.Network.Lan.Where(lan => !context.Box.HasInterface(lan)).Select(lan => $"there is no interface {lan} now; its rules wait for it"));
        }

        /// <summary>The same without making a key on a box that has none: looking changes nothing.</summary>
        private static ListSet ListsOf(CommandContext context, SetupFound found) => File.Exists(new ListFolder(Path.Combine(found.Data, "lists")).InForce)
            ? GatewayInputs.LoadLists(context, listsFolder: null)
            : ListLoader.Load(folder: null, RandomNumberGenerator.GetBytes(LockedKey.Length));

        private string DataWord() => Path.GetDirectoryName(found.SettingsPath) == found.Data ? "." : Yaml.Quote(found.Data);

        private SetupProblem Placed(PolicyProblem problem, DocumentSections made, string where) =>
            made.At(problem.Line) is { } at && answers.Sections.Find(at.Section.Key) is not null
                ? new(at.Line, problem.Column, problem.Message, problem.IsRefused)
                : new(null, null, $"{where}: {problem.Message}", problem.IsRefused);

        /// <summary>Quotes, comments and line breaks make no difference: what somebody wrote stays.</summary>
        private static bool SaysTheSame(DocumentSection? before, DocumentSection after) =>
            before is not null && (before.Body == after.Body || PolicyComparison.Of(before.Body, after.Body) is { IsEmpty: true });

        /// <summary>An entry on one line, without its comments: to be looked at.</summary>
        private static string OneLine(DocumentSection section) =>
            string.Join(' ', section.Body.Split('\n').Select(WithoutComment).Select(line => line.Trim()).Where(line => line.Length > 0));

        private static string WithoutComment(string line)
        {
            for (var at = line.IndexOf('#', StringComparison.Ordinal); at >= 0; at = line.IndexOf('#', at + 1))
                if ((at == 0 || line[at - 1] == ' ') && line.AsSpan(0, at).Count('"') % 2 == 0 && line.AsSpan(0, at).Count('\'') % 2 == 0) return line[..at];
            return line;
        }
    }
}
