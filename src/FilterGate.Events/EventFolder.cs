using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events;

/// <summary>The month files of a folder, and what to say when one cannot be used.</summary>
internal static class EventFolder
{
    /// <summary>The month files there are, newest first. A folder that is not there has none.</summary>
    internal static List<(EventMonth Month, string Path)> Months(string folder)
    {
        var months = new List<(EventMonth Month, string Path)>();
        if (!Directory.Exists(folder)) return months;
        foreach (var path in Directory.EnumerateFiles(folder, "*.db"))
            if (EventMonth.TryParseFile(path, out var month)) months.Add((month, path));
        months.Sort((a, b) => b.Month.CompareTo(a.Month));
        return months;
    }

    /// <summary>True for what the world does to files; anything else is our own fault.</summary>
    internal static bool IsOfTheWorld(Exception e) => e is SqliteException or SqliteFileException or IOException or UnauthorizedAccessException;

    /// <summary>Why a file cannot be used and what to do, in plain words.</summary>
    internal static string Explain(string path, Exception e) => e switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_FULL } => $"{path}: the disk is full. Free some space; waiting events are written as soon as there is room.",
        SqliteException { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED } => $"{path}: another process holds the file. End that process, or wait; the write is tried again.",
        SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB } => $"{path} is damaged. Stop the gateway, move the file aside (or restore it from a backup) and start again; the other months are untouched.",
        SqliteException { SqliteErrorCode: raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM } or UnauthorizedAccessException =>
            $"{path} cannot be opened by this account. Give the folder and its files to the account that runs the gateway, or name another folder with --data.",
        SqliteException { SqliteErrorCode: raw.SQLITE_IOERR } => $"{path}: the disk failed or is full ({e.Message}). Look at the system's log.",
        SqliteFileException or EventStoreException => e.Message,
        _ => $"{path}: {e.Message}",
    };
}
