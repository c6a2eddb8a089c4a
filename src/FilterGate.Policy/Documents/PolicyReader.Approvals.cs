using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;

namespace FilterGate.Policy.Documents;

/// <summary>The key <c>approvals</c>: who holds which key, and what each opens.</summary>
internal sealed partial class PolicyReader
{
    private const string ApprovalsShape = "write approvals: { head: { holder: ID, deputies: [ID] }, technician: { holder: ID, deputies: [ID] }, teachers: [ID] }";

    private static readonly string[] ApprovalRuleKeys = ["teachers", "governors", "auditors", "staff_acts_seen_by", "lesson", "for_good", "pupils", "preview", "block_page"];

    private static readonly (string Word, bool Value)[] DetailWords = [("show", true), ("hide", false)];

    private Approvals ReadApprovals(DocumentNode? node, string[] groupNames)
    {
        if (node is null || node.IsNull) return Approvals.Unwritten;
        if (node is not DocumentMap map)
        {
            Wrong(node, $"approvals is a mapping, not {node.Kind}; {ApprovalsShape}");
            return Approvals.Unwritten;
        }
        var mistakes = CountMistakes();
        var keys = Known(map, [.. Roles.Keys, .. ApprovalRuleKeys], [], "approvals");
        var read = ImmutableArray.CreateBuilder<ApprovalKey>();
        foreach (var (key, value) in map.Entries)
            if (Roles.Keys.Contains(key.Text, StringComparer.Ordinal) && ReadKey(key, value) is { } held) read.Add(held);

        var known = read.Select(k => k.Role).ToArray();
        var (teachers, group) = ReadMembers("teachers", "t-hill, t-park", "staff", groupNames, keys.GetValueOrDefault("teachers"));
        var defaults = new Approvals();
        var approvals = new Approvals
        {
            Keys = read.ToImmutable(),
            Teachers = teachers,
            TeachersGroup = group,
            Governors = ReadMembers("governors", "g-shaw, g-reid", "governors", groupNames, keys.GetValueOrDefault("governors")),
            Auditors = ReadMembers("auditors", "a-moss", "auditors", groupNames, keys.GetValueOrDefault("auditors")),
            StaffActsSeenBy = ReadStaffActsSeenBy(keys.GetValueOrDefault("staff_acts_seen_by"), map, known) ?? defaults.StaffActsSeenBy,
            Lesson = ReadLesson(keys.GetValueOrDefault("lesson"), defaults.Lesson, known),
            ForGood = ReadForGood(keys.GetValueOrDefault("for_good"), defaults.ForGood, known),
            PupilsGoTo = ReadPupils(keys.GetValueOrDefault("pupils"), known) ?? Roles.Teacher,
            PreviewLongest = ReadPreview(keys.GetValueOrDefault("preview")) ?? defaults.PreviewLongest,
            ShowsDetails = ReadBlockPage(keys.GetValueOrDefault("block_page")),
        };
        // What is missing because it was written wrongly has been said already.
        if (CountMistakes() == mistakes) CheckThatAllCanBeAnswered(map, keys, approvals);
        return approvals;
    }

    private ApprovalKey? ReadKey(DocumentText role, DocumentNode node)
    {
        var shape = $"write {role.Text}: {{ holder: ID, deputies: [ID] }}";
        if (node is not DocumentMap map)
        {
            Wrong(node, $"the key of the {Approvals.Say(role.Text)} is a mapping, not {node.Kind}; {shape}");
            return null;
        }
        var keys = Known(map, ["holder", "deputies"], [], $"approvals.{role.Text}");
        if (!keys.TryGetValue("holder", out var holderNode))
        {
            Wrong(role, $"the {Approvals.Say(role.Text)} has no holder; {shape}");
            return null;
        }
        var holder = PersonIdOf(holderNode);
        var deputies = ImmutableArray.CreateBuilder<string>();
        var deputiesNode = keys.GetValueOrDefault("deputies");
        var isWrong = holder is null;
        foreach (var item in Items(deputiesNode, "deputies"))
        {
            if (PersonIdOf(item) is not { } deputy) isWrong = true;
            else if (RosterIds.Comparer.Equals(deputy, holder) || deputies.Contains(deputy, RosterIds.Comparer))
            {
                Wrong(item, $"'{deputy}' stands here twice; a deputy is another person than the holder");
                isWrong = true;
            }
            else deputies.Add(deputy);
        }
        if (isWrong) return null;
        if (deputies.Count > 0) return new ApprovalKey(role.Text, holder!, deputies.ToImmutable());
        Wrong(deputiesNode ?? role, $"the {Approvals.Say(role.Text)} has no deputy: a request of their own, or one while they are away, could have no answer; {shape}");
        return null;
    }

