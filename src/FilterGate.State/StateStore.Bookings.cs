using Dapper;
using FilterGate.Policy.People;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>A booking with who made it and how it ended.</summary>
public sealed record BookingRecord(Booking Booking, string? Reason, string Actor, DateTimeOffset? EndedAt, string? EndedBy)
{
    /// <summary>The instant at which it ended or will end.</summary>
    public DateTimeOffset Ends => EndedAt is { } early && early < Booking.End ? early : Booking.End;
}

/// <summary>Trolleys that classes have for a time.</summary>
public sealed partial class StateStore
{
    private const string BookingColumns = """id, trolley, class, start AS "Start", "end" AS "End", reason, actor, ended_at, ended_by""";

    /// <summary>Books a trolley and writes its audit row.</summary>
    /// <returns>The booking; or with <c>IsTaken</c> the one that has it, or a part of it, in that time.</returns>
    /// <exception cref="ArgumentException">The end is not after the start, or a word that must be there is blank.</exception>
    public (BookingRecord Booking, bool IsTaken) Book(string trolley, string @class, DateTimeOffset start, DateTimeOffset end, string? reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(trolley);
        ArgumentException.ThrowIfNullOrWhiteSpace(@class);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        if (Milliseconds(end) <= Milliseconds(start)) throw new ArgumentException("A booking ends after it starts.", nameof(end));
        return Change(connection =>
        {
            var taken = connection.Query<BookingRow>($"""SELECT {BookingColumns} FROM bookings WHERE start < @end AND "end" > @start AND (ended_at IS NULL OR ended_at > @start) ORDER BY id""", new { start = Milliseconds(start), end = Milliseconds(end) })
                .Select(row => row.ToRecord()).FirstOrDefault(b => Booking.IsIn(trolley, b.Booking.Trolley) || Booking.IsIn(b.Booking.Trolley, trolley));
            if (taken is not null) return (false, (taken, true));
            var made = connection.QuerySingle<BookingRow>(
                $"""INSERT INTO bookings (trolley, class, start, "end", reason, actor) VALUES (@trolley, @class, @start, @end, @reason, @actor) RETURNING {BookingColumns}""",
                new { trolley, @class, start = Milliseconds(start), end = Milliseconds(end), reason, actor }).ToRecord();
            WriteAudit(connection, actor, "devices.assign", $"booking {made.Booking.Id}: {trolley} to {@class} until {made.Booking.End:O}", reason);
            return (true, (made, false));
        });
    }

    /// <summary>Ends the bookings of a trolley that run now or will, and writes an audit row for each.</summary>
    /// <param name="trolley">As it was booked.</param>
    /// <param name="reason">Why, or null.</param>
    /// <param name="actor">Who.</param>
    /// <param name="class">Of this class alone; null for all.</param>
    public IReadOnlyList<BookingRecord> EndBookings(string trolley, string? reason, string actor, string? @class = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(trolley);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change<IReadOnlyList<BookingRecord>>(connection =>
        {
            IReadOnlyList<BookingRecord> ended =
            [
                .. connection.Query<BookingRow>($"""UPDATE bookings SET ended_at = @now, ended_by = @actor WHERE trolley = @trolley AND "end" > @now AND ended_at IS NULL AND (@class IS NULL OR class = @class) RETURNING {BookingColumns}""", new { now = Now(), actor, trolley, @class })
                    .OrderBy(row => row.Id).Select(row => row.ToRecord()),
            ];
            foreach (var one in ended) WriteAudit(connection, actor, "devices.unassign", $"booking {one.Booking.Id}: {one.Booking.Trolley} of {one.Booking.Class}", reason);
            return (ended.Count > 0, ended);
        });
    }

    /// <summary>Bookings, newest first: who had which when.</summary>
    public IReadOnlyList<BookingRecord> Bookings(DateTimeOffset since, int limit = 1000) => Read<IReadOnlyList<BookingRecord>>(connection =>
        [.. connection.Query<BookingRow>($"""SELECT {BookingColumns} FROM bookings WHERE "end" > @since ORDER BY start DESC, id DESC LIMIT @limit""", new { since = Milliseconds(since), limit }).Select(row => row.ToRecord())]);

    /// <summary>When the next booking begins or ends after an instant; null for never. Whoever follows what is in force reads it again then.</summary>
    public DateTimeOffset? NextBookingChange(DateTimeOffset time) => Read(connection => Time(connection.ExecuteScalar<long?>(
        """SELECT min(at) FROM (SELECT start AS at FROM bookings WHERE ended_at IS NULL AND start > @time UNION ALL SELECT "end" FROM bookings WHERE ended_at IS NULL AND "end" > @time)""", new { time = Milliseconds(time) })));

    /// <summary>The bookings that run at an instant.</summary>
    private static System.Collections.Immutable.ImmutableArray<Booking> BookingsAt(SqliteConnection connection, DateTimeOffset time) =>
        [.. connection.Query<BookingRow>($"""SELECT {BookingColumns} FROM bookings WHERE start <= @time AND "end" > @time AND (ended_at IS NULL OR ended_at > @time) ORDER BY id""", new { time = Milliseconds(time) }).Select(row => row.ToRecord().Booking)];

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class BookingRow
    {
        public long Id { get; init; }
        public string Trolley { get; init; } = "";
        public string Class { get; init; } = "";
        public long Start { get; init; }
        public long End { get; init; }
        public string? Reason { get; init; }
        public string Actor { get; init; } = "";
        public long? EndedAt { get; init; }
        public string? EndedBy { get; init; }

        public BookingRecord ToRecord() => new(new Booking(Id, Trolley, Class, Time(Start), Time(End)), Reason, Actor, Time(EndedAt), EndedBy);
    }
#pragma warning restore CA1812
}
