using Dapper;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>What the keepers of a role are told.</summary>
public sealed partial class StateStore
{
    /// <summary>What a role has been told, newest first.</summary>
    /// <param name="role">One of <see cref="Policy.TwoKeys.Roles"/>.</param>
    /// <param name="unseenOnly">Only what nobody has marked as seen.</param>
    /// <param name="limit">Most of them.</param>
    public IReadOnlyList<Notice> Notices(string role, bool unseenOnly = true, int limit = 200) => Read<IReadOnlyList<Notice>>(connection =>
        [.. connection.Query<NoticeRow>(
            "SELECT id, time, role, text, reference, override_id, seen_at, seen_by FROM notices WHERE role = @role AND (NOT @unseenOnly OR seen_at IS NULL) ORDER BY id DESC LIMIT @limit", new { role, unseenOnly, limit })
            .Select(row => row.ToRecord())]);

    /// <summary>Marks a notice as seen. False when there is none with this number or somebody has seen it already.</summary>
    public bool MarkNoticeSeen(long id, string person)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(person);
        return Change(connection =>
        {
            var marked = connection.Execute("UPDATE notices SET seen_at = @now, seen_by = @person WHERE id = @id AND seen_at IS NULL", new { id, now = Now(), person }) == 1;
            if (marked) WriteAudit(connection, person, "notice.seen", $"notice {id}", reason: null);
            return (marked, marked);
        });
    }

    private void WriteNotice(SqliteConnection connection, NoticeDraft notice, string? reference, long? overrideId) => connection.Execute(
        "INSERT INTO notices (time, role, text, reference, override_id) VALUES (@now, @Role, @Text, @reference, @overrideId)", new { now = Now(), notice.Role, notice.Text, reference, overrideId });

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class NoticeRow
    {
        public long Id { get; init; }
        public long Time { get; init; }
        public string Role { get; init; } = "";
        public string Text { get; init; } = "";
        public string? Reference { get; init; }
        public long? OverrideId { get; init; }
        public long? SeenAt { get; init; }
        public string? SeenBy { get; init; }

        public Notice ToRecord() => new(Id, StateStore.Time(Time), Role, Text, Reference, OverrideId, StateStore.Time(SeenAt), SeenBy);
    }
#pragma warning restore CA1812
}
