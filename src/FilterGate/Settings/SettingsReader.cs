using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using FilterGate.Policy.Documents;

namespace FilterGate.Settings;

/// <summary>Takes values out of a settings document; what is wrong goes to the problems, and the value is left out.</summary>
internal sealed class SettingsReader(ICollection<PolicyProblem> problems, string folder)
{
    /// <summary>The known entries of a mapping; an unknown key is a mistake with the nearest known one.</summary>
    public IEnumerable<DocumentEntry> Entries(DocumentNode node, string[] known, string what)
    {
        if (node.IsNull) yield break;
        if (node is not DocumentMap map)
        {
            Wrong(node, $"{what} must be a mapping of keys to values, not {node.Kind}");
            yield break;
        }
        foreach (var entry in map.Entries)
        {
            if (known.Contains(entry.Key.Text, StringComparer.Ordinal)) yield return entry;
            else Wrong(entry.Key, $"'{entry.Key.Text}' is no key of {what}{Nearest.Suggestion(entry.Key.Text, known)} (known: {string.Join(", ", known)})");
        }
    }

    /// <summary>One address and port.</summary>
    public IPEndPoint? EndPoint(DocumentNode node)
    {
        if (Text(node, "an address and a port") is not { } text) return null;
        if (ListenAddress.TryParse(text, out var endPoint, out var error)) return endPoint;
        Wrong(node, error);
        return null;
    }

    /// <summary>One address and port, or a list of them.</summary>
    public ImmutableArray<IPEndPoint> EndPoints(DocumentNode node) => [.. Items(node).Select(EndPoint).OfType<IPEndPoint>()];

    /// <summary>A mapping of tiers to addresses, or a list of <c>TIER=A:P</c> as on the command line.</summary>
    public ImmutableArray<TierListen> TierEndPoints(DocumentNode node)
    {
        var listens = ImmutableArray.CreateBuilder<TierListen>();
        if (node is DocumentMap map)
        {
            foreach (var (tier, value) in map.Entries)
                foreach (var endPoint in EndPoints(value)) listens.Add(new TierListen(tier.Text, endPoint));
            return listens.ToImmutable();
        }
        foreach (var item in Items(node))
        {
            if (Text(item, "TIER=ADDRESS:PORT") is not { } text) continue;
            if (ListenAddress.TryParseTier(text, out var listen, out var error)) listens.Add(listen);
            else Wrong(item, error);
        }
        return listens.ToImmutable();
    }

    /// <summary>A path; a relative one begins at the folder of the settings file.</summary>
    public string? Path(DocumentNode node) => Text(node, "a path") is { } text ? System.IO.Path.GetFullPath(text, folder) : null;

    /// <summary>A path or a list of paths.</summary>
    public ImmutableArray<string> Paths(DocumentNode node) => [.. Items(node).Select(Path).OfType<string>()];

    /// <summary>A DNS name or a list of them, lower case.</summary>
    public ImmutableArray<string> HostNames(DocumentNode node)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var item in Items(node))
        {
            if (Text(item, "a name such as review.school.example") is not { } text) continue;
            if (Uri.CheckHostName(text) == UriHostNameType.Dns && !text.EndsWith('.') && text.All(char.IsAscii)) names.Add(text.ToLowerInvariant());
            else Wrong(item, $"'{text}' is not a name; write it as review.school.example, without scheme or port");
        }
        return names.ToImmutable();
    }

    /// <summary>A whole number in a range.</summary>
    public int? Number(DocumentNode node, int least, int most)
    {
        if (Text(node, "a number") is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        Wrong(node, string.Create(CultureInfo.InvariantCulture, $"'{text}' is not a whole number from {least} to {most}"));
        return null;
    }

    /// <summary>A time from 1 s to 1 h, written as <c>30s</c>, <c>5m</c> or <c>1h</c>.</summary>
    public TimeSpan? Duration(DocumentNode node)
    {
        if (Text(node, "a time such as 30s") is not { } text) return null;
        if (text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            var seconds = (long)count * text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
            if (seconds is >= 1 and <= 3600) return TimeSpan.FromSeconds(seconds);
        }
        Wrong(node, $"'{text}' is not a time from 1s to 1h; write it as 30s, 5m or 1h");
        return null;
    }

    /// <summary>The items of a list; anything else is a list of itself.</summary>
    public static ImmutableArray<DocumentNode> Items(DocumentNode node) => node is DocumentList list ? list.Items : node.IsNull ? [] : [node];

    /// <summary>A text that is not empty.</summary>
    public string? Text(DocumentNode node, string wanted)
    {
        if (node is DocumentText { IsNull: false, Text.Length: > 0 } text) return text.Text;
        Wrong(node, $"{wanted} is wanted here, not {node.Kind}");
        return null;
    }

    /// <summary>Notes a mistake.</summary>
    public void Wrong(DocumentNode node, string message) => problems.Add(new PolicyProblem(node.Line, node.Column, message));
}