    private Members ReadMembers(string key, string example, string exampleGroup, string[] groupNames, DocumentNode? node)
    {
        if (node is DocumentText { IsNull: false } text)
        {
            if (text.Text.StartsWith("group:", StringComparison.Ordinal) && text.Text.Length > 6)
            {
                var group = text.Text[6..];
                // Of a group that is not there nobody is a member, and what goes to it would wait for good.
                if (!groupNames.Contains(group, StringComparer.Ordinal)) Wrong(node, $"'{group}' is no group of this policy{Suggestion(group, groupNames)}; name a group, or people: {key}: [{example}]");
                return new Members([], group);
            }
            Wrong(node, $"'{text.Text}' names no {key}; write {key}: [{example}], or a group: {key}: group:{exampleGroup}");
            return Members.None;
        }
        var people = ImmutableArray.CreateBuilder<string>();
        foreach (var item in Items(node, key))
        {
            if (PersonIdOf(item) is not { } id) continue;
            if (people.Contains(id, RosterIds.Comparer)) Warn(item, $"'{id}' is written twice under {key}");
            else people.Add(id);
        }
        return new Members(people.ToImmutable(), null);
    }

    private ImmutableArray<string>? ReadStaffActsSeenBy(DocumentNode? node, DocumentMap approvals, string[] known)
    {
        const string shape = "write staff_acts_seen_by: [head], or [head, lead]";
        if (node is null || node.IsNull) return null;
        var roles = ImmutableArray.CreateBuilder<string>();
        foreach (var item in Items(node, "staff_acts_seen_by"))
        {
            if (item is not DocumentText { Text: Roles.Head or Roles.Lead } role) Wrong(item, $"what staff did is seen by head and lead alone; {shape}");
            else if (role.Text == Roles.Lead && !known.Contains(Roles.Lead, StringComparer.Ordinal)) Wrong(approvals, "nobody holds the key of the online-safety lead, who shall see what staff did; write lead: { holder: ID, deputies: [ID] } under approvals");
            else if (!roles.Contains(role.Text, StringComparer.Ordinal)) roles.Add(role.Text);
        }
        if (!roles.Contains(Roles.Head, StringComparer.Ordinal)) Wrong(node, $"what staff did always goes to the head; {shape}");
        return roles.ToImmutable();
    }

    private LessonRule ReadLesson(DocumentNode? node, LessonRule rule, string[] known)
    {
        if (Rule(node, "lesson", ["opened_by", "tells", "longest"], "lesson: { opened_by: technician, tells: head, longest: 3h }") is not { } keys) return rule;
        return new LessonRule(
            ReadRole(keys.GetValueOrDefault("opened_by"), known) ?? rule.OpenedBy,
            ReadRole(keys.GetValueOrDefault("tells"), known) ?? rule.Tells,
            ReadLength(keys.GetValueOrDefault("longest"), Approvals.SchoolDay, "3h, at most a school day (10h)") ?? rule.Longest);
    }

    private ForGoodRule ReadForGood(DocumentNode? node, ForGoodRule rule, string[] known)
    {
        if (Rule(node, "for_good", ["decided_by", "applied_by", "review"], "for_good: { decided_by: head, applied_by: technician, review: 365d }") is not { } keys) return rule;
        return new ForGoodRule(
            ReadRole(keys.GetValueOrDefault("decided_by"), known) ?? rule.DecidedBy,
            ReadRole(keys.GetValueOrDefault("applied_by"), known) ?? rule.AppliedBy,
            ReadLength(keys.GetValueOrDefault("review"), Approvals.ReviewLongest, "180d, at most a year (365d)") ?? rule.Review);
    }

    private string? ReadPupils(DocumentNode? node, string[] known) =>
        Rule(node, "pupils", ["go_to"], "pupils: { go_to: teacher }") is { } keys ? ReadRole(keys.GetValueOrDefault("go_to"), [Roles.Teacher, .. known]) : null;

    private TimeSpan? ReadPreview(DocumentNode? node) =>
        Rule(node, "preview", ["longest"], "preview: { longest: 10m }") is { } keys ? ReadLength(keys.GetValueOrDefault("longest"), Approvals.PreviewLongestMax, "10m, at most 15m") : null;

    private bool ReadBlockPage(DocumentNode? node) =>
        Rule(node, "block_page", ["details"], "block_page: { details: hide }") is not { } keys || (ReadChoice(keys.GetValueOrDefault("details"), "details", DetailWords) ?? true);

    private Dictionary<string, DocumentNode>? Rule(DocumentNode? node, string name, string[] keys, string shape)
    {
        if (node is null || node.IsNull) return null;
        if (node is DocumentMap map) return Known(map, keys, [], $"approvals.{name}");
        Wrong(node, $"{name} is a mapping, not {node.Kind}; write {shape}");
        return null;
    }

    private string? ReadRole(DocumentNode? node, string[] known)
    {
        if (node is null || Text(node, "a role") is not { } role) return null;
        if (known.Contains(role, StringComparer.Ordinal)) return role;
        Wrong(node, Roles.Keys.Contains(role, StringComparer.Ordinal)
            ? $"nobody holds the key of the {Approvals.Say(role)}; write {role}: {{ holder: ID, deputies: [ID] }} under approvals"
            : $"'{role}' is no role{Suggestion(role, known)} (known: {string.Join(", ", known)})");
        return null;
    }

