using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Dapper;
using FilterGate.Policy.People;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>People, devices, the record of access, and whose access is withdrawn. Audit rows name ids, never names.</summary>
public sealed partial class StateStore
{
    private const string PersonColumns = """id, name, "group" AS "Group", role, account, "from" AS "From", until""";
    private const string DeviceColumns = """name, address, mac, "group" AS "Group", person, trolley""";
    private const string WithdrawalColumns = """id, person, device, start AS "Start", "end" AS "End", reason, actor, restored_at, restored_by, restore_reason""";

    private (long Version, Roster Roster)? _roster;

    /// <summary>Who is at the school and which devices it has, in order of id and name. The same object while nobody and nothing has changed.</summary>
    public Roster CurrentRoster() => Read(connection =>
    {
        var version = connection.ExecuteScalar<long>("SELECT version FROM roster");
        if (_roster is { } known && known.Version == version) return known.Roster;
        // The version first: a change between the reads is noticed at the next.
        var roster = ReadRoster(connection);
        _roster = (version, roster);
        return roster;
    });

    /// <summary>Withdrawals that nobody has restored and that have not ended before <paramref name="time"/>, for a policy snapshot.</summary>
    public WithdrawalTable LiveWithdrawals(DateTimeOffset time, Roster roster) => Read(connection => new WithdrawalTable(
        connection.Query<WithdrawalRow>($"""SELECT {WithdrawalColumns} FROM withdrawals WHERE restored_at IS NULL AND ("end" IS NULL OR "end" > @time) ORDER BY id""", new { time = Milliseconds(time) })
            .Select(row => row.ToPolicy()),
        roster));

    /// <summary>Withdrawals, newest first.</summary>
    public IReadOnlyList<WithdrawalRecord> Withdrawals(int limit = 1000) => Read<IReadOnlyList<WithdrawalRecord>>(connection =>
        [.. connection.Query<WithdrawalRow>($"SELECT {WithdrawalColumns} FROM withdrawals ORDER BY id DESC LIMIT @limit", new { limit }).Select(row => row.ToRecord())]);

    /// <summary>The record of access: those who have it and those who had it, in order of id and time.</summary>
    public IReadOnlyList<AccessRecord> AccessRecords(int limit = 100_000) => Read<IReadOnlyList<AccessRecord>>(connection =>
        [.. connection.Query<AccessRow>(
            """
            SELECT a.id, a.person, p.name, p."group" AS "Group", p.role, a.granted_at, a.granted_by, p."from" AS "From", p.until, a.agreement, a.authorised_by, a.ended_at, a.ended_by, a.end_reason
            FROM access a JOIN people p ON p.id = a.person ORDER BY a.person, a.granted_at, a.id LIMIT @limit
            """, new { limit }).Select(row => row.ToRecord())]);

    /// <summary>Keeps these people, in one transaction with their lines in the record of access and an audit row each.</summary>
    /// <param name="entries">In order by themselves: no id and no log-in name twice.</param>
    /// <param name="removeMissing">Removes whoever has the role of one of them and is not among them; else such people stay.</param>
    /// <param name="source">Where they come from, for the audit: the name of a file, or a command.</param>
    /// <param name="why">The reason given.</param>
    /// <param name="actor">Who does it.</param>
    /// <param name="dryRun">Only says what would change.</param>
    /// <returns>What changed, or would. Where there are clashes nothing has.</returns>
    public RosterDiff<Person> ImportPeople(IReadOnlyCollection<PersonEntry> entries, bool removeMissing, string source, string? why, string actor, bool dryRun = false)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentException.ThrowIfNullOrWhiteSpace(source);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var diff = RosterDiff.OfPeople(ReadRoster(connection), [.. entries.Select(e => e.Person)], removeMissing);
            if (dryRun || !diff.Clashes.IsEmpty) return (false, diff);

            var gone = removeMissing ? diff.Missing : [];
            foreach (var person in gone) Remove(connection, person.Id, why ?? $"not in {source}", actor);
            // First none has a log-in name, so that two may swap theirs.
            foreach (var (before, _) in diff.Changed) connection.Execute("UPDATE people SET account_key = NULL WHERE id = @Id", new { before.Id });
            foreach (var person in diff.Added)
            {
                Keep(connection, person);
                WriteAudit(connection, actor, "people.add", $"person {person.Id}: {RosterDiff.Word(person.Role)}{(person.Group is null ? "" : $" in {person.Group}")}", why);
            }
            foreach (var change in diff.Changed)
            {
                Keep(connection, change.After);
                WriteAudit(connection, actor, "people.change", $"person {change.After.Id}: {string.Join(", ", RosterDiff.Fields(change).Select(Say))}", why);
            }
            var opened = entries.Count(entry => OpenAccess(connection, entry, why, actor));
            if (diff.Added.IsEmpty && diff.Changed.IsEmpty && gone.IsEmpty && opened == 0) return (false, diff);
            WriteAudit(connection, actor, "people.import", $"{source}: {diff.Added.Length} added, {diff.Changed.Length} changed, {gone.Length} removed", why);
            RosterChanged(connection);
            return (true, diff);

