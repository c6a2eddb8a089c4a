using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>Whether the audit is as it was written.</summary>
/// <param name="Rows">How many rows were looked at.</param>
/// <param name="BrokenFrom">The number of the first row that is not as it was written, or that follows one that was taken out; null when all are.</param>
/// <param name="Last">The last row's number; 0 when there is none.</param>
/// <param name="Head">Its digest.</param>
public sealed record AuditIntegrity(long Rows, long? BrokenFrom, long Last, byte[] Head);

/// <content>The chain of digests over the audit: each row's covers the one before it and everything that the row says.</content>
public sealed partial class StateStore
{
    /// <summary>Looks at every row of the audit.</summary>
    public AuditIntegrity VerifyAudit() => Read(connection =>
    {
        using var same = connection.BeginTransaction(deferred: true);
        var (previous, last, rows, broken) = (Base(connection), 0L, 0L, (long?)null);
        foreach (var row in connection.Query<AuditChainRow>("SELECT id, time, actor, action, subject, reason, digest FROM audit ORDER BY id", buffered: false))
        {
            rows++;
            if (row.Digest is null || !row.Digest.AsSpan().SequenceEqual(DigestOf(previous, row))) broken ??= row.Id;
            (previous, last) = (row.Digest ?? previous, row.Id);
        }
        return new AuditIntegrity(rows, broken, last, previous);
    });

    /// <summary>The digest of a row of the audit; null when there is no such row.</summary>
    public byte[]? AuditDigest(long id) => Read(connection => connection.QueryFirstOrDefault<byte[]>("SELECT digest FROM audit WHERE id = @id", new { id }));

    /// <summary>Copies the file as it is at one moment; safe while others write.</summary>
    public void CopyTo(string target)
    {
        try
        {
            SqliteFile.Copy(_path, target);
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            throw new StateStoreException(SqliteProblem.Explain(_path, e), e);
        }
    }

    private void WriteAudit(SqliteConnection connection, string actor, string action, string subject, string? reason)
    {
        var previous = connection.QueryFirstOrDefault<byte[]>("SELECT digest FROM audit ORDER BY id DESC LIMIT 1") ?? Base(connection);
        var row = new AuditChainRow { Time = Now(), Actor = actor, Action = action, Subject = subject, Reason = reason };
        row.Id = connection.ExecuteScalar<long>("INSERT INTO audit (time, actor, action, subject, reason) VALUES (@Time, @Actor, @Action, @Subject, @Reason) RETURNING id", row);
        connection.Execute("UPDATE audit SET digest = @digest WHERE id = @Id", new { digest = DigestOf(previous, row), row.Id });
    }

    /// <summary>Gives the rows of an older FilterGate their digests. Only where no row has one: a row that lost its digest later has been tampered with, and must not be sealed again.</summary>
    private void SealOlderAudit()
    {
        if (Read(connection => connection.ExecuteScalar<long>("SELECT EXISTS (SELECT 1 FROM audit) AND NOT EXISTS (SELECT 1 FROM audit WHERE digest IS NOT NULL)")) == 0) return;
        Change(connection =>
        {
            var previous = Base(connection);
            foreach (var row in connection.Query<AuditChainRow>("SELECT id, time, actor, action, subject, reason FROM audit ORDER BY id").ToList())
                connection.Execute("UPDATE audit SET digest = @digest WHERE id = @Id", new { digest = previous = DigestOf(previous, row), row.Id });
            return (true, true);
        });
    }

    /// <summary>What the first row follows: the last one that was removed at the end of its time, else 32 zeros.</summary>
    private static byte[] Base(SqliteConnection connection) => connection.QueryFirstOrDefault<byte[]>("SELECT digest FROM audit_removed ORDER BY id DESC LIMIT 1") ?? new byte[SHA256.HashSizeInBytes];

    private static byte[] DigestOf(byte[] previous, AuditChainRow row)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        Span<byte> number = stackalloc byte[8];
        foreach (var value in (ReadOnlySpan<long>)[row.Id, row.Time])
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            hash.AppendData(number);
        }
        foreach (var text in (ReadOnlySpan<string?>)[row.Actor, row.Action, row.Subject, row.Reason])
        {
            // With its length, so that no two rows run together to the same bytes; -1 is null.
            var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt64LittleEndian(number, text is null ? -1 : bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }
        return hash.GetHashAndReset();
    }

    private sealed record AuditChainRow
    {
        public long Id { get; set; }
        public long Time { get; set; }
        public string Actor { get; set; } = "";
        public string Action { get; set; } = "";
        public string Subject { get; set; } = "";
        public string? Reason { get; set; }
        public byte[]? Digest { get; set; }
    }
}