    private TimeSpan? ReadLength(DocumentNode? node, TimeSpan longest, string example)
    {
        if (node is null || Text(node, $"a length of time such as {example}") is not { } text) return null;
        if (LengthOfTime().Match(text) is { Success: true } match)
        {
            var number = int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            var length = match.Groups[2].ValueSpan[0] switch { 'd' => TimeSpan.FromDays(number), 'h' => TimeSpan.FromHours(number), _ => TimeSpan.FromMinutes(number) };
            if (length > TimeSpan.Zero && length <= longest) return length;
        }
        Wrong(node, $"'{text}' cannot be used here; write a length of time such as {example}");
        return null;
    }

    private string? PersonIdOf(DocumentNode node)
    {
        if (Text(node, "the id of a person, as in the roster,") is not { } id) return null;
        if (RosterIds.IsValid(id)) return id;
        Wrong(node, $"'{id}' is no id of a person: use the school's own id, such as t-hill or p123 ({RosterIds.Form}), never a name");
        return null;
    }

    /// <summary>Refuses a document in which a request could be made that nobody may answer.</summary>
    /// <remarks>Whoever asks, there must be one who decides and yet another who applies. Whoever is in no key finds both if anybody does, so one stranger stands for them all.</remarks>
    private void CheckThatAllCanBeAnswered(DocumentMap map, Dictionary<string, DocumentNode> keys, Approvals approvals)
    {
        var mistakes = CountMistakes();
        foreach (var (what, role) in new[]
        {
            ("for a lesson", approvals.Lesson.OpenedBy), ("for a lesson (who is told)", approvals.Lesson.Tells),
            ("for good (who decides)", approvals.ForGood.DecidedBy), ("for good (who applies)", approvals.ForGood.AppliedBy),
        })
        {
            if (!approvals.Keys.Any(k => k.Role == role))
                Wrong(map, $"nobody holds the key of the {Approvals.Say(role)}, and requests {what} need it; write {role}: {{ holder: ID, deputies: [ID] }} under approvals");
        }
        if (approvals.PupilsGoTo == Roles.Teacher && approvals.Teachers.IsEmpty && approvals.TeachersGroup is null)
            Wrong(keys.GetValueOrDefault("teachers") ?? map, "pupils' requests go to a teacher, and no teacher is named; write teachers: [t-hill], teachers: group:staff, or pupils: { go_to: technician }");
        if (approvals.ForGood.DecidedBy == approvals.ForGood.AppliedBy)
            Wrong(keys.GetValueOrDefault("for_good") ?? map, $"one role both decides and applies ({approvals.ForGood.DecidedBy}): two keys are two roles; write for_good: {{ decided_by: head, applied_by: technician }}");
        if (CountMistakes() > mistakes) return;

        string?[] askers = [null, .. approvals.Named()];
        foreach (var asker in askers)
        {
            var lesson = new KeyRequest(RequestRoute.Lesson, asker);
            var openers = approvals.WhoMay(KeyStep.Open, lesson);
            if (openers.IsEmpty)
                Wrong(map, $"a request of {asker} for a lesson could have no answer: nobody else is {Approvals.Say(approvals.Lesson.OpenedBy)}");
            foreach (var opener in openers.Where(opener => approvals.Holders(approvals.Lesson.Tells).All(told => RosterIds.Comparer.Equals(told, opener))))
                Wrong(map, $"when {opener} opens for a lesson nobody else is told: nobody else is {Approvals.Say(approvals.Lesson.Tells)}");
            var forGood = new KeyRequest(RequestRoute.ForGood, asker);
            if (!approvals.WhoMay(KeyStep.Decide, forGood).Any(decider => !approvals.WhoMay(KeyStep.Apply, forGood with { DecidedBy = decider }).IsEmpty))
                Wrong(map, $"a request of {asker ?? "somebody"} for good could have no answer: one person must decide ({string.Join(", ", approvals.Holders(approvals.ForGood.DecidedBy))}) and yet another apply ({string.Join(", ", approvals.Holders(approvals.ForGood.AppliedBy))}); name another deputy");
        }
        // Only a teacher passes a pupil's request on; whoever does asks for it from then on, which the walk above has covered.
        WarnOfOneTeacher(keys, approvals);
    }

    private void WarnOfOneTeacher(Dictionary<string, DocumentNode> keys, Approvals approvals)
    {
        if (approvals.PupilsGoTo == Roles.Teacher && approvals is { TeachersGroup: null, Teachers.Length: 1 })
            Warn(keys["teachers"], $"{approvals.Teachers[0]} is the only teacher: pupils' requests wait while they are away");
    }

    private int CountMistakes() => Problems.Count(p => !p.IsWarning);

    [GeneratedRegex("^([0-9]{1,4})([dhm])$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex LengthOfTime();
}
