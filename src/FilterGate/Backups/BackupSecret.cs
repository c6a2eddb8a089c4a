using System.CommandLine;
using System.Text;
using FilterGate.Commands;
using FilterGate.Lists;
using FilterGate.Lists.Locked;

namespace FilterGate.Backups;

/// <summary>What a backup is locked with: a passphrase that a person remembers, or the bytes of a key file.</summary>
/// <param name="IsKeyFile">Which of the two.</param>
/// <param name="Bytes">The passphrase in UTF-8, composed (NFC) so that every keyboard gives the same; or the key.</param>
internal sealed record BackupSecret(bool IsKeyFile, byte[] Bytes)
{
    /// <summary>Fewest characters of a passphrase. Whoever has the file may try as many as they like: four words that do not belong together are a good one.</summary>
    public const int PassphraseLengthMin = 12;

    /// <summary>Length of a key file's key, in bytes: as those of encrypted feeds.</summary>
    public const int KeyLength = LockedBundle.KeyLength;

    // Nobody types more, and a wrong path is noticed.
    private const int PassphraseFileMax = 4096;

    /// <summary>A passphrase.</summary>
    public static BackupSecret OfPassphrase(string passphrase) => new(IsKeyFile: false, Encoding.UTF8.GetBytes(passphrase.Normalize(NormalizationForm.FormC)));

    /// <summary>A key file: 32 bytes, or twice as many hexadecimal digits.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or is no key.</exception>
    public static BackupSecret OfKeyFile(string path)
    {
        try
        {
            return new BackupSecret(IsKeyFile: true, LockedBundle.ReadKey(path));
        }
        catch (ListLoadException problem)
        {
            throw new UserErrorException(problem.Message, inner: problem);
        }
    }

    /// <summary>The first line of a file.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or has none.</exception>
    public static BackupSecret OfPassphraseFile(CommandContext context, string path)
    {
        using var stream = InputFile.Open(context, path);
        var bytes = new byte[PassphraseFileMax + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var line = text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? text[..end] : text;
        if (line.Length == 0 || length > PassphraseFileMax && line.Length == text.Length) throw new UserErrorException($"{path} has no passphrase: its first line is taken, at most {PassphraseFileMax} bytes.");
        return OfPassphrase(line);
    }
}

/// <summary><c>--passphrase-file</c>, <c>--key-file</c>, or a question at a terminal.</summary>
internal sealed class BackupSecretOptions
{
    private readonly Option<string?> _passphraseFile = new("--passphrase-file") { HelpName = "FILE", Description = "a file whose first line is the passphrase; - reads standard input. Without it and without --key-file a terminal is asked" };
    private readonly Option<FileInfo?> _keyFile = new("--key-file") { HelpName = "FILE", Description = "a file with 32 random bytes instead of a passphrase, or twice as many hexadecimal digits" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_passphraseFile);
        command.Options.Add(_keyFile);
    }

    /// <summary>The secret that a new backup is locked with.</summary>
    /// <exception cref="UserErrorException">There is none, it is too short, or it lies in the folder that it is to lock.</exception>
    public BackupSecret ForNew(CommandContext context)
    {
        var path = context.Value(_passphraseFile) is { } file && file != InputFile.Standard ? Path.GetFullPath(file) : context.Value(_keyFile)?.FullName;
        if (path is not null && BackupContents.IsWithin(context.DataFolder, path))
            throw new UserErrorException($"{path} lies in the data folder: whoever lost the box would have lost the key with it. Keep it elsewhere.");
        if (path is not null && !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != UnixFileMode.None)
            context.Error.WriteLine($"filtergate: warning: others may read {path}; chmod 600 {path}");
        var secret = GivenIn(context) ?? Asked(context, "Passphrase of this backup: ");
        if (!secret.IsKeyFile && Encoding.UTF8.GetCharCount(secret.Bytes) < BackupSecret.PassphraseLengthMin)
            throw new UserErrorException($"the passphrase is too short: at least {BackupSecret.PassphraseLengthMin} characters, such as four words that do not belong together.");
        if (path is null && context.Value(_passphraseFile) is null && !Asked(context, "The same again: ").Bytes.AsSpan().SequenceEqual(secret.Bytes)) throw new UserErrorException("the two are not the same; nothing was written.");
        return secret;
    }

    /// <summary>The secret that opens a backup.</summary>
    /// <exception cref="UserErrorException">There is none, or one of the other kind.</exception>
    public BackupSecret ForOpening(CommandContext context, SealedHead head, string name)
    {
        if (head.IsOfKeyFile && context.Value(_keyFile) is null) throw new UserErrorException($"{name} was made with a key file; name it with --key-file FILE.");
        if (!head.IsOfKeyFile && context.Value(_keyFile) is not null) throw new UserErrorException($"{name} was made with a passphrase, not a key file; give --passphrase-file FILE, or neither and type it.");
        return GivenIn(context) ?? Asked(context, "Passphrase of the backup: ");
    }

    private BackupSecret? GivenIn(CommandContext context)
    {
        if (context.Value(_keyFile) is { } key)
            return context.Value(_passphraseFile) is null ? BackupSecret.OfKeyFile(key.FullName) : throw new UserErrorException("give --passphrase-file or --key-file, not both.");
        return context.Value(_passphraseFile) is { } file ? BackupSecret.OfPassphraseFile(context, file) : null;
    }

    private static BackupSecret Asked(CommandContext context, string question)
    {
        if (!context.IsInteractive) throw new UserErrorException("a backup is always encrypted: give --passphrase-file FILE or --key-file FILE, or run this at a terminal to be asked.");
        context.Error.Write(question);
        return BackupSecret.OfPassphrase(context.ReadSecret());
    }
}
