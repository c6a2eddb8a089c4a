using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Sqlite;

/// <summary>What to say when a database file cannot be used.</summary>
internal static class SqliteProblem
{
    /// <summary>True for what the world does to files; anything else is our own fault.</summary>
    internal static bool IsOfTheWorld(Exception e) => e is SqliteException or SqliteFileException or IOException or UnauthorizedAccessException;

    /// <summary>True when the file itself is not what it was: no room and no right are other things.</summary>
    internal static bool IsDamage(Exception e) => e is SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB } or SqliteFileException;

    /// <summary>Why a file cannot be used and what to do, in plain words.</summary>
    internal static string Explain(string path, Exception e) => e switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_FULL } => $"{path}: the disk is full. Free some space; nothing that waits is lost, it is written as soon as there is room.",
        SqliteException { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED } => $"{path}: another process holds the file. Wait for that process, or end it, and try again.",
        SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB } => $"{path} is damaged. Stop the gateway, restore the file from a backup or move the file aside, and start again.",
        SqliteException { SqliteErrorCode: raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM } or UnauthorizedAccessException =>
            $"{path} cannot be opened by this account. Give the folder and its files to the account that runs the gateway, or name another folder with --data.",
        SqliteException { SqliteErrorCode: raw.SQLITE_IOERR } => $"{path}: the disk failed or is full ({e.Message}). Look at the system's log.",
        SqliteException or IOException => $"{path}: {e.Message}",
        _ => e.Message,
    };
}
