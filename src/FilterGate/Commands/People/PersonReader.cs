using FilterGate.Policy.People;
using FilterGate.State;

namespace FilterGate.Commands.People;

/// <summary>A person as written in a row or on the command line: words, not yet checked. Null for what is not said.</summary>
internal sealed record PersonWords
{
    public string? Id { get; init; }
    public string? Name { get; init; }
    public string? Group { get; init; }
    public string? Role { get; init; }
    public string? Account { get; init; }
    public string? From { get; init; }
    public string? Until { get; init; }
    public string? Agreement { get; init; }
    public string? AuthorisedBy { get; init; }
}

/// <summary>Checks people, one by one and against each other. Every mistake is reported; a person with one is not given back.</summary>
internal sealed class PersonReader(SchoolRecords records)
{
    /// <summary>Longest name, in characters.</summary>
    public const int NameLengthMax = 200;

    /// <summary>The columns of a file of people, as exports write them.</summary>
    public static IReadOnlyList<CsvColumn> Columns { get; } =
    [
        new("id", "person", "person_id", "upn", "admission number", "staff code"), new("name", "full name", "pupil name", "legal name"), new("group", "class", "registration group", "reg", "form"), new("role", "type"),
        new("account", "login", "username", "user name", "log-in"), new("from", "start", "start date", "date of entry", "admission date"), new("until", "end", "end date", "leaving date", "date of leaving"),
        new("agreement", "agreement signed", "aup signed"), new("authorised_by", "authorized_by"),
    ];

