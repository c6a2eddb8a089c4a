using Dapper;
using FilterGate.Sqlite;

namespace FilterGate.State;

/// <summary>Asks for a page of requests.</summary>
public sealed record RequestQuery
{
    /// <summary>True for those that somebody still has to answer, oldest first; false for those that have been answered, newest first.</summary>
    public bool IsOpen { get; init; } = true;

    /// <summary>Only those that this person asked or passed on, and pupils' that wait for a teacher; null for all.</summary>
    public string? ForTeacher { get; init; }

    /// <summary>Only hosts with this in their name, or null.</summary>
    public string? Host { get; init; }

    /// <summary>Reference of the last row of the page before, or null for the first page.</summary>
    public string? After { get; init; }

    /// <summary>Rows at most.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>Requests a page at a time, however many there are.</summary>
public sealed partial class StateStore
{
    /// <summary>A page of requests. After one that is not there, there is none.</summary>
    public KeyPage<UnblockRequest> Requests(RequestQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var after = query.After is null ? null : CrockfordBase32.TryDecode(query.After, out var value) ? CrockfordBase32.Encode(value) : "";
        var (where, beyond, order) = query.IsOpen ? (IsOpen, ">", "ASC") : ($"NOT {IsOpen}", "<", "DESC");
        return Read(connection => KeyPage<UnblockRequest>.Of(
            connection.Query<RequestRow>(
                $"""
                SELECT {RequestColumns} FROM requests WHERE {where}
                AND (@after IS NULL OR (time, reference) {beyond} (SELECT time, reference FROM requests WHERE reference = @after))
                AND (@ForTeacher IS NULL OR person = @ForTeacher OR passed_on_by = @ForTeacher OR (route = 0 AND status = 0))
                AND (@Host IS NULL OR instr(host, @Host) > 0)
                ORDER BY time {order}, reference {order} LIMIT @limit
                """,
                new { after, query.ForTeacher, query.Host, limit = query.Limit + 1 }).Select(row => row.ToRecord()),
            query.Limit));
    }
}
