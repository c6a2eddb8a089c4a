using Dapper;
using FilterGate.Policy.People;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>The roster as it was: for <c>why</c>, and for asking about a time that has passed.</summary>
public sealed partial class StateStore
{
    /// <summary>A state is kept so long after another has taken its place: longer than a school year, and than what is asked about.</summary>
    private const int RosterPastDays = 400;

    /// <summary>Who was at the school and which devices it had at an instant; who came later is there as when they came, so that a question about this morning can be asked of somebody entered at noon. Names are those of today, for they are not kept: of somebody who has left, the id.</summary>
    public Roster RosterAt(DateTimeOffset time) => Read(connection => RosterAt(connection, time));

    private static Roster RosterAt(SqliteConnection connection, DateTimeOffset time)
    {
        var at = new { time = Milliseconds(time) };
        return new(
            connection.Query<PersonRow>(
                """
                SELECT past.id, coalesce(p.name, past.id) AS name, past."group" AS "Group", past.role, past."from" AS "From", past.until
                FROM people_past AS past LEFT JOIN people p ON p.id = past.id AND p.removed_at IS NULL
                WHERE past.is_there AND past.start = coalesce((SELECT max(start) FROM people_past WHERE id = past.id AND start <= @time), (SELECT min(start) FROM people_past WHERE id = past.id)) ORDER BY past.id
                """, at).Select(row => row.ToPolicy()),
            connection.Query<DeviceRow>(
                """
                SELECT name, address, "group" AS "Group", person, trolley FROM devices_past AS past
                WHERE is_there AND start = coalesce((SELECT max(start) FROM devices_past WHERE name = past.name AND start <= @time), (SELECT min(start) FROM devices_past WHERE name = past.name)) ORDER BY name
                """, at).Select(row => row.ToPolicy()));
    }

    /// <summary>Adds to the past whoever and whatever is otherwise than it last was. Two changes within a millisecond are one.</summary>
    private void KeepRosterPast(SqliteConnection connection)
    {
        var now = Now();
        connection.Execute(
            """
            WITH last AS (SELECT * FROM people_past AS a WHERE start = (SELECT max(start) FROM people_past WHERE id = a.id)),
                 today AS (SELECT id, "group", role, "from", until FROM people WHERE removed_at IS NULL)
            INSERT OR REPLACE INTO people_past
            SELECT t.id, @now, t."group", t.role, t."from", t.until, 1 FROM today t LEFT JOIN last l ON l.id = t.id
            WHERE l.id IS NULL OR NOT l.is_there OR (l."group", l.role, l."from", l.until) IS NOT (t."group", t.role, t."from", t.until)
            UNION ALL SELECT l.id, @now, l."group", l.role, l."from", l.until, 0 FROM last l WHERE l.is_there AND NOT EXISTS (SELECT 1 FROM today t WHERE t.id = l.id);

            WITH last AS (SELECT * FROM devices_past AS a WHERE start = (SELECT max(start) FROM devices_past WHERE name = a.name))
            INSERT OR REPLACE INTO devices_past
            SELECT t.name, @now, t.address, t."group", t.person, t.trolley, 1 FROM devices t LEFT JOIN last l ON l.name = t.name
            WHERE l.name IS NULL OR NOT l.is_there OR (l.address, l."group", l.person, l.trolley) IS NOT (t.address, t."group", t.person, t.trolley)
            UNION ALL SELECT l.name, @now, l.address, l."group", l.person, l.trolley, 0 FROM last l WHERE l.is_there AND NOT EXISTS (SELECT 1 FROM devices t WHERE t.name = l.name);

            DELETE FROM people_past AS a WHERE start < @oldest AND EXISTS (SELECT 1 FROM people_past WHERE id = a.id AND start > a.start AND start < @oldest);
            DELETE FROM devices_past AS a WHERE start < @oldest AND EXISTS (SELECT 1 FROM devices_past WHERE name = a.name AND start > a.start AND start < @oldest);
            """,
            new { now, oldest = now - (long)TimeSpan.FromDays(RosterPastDays).TotalMilliseconds });
    }
}