            // Neither a name nor a log-in name, which often is one, stands in the audit.
            static string Say((string Field, string? Before, string? After) field) =>
                field.Field is "name" or "account" ? $"{field.Field} changed" : $"{field.Field} {field.Before ?? "none"} to {field.After ?? "none"}";
        });
    }

    /// <summary>Removes a person: no longer in the roster, a line of the record of access ended, devices on loan returned. A withdrawal stays, for whoever comes back.</summary>
    /// <returns>False when nobody has this id.</returns>
    public bool RemovePerson(string id, string reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var isThere = Remove(connection, id, reason, actor);
            if (isThere) RosterChanged(connection);
            return (isThere, isThere);
        });
    }

    /// <summary>Keeps these devices, in one transaction with an audit row each.</summary>
    /// <param name="devices">In order by themselves: no name and no address twice.</param>
    /// <param name="removeMissing">Removes every device that is not among them; else such devices stay.</param>
    /// <param name="source">Where they come from, for the audit.</param>
    /// <param name="why">The reason given.</param>
    /// <param name="actor">Who does it.</param>
    /// <param name="dryRun">Only says what would change.</param>
    /// <returns>What changed, or would. Where there are clashes nothing has.</returns>
    public RosterDiff<Device> ImportDevices(IReadOnlyCollection<Device> devices, bool removeMissing, string source, string? why, string actor, bool dryRun = false)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentException.ThrowIfNullOrWhiteSpace(source);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var diff = RosterDiff.OfDevices(ReadRoster(connection), devices, removeMissing);
            if (dryRun || !diff.Clashes.IsEmpty) return (false, diff);

            var gone = removeMissing ? diff.Missing : [];
            if (diff.Added.IsEmpty && diff.Changed.IsEmpty && gone.IsEmpty) return (false, diff);
            foreach (var device in gone)
            {
                connection.Execute("DELETE FROM devices WHERE name = @Name", new { device.Name });
                WriteAudit(connection, actor, "devices.remove", $"device {device.Name}", why ?? $"not in {source}");
            }
            // First none has an address, so that two may swap theirs.
            foreach (var (before, _) in diff.Changed) connection.Execute("UPDATE devices SET address = NULL, mac = NULL WHERE name = @Name", new { before.Name });
            foreach (var device in diff.Added)
            {
                Keep(connection, device);
                WriteAudit(connection, actor, "devices.add", $"device {device.Name}{(device.Address is null ? "" : $" at {device.Address}")}{(device.Person is null ? "" : $", on loan to {device.Person}")}", why);
            }
            foreach (var change in diff.Changed)
            {
                Keep(connection, change.After);
                WriteAudit(connection, actor, "devices.change", $"device {change.After.Name}: {string.Join(", ", RosterDiff.Fields(change).Select(f => $"{f.Field} {f.Before ?? "none"} to {f.After ?? "none"}"))}", why);
            }
            WriteAudit(connection, actor, "devices.import", $"{source}: {diff.Added.Length} added, {diff.Changed.Length} changed, {gone.Length} removed", why);
            RosterChanged(connection);
            return (true, diff);
        });
    }

    /// <summary>Removes a device. A withdrawal of it stays, for whenever the name is used again.</summary>
    /// <returns>False when none has this name.</returns>
    public bool RemoveDevice(string name, string reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var isGone = connection.Execute("DELETE FROM devices WHERE name = @name", new { name }) == 1;
            if (!isGone) return (false, false);
            WriteAudit(connection, actor, "devices.remove", $"device {name}", reason);
            RosterChanged(connection);
            return (true, true);
        });
    }

    /// <summary>Notes in the record of access that a person has signed the agreement, and who let a guest in.</summary>
    /// <returns>False when nobody with this id is in the roster.</returns>
    public bool GrantAccess(string person, DateOnly agreement, string? authorisedBy, string? reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(person);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            if (FindPerson(connection, person) is not { } known) return (false, false);
            OpenAccess(connection, new PersonEntry(known) { Agreement = agreement, AuthorisedBy = authorisedBy }, reason, actor);
            return (true, true);
        });
    }

    /// <summary>Takes access from a person or a device, from now on.</summary>
    /// <param name="person">The id of a person, or null.</param>
    /// <param name="device">The name of a device, or null; one of the two is given.</param>
    /// <param name="end">Until just before this instant; null until somebody restores it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="actor">Who does it.</param>
    /// <exception cref="ArgumentException">Both or neither are named, the end is past, or a word that must be there is blank.</exception>
    public WithdrawalRecord WithdrawAccess(string? person, string? device, DateTimeOffset? end, string reason, string actor)
    {
        if (string.IsNullOrWhiteSpace(person) == string.IsNullOrWhiteSpace(device)) throw new ArgumentException("A person or a device is meant.", nameof(person));
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var now = Now();
            if (end is { } given && Milliseconds(given) <= now) throw new ArgumentException("A withdrawal ends after it begins.", nameof(end));
            var id = connection.ExecuteScalar<long>(
                """INSERT INTO withdrawals (person, device, start, "end", reason, actor) VALUES (@person, @device, @now, @end, @reason, @actor) RETURNING id""",
                new { person, device, now, end = end?.ToUnixTimeMilliseconds(), reason, actor });
            WriteAudit(connection, actor, "access.withdraw", $"withdrawal {id}: {Whose(person, device)} {(end is null ? "until restored" : $"until {Time(Milliseconds(end.Value)):O}")}", reason);
            return (true, connection.QuerySingle<WithdrawalRow>($"SELECT {WithdrawalColumns} FROM withdrawals WHERE id = @id", new { id }).ToRecord());
        });
    }

    /// <summary>Gives access back: ends every withdrawal of this person or device that is in force.</summary>
    /// <returns>Those that it ended; none where access was not withdrawn.</returns>
    public IReadOnlyList<WithdrawalRecord> RestoreAccess(string? person, string? device, string reason, string actor)
    {
        if (string.IsNullOrWhiteSpace(person) == string.IsNullOrWhiteSpace(device)) throw new ArgumentException("A person or a device is meant.", nameof(person));
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change<IReadOnlyList<WithdrawalRecord>>(connection =>
        {
            IReadOnlyList<WithdrawalRecord> ended =
            [
                .. connection.Query<WithdrawalRow>(
                    $"""
                    UPDATE withdrawals SET restored_at = @now, restored_by = @actor, restore_reason = @reason
                    WHERE restored_at IS NULL AND ("end" IS NULL OR "end" > @now) AND person IS @person AND device IS @device RETURNING {WithdrawalColumns}
                    """, new { now = Now(), actor, reason, person, device }).OrderBy(row => row.Id).Select(row => row.ToRecord()),
            ];
            foreach (var withdrawal in ended) WriteAudit(connection, actor, "access.restore", $"withdrawal {withdrawal.Id}: {Whose(person, device)}", reason);
            return (ended.Count > 0, ended);
        });
    }

    private static string Whose(string? person, string? device) => person is null ? $"device {device}" : $"person {person}";

    private static Roster ReadRoster(SqliteConnection connection) => new(
        connection.Query<PersonRow>($"SELECT {PersonColumns} FROM people WHERE removed_at IS NULL ORDER BY id").Select(row => row.ToPolicy()),
        connection.Query<DeviceRow>($"SELECT {DeviceColumns} FROM devices ORDER BY name").Select(row => row.ToPolicy()));

    private static Person? FindPerson(SqliteConnection connection, string id) =>
        connection.QueryFirstOrDefault<PersonRow>($"SELECT {PersonColumns} FROM people WHERE id = @id AND removed_at IS NULL", new { id })?.ToPolicy();

    private void RosterChanged(SqliteConnection connection)
    {
        connection.Execute("UPDATE roster SET version = version + 1");
        KeepRosterPast(connection);
    }

    private static void Keep(SqliteConnection connection, Person person) => connection.Execute(
        """
        INSERT INTO people (id, name, "group", role, account, account_key, "from", until) VALUES (@Id, @Name, @Group, @Role, @Account, @key, @from, @until)
        ON CONFLICT (id) DO UPDATE SET id = @Id, name = @Name, "group" = @Group, role = @Role, account = @Account, account_key = @key, "from" = @from, until = @until, removed_at = NULL
        """,
        new
        {
            person.Id, person.Name, person.Group, person.Role, person.Account, key = person.Account is null ? null : AccountName.Normalise(person.Account),
            from = person.From?.ToUnixTimeMilliseconds(), until = person.Until?.ToUnixTimeMilliseconds(),
        });

    private static void Keep(SqliteConnection connection, Device device) => connection.Execute(
        """
        INSERT INTO devices (name, address, mac, "group", person, trolley) VALUES (@Name, @address, @mac, @Group, @Person, @IsTrolley)
        ON CONFLICT (name) DO UPDATE SET name = @Name, address = @address, mac = @mac, "group" = @Group, person = @Person, trolley = @IsTrolley
        """,
        new { device.Name, address = device.Address?.ToString(), mac = MacAddress.Spell(device.Mac), device.Group, device.Person, device.IsTrolley });

    private bool Remove(SqliteConnection connection, string id, string reason, string actor)
    {
        var now = Now();
        if (connection.Execute("UPDATE people SET removed_at = @now WHERE id = @id AND removed_at IS NULL", new { id, now }) == 0) return false;
        connection.Execute("UPDATE access SET ended_at = @now, ended_by = @actor, end_reason = @reason WHERE person = @id AND ended_at IS NULL", new { id, now, actor, reason });
        foreach (var device in connection.Query<string>("UPDATE devices SET person = NULL WHERE person = @id COLLATE NOCASE RETURNING name", new { id }).Order(RosterIds.Comparer))
            WriteAudit(connection, actor, "devices.change", $"device {device}: person {id} to none", reason);
        WriteAudit(connection, actor, "people.remove", $"person {id}", reason);
        return true;
    }

    /// <summary>Sees to it that the record of access has an open line for a person, with what is known of agreement and authority.</summary>
    /// <returns>True when the record changed.</returns>
    private bool OpenAccess(SqliteConnection connection, PersonEntry entry, string? why, string actor)
    {
        var (id, agreement) = (entry.Person.Id, entry.Agreement?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (connection.Execute("INSERT INTO access (person, granted_at, granted_by, agreement, authorised_by) VALUES (@id, @now, @actor, @agreement, @AuthorisedBy) ON CONFLICT (person) WHERE ended_at IS NULL DO NOTHING",
                new { id, now = Now(), actor, agreement, entry.AuthorisedBy }) == 1) return true;
        if (connection.Execute(
                """
                UPDATE access SET agreement = coalesce(@agreement, agreement), authorised_by = coalesce(@AuthorisedBy, authorised_by)
                WHERE person = @id AND ended_at IS NULL AND (agreement IS NOT coalesce(@agreement, agreement) OR authorised_by IS NOT coalesce(@AuthorisedBy, authorised_by))
                """, new { id, agreement, entry.AuthorisedBy }) == 0) return false;
        WriteAudit(connection, actor, "access.grant", $"person {id}{(agreement is null ? "" : $": agreement signed {agreement}")}{(entry.AuthorisedBy is null ? "" : $", authorised by {entry.AuthorisedBy}")}", why);
        return true;
    }

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class PersonRow
    {
        public string Id { get; init; } = "";
        public string Name { get; init; } = "";
        public string? Group { get; init; }
        public PersonRole Role { get; init; }
        public string? Account { get; init; }
        public long? From { get; init; }
        public long? Until { get; init; }

        public Person ToPolicy() => new(Id, Name, Group, Role) { Account = Account, From = Time(From), Until = Time(Until) };
    }

    private sealed class DeviceRow
    {
        public string Name { get; init; } = "";
        public string? Address { get; init; }
        public string? Mac { get; init; }
        public string? Group { get; init; }
        public string? Person { get; init; }
        public bool Trolley { get; init; }

        public Device ToPolicy() => new(Name)
        {
            Address = Address is null ? null : IPAddress.Parse(Address), Mac = Mac is null ? null : PhysicalAddress.Parse(Mac), Group = Group, Person = Person, IsTrolley = Trolley,
        };
    }

    private sealed class WithdrawalRow
    {
        public long Id { get; init; }
        public string? Person { get; init; }
        public string? Device { get; init; }
        public long Start { get; init; }
        public long? End { get; init; }
        public string Reason { get; init; } = "";
        public string Actor { get; init; } = "";
        public long? RestoredAt { get; init; }
        public string? RestoredBy { get; init; }
        public string? RestoreReason { get; init; }

        public Withdrawal ToPolicy() => new(Id, Person, Device, Time(Start), Time(End), Reason);

        public WithdrawalRecord ToRecord() => new(Id, Person, Device, Time(Start), Time(End), Reason, Actor, Time(RestoredAt), RestoredBy, RestoreReason);
    }

    private sealed class AccessRow
    {
        public long Id { get; init; }
        public string Person { get; init; } = "";
        public string Name { get; init; } = "";
        public string? Group { get; init; }
        public PersonRole Role { get; init; }
        public long GrantedAt { get; init; }
        public string GrantedBy { get; init; } = "";
        public long? From { get; init; }
        public long? Until { get; init; }
        public string? Agreement { get; init; }
        public string? AuthorisedBy { get; init; }
        public long? EndedAt { get; init; }
        public string? EndedBy { get; init; }
        public string? EndReason { get; init; }

        public AccessRecord ToRecord() => new(Id, Person, Name, Group, Role, Time(GrantedAt), GrantedBy)
        {
            From = Time(From), Until = Time(Until), Agreement = Agreement is null ? null : DateOnly.ParseExact(Agreement, "yyyy-MM-dd", CultureInfo.InvariantCulture), AuthorisedBy = AuthorisedBy,
            EndedAt = Time(EndedAt), EndedBy = EndedBy, EndReason = EndReason,
        };
    }
#pragma warning restore CA1812
}
