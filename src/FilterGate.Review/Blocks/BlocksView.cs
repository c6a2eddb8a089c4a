using System.Globalization;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Blocks;

/// <summary>What the page of emergency blocks shows: what is closed for everybody, and the form to close one more.</summary>
public sealed record BlocksView
{
    /// <summary>Where the page is.</summary>
    public const string Path = "/blocks";

    /// <summary>Blocks that the page shows; emergencies are few, and the technician lists all of them with <c>block list --all</c>.</summary>
    public const int RowsMax = 200;

    /// <summary>The blocks, newest first.</summary>
    public required IReadOnlyList<EmergencyBlockRecord> Rows { get; init; }

    /// <summary>True where lifted ones are among them.</summary>
    public required bool IsAll { get; init; }

    /// <summary>True for somebody who may close a site.</summary>
    public required bool MayBlock { get; init; }

    /// <summary>What stands in the form: as sent where it was refused, so that nothing that somebody wrote is lost; else what a link offers.</summary>
    public required (string Address, string Nature, string Reason, string Answers) Form { get; init; }

    /// <summary>What the address bar says that could not be understood.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The policy, for names and times.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gathers it: one read of the state.</summary>
    /// <param name="request">What was asked or sent.</param>
    /// <param name="mayBlock">Whether the reader may close a site.</param>
    /// <param name="state">The state.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="tongue">The language of the page.</param>
    /// <param name="now">Now.</param>
    public static BlocksView Of(HttpRequest request, bool mayBlock, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(state);
        var fields = new AddressFields(request.Query, tongue);
        var isAll = fields.Choice<BlockShow>("show", "what is closed now is shown") == BlockShow.All;
        var sent = HttpMethods.IsPost(request.Method) ? request.Form : null;
        return new BlocksView
        {
            Rows = state.EmergencyBlocks(isAll, RowsMax), IsAll = isAll, MayBlock = mayBlock, Policy = policy, Now = now,
            Form = sent is null
                ? (fields.Text("site") ?? "", "", "", fields.Text("answers") ?? "")
                : (sent["address"].ToString(), sent["nature"].ToString(), sent["reason"].ToString(), sent["answers"].ToString()),
            Problems = fields.Problems,
        };
    }

    /// <summary>Where the page of one block is.</summary>
    public static string Link(long id) => $"{Path}/{id.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>Which blocks.</summary>
public enum BlockShow
{
    /// <summary>Those in force.</summary>
    Now,

    /// <summary>Lifted ones too.</summary>
    All,
}
