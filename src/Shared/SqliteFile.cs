using System.Diagnostics;
using System.Reflection;
using DbUp;
using DbUp.Sqlite.Helpers;
using FilterGate.Files;
using Microsoft.Data.Sqlite;

namespace FilterGate.Sqlite;

/// <summary>Makes, guards, migrates and opens one SQLite file. Compiled into each store, so that both treat their files alike.</summary>
/// <remarks>
/// A file is made for its owner alone (<see cref="FileModes"/>), with 8 KiB pages and WAL. Its <c>user_version</c> says how many of the embedded scripts it has seen, so that a file that is up to date
/// (nearly always) is opened without loading DbUp; scripts only go forward, each in its own transaction, under a lock file that keeps two processes apart.
/// </remarks>
internal static class SqliteFile
{
    /// <summary>How long SQLite waits for another process's lock before it answers SQLITE_BUSY.</summary>
    internal static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Makes the folder, for its owner alone, when it is not there. An existing folder keeps the mode its administrator gave it.</summary>
    internal static void PrepareFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, FileModes.FolderIn(Path.GetDirectoryName(Path.GetFullPath(folder))!));
    }

    /// <summary>Makes or migrates a file; afterwards it has the newest schema.</summary>
    /// <param name="path">The file. Its folder exists.</param>
    /// <param name="scripts">Where the numbered scripts are embedded.</param>
    /// <param name="newestVersion">How many scripts there are; each ends with <c>PRAGMA user_version</c> set to its own number.</param>
    /// <exception cref="SqliteFileException">The file was made by a newer FilterGate, or a script failed.</exception>
    /// <exception cref="SqliteException">The file cannot be opened or is damaged.</exception>
    internal static void Prepare(string path, Assembly scripts, int newestVersion)
    {
        if (new FileInfo(path) is { Exists: true, Length: > 0 } && IsReady(path, newestVersion)) return;

        using var held = Lock(path + ".lock");
        CreateForOwner(path);
        using (var connection = OpenForWriting(path))
        {
            // Page size first: it takes effect only while the file is empty and not yet in WAL mode.
            Execute(connection, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;");
            if (Version(connection) < newestVersion) Migrate(path, connection, scripts, newestVersion);
        }
    }

    /// <summary>Opens a prepared file for changes: every commit reaches the disk before it returns (<c>synchronous = FULL</c>).</summary>
    internal static SqliteConnection OpenForWriting(string path)
    {
        var connection = Open(path, SqliteOpenMode.ReadWrite);
        Execute(connection, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
        return connection;
    }

    /// <summary>Opens a file that is never changed through this connection.</summary>
    internal static SqliteConnection OpenForReading(string path) => Open(path, SqliteOpenMode.ReadOnly);

    /// <summary>Copies a file as it is at one moment, while others may write to it.</summary>
    internal static void Copy(string path, string target)
    {
        using var source = OpenForReading(path);
        OpenOrCreate(target, FileShare.ReadWrite | FileShare.Delete).Dispose(); // For its owner alone, before anything is in it.
        using var copy = Open(target, SqliteOpenMode.ReadWrite);
        source.BackupDatabase(copy);
        // Whoever restores it puts one file in place, without a log beside it.
        Execute(copy, "PRAGMA journal_mode = DELETE;");
        using var check = copy.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1);";
        if (check.ExecuteScalar() is not "ok") throw new SqliteFileException($"{path} is damaged, and its copy with it. Stop the gateway, restore the file from a backup or move the file aside, and start again.");
    }

    /// <summary>Which schema an open file has.</summary>
    /// <exception cref="SqliteFileException">A newer one than this program knows.</exception>
    internal static int CheckVersion(SqliteConnection connection, string path, int newestVersion)
    {
        var version = Version(connection);
        return version <= newestVersion
            ? version
            : throw new SqliteFileException($"{path} was written by a newer FilterGate (schema {version}; this one knows {newestVersion}). Install that version again, or restore a backup from before the update.");
    }

    /// <summary>Runs statements that return nothing of interest.</summary>
    internal static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        // No pool: a pooled handle would go on reading a month that retention has removed or a backup has replaced.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = (int)BusyTimeout.TotalSeconds,
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, $"PRAGMA busy_timeout = {(int)BusyTimeout.TotalMilliseconds};");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // A file out of a backup has the right schema and is not in WAL mode, in which alone readers and a writer do not wait for each other.
    private static bool IsReady(string path, int newestVersion)
    {
        using var connection = OpenForReading(path);
        if (CheckVersion(connection, path, newestVersion) != newestVersion) return false;
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode;";
        return command.ExecuteScalar() is "wal";
    }

    private static int Version(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version;";
        return Convert.ToInt32(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Migrate(string path, SqliteConnection connection, Assembly scripts, int newestVersion)
    {
        CheckVersion(connection, path, newestVersion);
        using var shared = new SharedConnection(connection);
        var result = DeployChanges.To.SqliteDatabase(shared)
            .WithScriptsEmbeddedInAssembly(scripts, name => name.EndsWith(".sql", StringComparison.Ordinal))
            .WithVariablesDisabled()
            .WithTransactionPerScript()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
            throw new SqliteFileException($"{path} could not be brought to schema {newestVersion} ({result.ErrorScript?.Name}: {result.Error.Message}). Nothing was changed by the failed step; restore a backup if it was edited by hand.", result.Error);
        if (Version(connection) != newestVersion)
            throw new UnreachableException($"The scripts end at schema {Version(connection)}, not {newestVersion}.");
    }

    private static void CreateForOwner(string path)
    {
        // SQLite gives the -wal and -shm files the mode and, for root, the owner of the database: so this one file decides for all three.
        OpenOrCreate(path, FileShare.ReadWrite | FileShare.Delete).Dispose();
        FileOwner.TakeFromFolder(path);
    }

    private static FileStream OpenOrCreate(string path, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (OperatingSystem.IsWindows()) return new FileStream(path, options);
        var mode = FileModes.FileIn(Path.GetDirectoryName(Path.GetFullPath(path))!);
        options.UnixCreateMode = mode;
        var file = new FileStream(path, options);
        FileModes.Widen(file.SafeFileHandle, mode);
        return file;
    }

    private static FileStream Lock(string path)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                var held = OpenOrCreate(path, FileShare.None);
                FileOwner.TakeFromFolder(path);
                return held;
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException) && Stopwatch.GetElapsedTime(started) < BusyTimeout)
            {
                Thread.Sleep(20); // Another process is making the same file; that takes well under a second.
            }
        }
    }
}

/// <summary>A file has the wrong schema; the message says what to do.</summary>
internal sealed class SqliteFileException(string message, Exception? inner = null) : Exception(message, inner);
