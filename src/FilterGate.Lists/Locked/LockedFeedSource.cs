namespace FilterGate.Lists.Locked;

/// <summary>How a locked feed is written.</summary>
public enum LockedFormat
{
    /// <summary>A URL or a host a line; <c>#</c> begins a remark, and the remark <c># verification</c> marks an address put there to try filters.</summary>
    Urls,

    /// <summary>Comma-separated values (RFC 4180) with a line of headings.</summary>
    Csv,

    /// <summary>A hash a line, in hexadecimal: see <see cref="LockedFeedReader"/>.</summary>
    Hashed,

    /// <summary>Any of the others, encrypted: see <see cref="LockedBundle"/>.</summary>
    Bundle,
}

/// <summary>Where a locked feed comes from: a file that the supplier's own client puts on this box. FilterGate fetches none itself, because delivery needs membership.</summary>
/// <param name="Feed">Which list.</param>
/// <param name="File">The file, absolute. Deleted once it is in force, unless it is a bundle.</param>
/// <param name="Format">How it is written.</param>
public sealed record LockedFeedSource(LockedFeedKind Feed, string File, LockedFormat Format)
{
    /// <summary>For a bundle the 32 bytes that it is encrypted with; for a list of hashes the key of an HMAC. Raw, or in hexadecimal. Null when there is none.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Heading of the column with the entry. Default <c>url</c>.</summary>
    public string EntryColumn { get; init; } = "url";

    /// <summary>Heading of the column with one of our locked slugs; what has none is in the feed's own category. Null when there is no such column.</summary>
    public string? CategoryColumn { get; init; }

    /// <summary>Heading of the column that marks an address put there to try filters: <c>1</c>, <c>true</c>, <c>yes</c> or <c>verification</c>. Default <c>verification</c>; a feed need not have it.</summary>
    public string VerificationColumn { get; init; } = "verification";
}