    private readonly Dictionary<string, int> _ids = new(RosterIds.Comparer);
    private readonly Dictionary<string, int> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, string? Group), int> _names = [];

    /// <summary>Reads the rows of a file.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="role">The role of whoever's row has none; null where each row must have one.</param>
    /// <param name="problems">Gets what is wrong.</param>
    public IReadOnlyList<PersonEntry> ReadAll(IReadOnlyList<CsvLine> rows, PersonRole? role, InputProblems problems)
    {
        var entries = new List<PersonEntry>(rows.Count);
        foreach (var row in rows)
        {
            var words = new PersonWords
            {
                Id = row["id"], Name = row["name"], Group = row["group"], Role = row["role"] ?? (role is { } given ? RosterDiff.Word(given) : null), Account = row["account"],
                From = row["from"], Until = row["until"], Agreement = row["agreement"], AuthorisedBy = row["authorised_by"],
            };
            if (Read(words, row.Line, problems) is { } entry) entries.Add(entry);
        }
        return entries;
    }

    /// <summary>Reads one person.</summary>
    /// <param name="words">As written.</param>
    /// <param name="line">The line of a file, or 0.</param>
    /// <param name="problems">Gets what is wrong.</param>
    public PersonEntry? Read(PersonWords words, int line, InputProblems problems)
    {
        var before = problems.Mistakes;
        var id = ReadId(words.Id, line, problems);
        var name = ReadName(words.Name);
        var role = ReadRole(words.Role);
        var group = words.Group is null ? null : Try(records.FindGroup(words.Group, out var noGroup), "group", noGroup);
        var account = ReadAccount(words.Account, line, problems);
        var from = ReadTime(words.From, "from", isEnd: false);
        var until = ReadTime(words.Until, "until", isEnd: true);
        if (from >= until) Wrong("until", "it is before 'from'; correct one of the two");
        var agreement = ReadAgreement(words.Agreement);
        var authorisedBy = ReadAuthority(words, role, until);
        if (role == PersonRole.Guest && words.Until is null) Wrong("until", "a guest's access ends by itself; write the last day, or a time such as 2026-11-23T15:30");
        if (name is not null && line > 0 && !_names.TryAdd((name.ToUpperInvariant(), group), line))
            problems.Odd(line, "name", $"the same name in the same group as in line {_names[(name.ToUpperInvariant(), group)]}; if that is one person, take one row away");
        if (problems.Mistakes > before || id is null || name is null || role is null) return null;
        return new PersonEntry(new Person(id, name, group, role.Value) { Account = account, From = from, Until = until }) { Agreement = agreement, AuthorisedBy = authorisedBy };

        void Wrong(string column, string message) => problems.Wrong(line, column, message);

        T? Try<T>(T? value, string column, string problem)
            where T : class
        {
            if (value is null) Wrong(column, problem);
            return value;
        }

        string? ReadName(string? text)
        {
            if (text is null) Wrong("name", "it is missing");
            else if (text == Masking.Hidden) Wrong("name", "the names of this file are hidden; export it again with --reveal --reason TEXT");
            else if (text.Length > NameLengthMax) Wrong("name", $"longer than {NameLengthMax} characters");
            else if (line == 0 && CsvTable.WhyNot(text) is { } why) Wrong("name", why);
            else return text;
            return null;
        }

        PersonRole? ReadRole(string? text)
        {
            switch (text?.ToLowerInvariant())
            {
                case "pupil" or "student" or "learner": return PersonRole.Pupil;
                case "staff" or "teacher": return PersonRole.Staff;
                case "guest" or "visitor": return PersonRole.Guest;
                case null: Wrong("role", "it is missing; write pupil, staff or guest, or give --role for the whole file"); return null;
                default: Wrong("role", $"{SchoolRecords.Shown(text)} is no role; write pupil, staff or guest"); return null;
            }
        }

        DateTimeOffset? ReadTime(string? text, string column, bool isEnd)
        {
            if (text is null) return null;
            if (records.TryReadTime(text, isEnd, out var time, out var problem)) return time;
            Wrong(column, problem);
            return null;
        }

        DateOnly? ReadAgreement(string? text)
        {
            if (text is null) return null;
            if (!SchoolRecords.TryReadDay(text, out var day, out var problem)) Wrong("agreement", problem);
            // A day of grace: the school's date may be ahead of the clock's.
            else if (day > DateOnly.FromDateTime(records.Now.UtcDateTime).AddDays(1)) Wrong("agreement", "it lies in the future; write the day on which it was signed");
            else return day;
            return null;
        }

        string? ReadAuthority(PersonWords said, PersonRole? asRole, DateTimeOffset? to)
        {
            if (said.AuthorisedBy is not { } by)
            {
                // Somebody has let a guest in who is there already, for as long as was said.
                var isLetIn = id is not null && records.Roster.FindPerson(id) is { Role: PersonRole.Guest } known && to <= known.Until;
                if (asRole == PersonRole.Guest && !isLetIn) Wrong("authorised_by", "guests come, and stay for longer, only with the head's or the business manager's authority; write the id of whoever gave it");
                return null;
            }
            if (RosterIds.Comparer.Equals(by, id)) Wrong("authorised_by", "nobody authorises his or her own access; write somebody else's id");
            else if (!records.MayAuthorise(by)) Wrong("authorised_by", $"{SchoolRecords.Shown(by)} is neither the head nor the business manager, nor stands in for one{(records.Document.Approvals.IsWritten ? " (see approvals in the policy)" : "; import the staff first")}");
            else return by;
            return null;
        }
    }

    private string? ReadId(string? text, int line, InputProblems problems)
    {
        if (text is null) problems.Wrong(line, "id", "it is missing; use the id of the school's records, such as p123");
        else if (!RosterIds.IsValid(text)) problems.Wrong(line, "id", $"it cannot be an id: {RosterIds.Form}; never a name");
        else if (!_ids.TryAdd(text, line)) problems.Wrong(line, "id", $"'{text}' is in line {_ids[text]} already; each person has one row");
        else return text;
        return null;
    }

    private string? ReadAccount(string? text, int line, InputProblems problems)
    {
        if (text is null) return null;
        var form = AccountName.Normalise(text);
        if (text == Masking.Hidden) Wrong("the log-in names of this file are hidden; export it again with --reveal --reason TEXT");
        else if (text.Length > AccountName.CharactersMax || form.Length == 0) Wrong($"it cannot be a log-in name: at most {AccountName.CharactersMax} characters, and some that can be seen");
        else if (line == 0 && CsvTable.WhyNot(text) is { } why) Wrong(why);
        else if (!_accounts.TryAdd(form, line)) Wrong($"the same log-in name as in line {_accounts[form]}; each person has one of their own");
        else return text;
        return null;

        void Wrong(string message) => problems.Wrong(line, "account", message);
    }
}
