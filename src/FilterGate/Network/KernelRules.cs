using System.Globalization;
using System.Text.Json;
using FilterGate.Commands;

namespace FilterGate.Network;

/// <summary>Puts our rules into the kernel, takes them out, and says how they differ from what should be there.</summary>
internal sealed class KernelRules(NetworkBox box)
{
    private static readonly string Route = NftRules.TproxyMark.ToString(CultureInfo.InvariantCulture);

    /// <summary>The rules of our table as the kernel has them; null when it is not there.</summary>
    /// <exception cref="UserErrorException">The kernel cannot be asked.</exception>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken) => (await ListAsync(cancellationToken))?.Rules;

    /// <summary>Our table as the kernel has it; null when it is not there.</summary>
    /// <exception cref="UserErrorException">The kernel cannot be asked.</exception>
    public async Task<KernelListing?> ListAsync(CancellationToken cancellationToken)
    {
        // All tables first: `list table` fails alike for "none" and for "you may not".
        var tables = await NftAsync(["-j", "list", "tables"], "", cancellationToken);
        if (!IsAmong(tables.Output)) return null;
        string[] list = ["nft", "-s", "list", "table", "inet", "filtergate"];
        var listed = await box.Run(list, "", cancellationToken) ?? throw Absent("nft", "nftables");
        // Gone between the two questions.
        return listed.ExitCode != 0 && listed.Error.Contains("No such file or directory", StringComparison.Ordinal) ? null : KernelListing.Of(Must(listed, "nft").Output);
    }

    // Somebody else's table may be called like ours, in another family.
    private static bool IsAmong(string tables)
    {
        if (!tables.Contains("filtergate", StringComparison.Ordinal)) return false;
        return JsonElement.Parse(tables).GetProperty("nftables").EnumerateArray().Any(item =>
            item.TryGetProperty("table", out var table) && $"{table.GetProperty("family").GetString()} {table.GetProperty("name").GetString()}" == NftRules.Table);
    }

    /// <summary>Asks the kernel whether it would take the rules.</summary>
    /// <exception cref="UserErrorException">It would not.</exception>
    public Task TryAsync(string rules, CancellationToken cancellationToken) => NftAsync(["-c", "-f", "-"], rules, cancellationToken);

    /// <summary>Checks the rules, then puts them in place of what is there, in one piece; and the routes that TPROXY needs.</summary>
    /// <param name="rules">As <see cref="NftRules.Replacing"/> or <see cref="NftRules.Closed"/> says them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="UserErrorException">The kernel refuses them; nothing was changed.</exception>
    public async Task ApplyAsync(string rules, CancellationToken cancellationToken)
    {
        await TryAsync(rules, cancellationToken);
        // Routes before rules: packets that are handed over without them would be routed away from the box.
        var needsRoutes = NftRules.HandOver(rules);
        var hadRoutes = await HasRoutesAsync(cancellationToken) is { Ipv4: true, Ipv6: true };
        try
        {
            if (needsRoutes) await AddRoutesAsync(cancellationToken);
            await NftAsync(["-f", "-"], rules, cancellationToken);
        }
        catch (UserErrorException)
        {
            if (!hadRoutes) await RemoveRoutesAsync(CancellationToken.None);
            throw;
        }

        if (!needsRoutes) await RemoveRoutesAsync(cancellationToken);
    }

    /// <summary>Goes back to what <see cref="ReadAsync"/> gave, with the routes that it needs.</summary>
    public async Task RestoreAsync(string? before, bool withRoutes, CancellationToken cancellationToken)
    {
        if (withRoutes) await AddRoutesAsync(cancellationToken);
        await NftAsync(["-f", "-"], $"table {NftRules.Table}\ndelete table {NftRules.Table}\n{before}", cancellationToken);
        if (!withRoutes) await RemoveRoutesAsync(cancellationToken);
    }

    /// <summary>Takes everything of ours out. False when nothing was there.</summary>
    public async Task<bool> RemoveAsync(CancellationToken cancellationToken)
    {
        var wasThere = await ReadAsync(cancellationToken) is not null;
        if (wasThere) await NftAsync(["delete", "table", "inet", "filtergate"], "", cancellationToken);
        return await RemoveRoutesAsync(cancellationToken) | wasThere;
    }

    /// <summary>Lines that the kernel lacks, and lines that it has beside ours; both empty when all is as it should be.</summary>
    /// <remarks>
    /// The kernel and <c>nft</c> write rules in a form of their own, so the plan's are loaded too, in a network namespace that ends with the question, and both are read back alike.
    /// </remarks>
    public async Task<(IReadOnlyList<string> Missing, IReadOnlyList<string> Foreign)> CompareAsync(NetworkPlan plan, CancellationToken cancellationToken)
    {
        var actual = await ReadAsync(cancellationToken);
        var wanted = await MustAsync(["unshare", "--net", "sh", "-c", "nft -f - && nft -s list table inet filtergate"], NftRules.Replacing(plan), "util-linux", cancellationToken);
        var (should, isThere) = (Statements(wanted.Output), Statements(actual ?? ""));
        return (Without(should, isThere), Without(isThere, should));
    }

    /// <summary>True for each family whose packets TPROXY keeps on this box.</summary>
    public async Task<(bool Ipv4, bool Ipv6)> HasRoutesAsync(CancellationToken cancellationToken) => (await HasRouteAsync("-4", cancellationToken), await HasRouteAsync("-6", cancellationToken));

    private async Task<bool> HasRouteAsync(string family, CancellationToken cancellationToken)
    {
        var rule = await IpAsync([family, "rule", "list"], cancellationToken);
        var route = await IpAsync([family, "route", "show", "table", Route], cancellationToken);
        return rule.Output.Contains($"lookup {Route}", StringComparison.Ordinal) && route.Output.Contains("local default dev lo", StringComparison.Ordinal);
    }

    private async Task AddRoutesAsync(CancellationToken cancellationToken)
    {
        foreach (var family in new[] { "-4", "-6" })
        {
            if (await HasRouteAsync(family, cancellationToken)) continue;
            await IpAsync([family, "rule", "del", "fwmark", Route, "lookup", Route], cancellationToken);
            Must(await IpAsync([family, "rule", "add", "fwmark", Route, "lookup", Route], cancellationToken), "ip rule add");
            Must(await IpAsync([family, "route", "replace", "local", "default", "dev", "lo", "table", Route], cancellationToken), "ip route replace");
        }
    }

    private async Task<bool> RemoveRoutesAsync(CancellationToken cancellationToken)
    {
        var removed = false;
        foreach (var family in new[] { "-4", "-6" })
        {
            removed |= (await IpAsync([family, "rule", "del", "fwmark", Route, "lookup", Route], cancellationToken)).ExitCode == 0;
            await IpAsync([family, "route", "flush", "table", Route], cancellationToken);
        }

        return removed;
    }

    private Task<ProgramEnd> NftAsync(string[] arguments, string input, CancellationToken cancellationToken) => MustAsync(["nft", .. arguments], input, "nftables", cancellationToken);

    private async Task<ProgramEnd> IpAsync(string[] arguments, CancellationToken cancellationToken) =>
        await box.Run(["ip", .. arguments], "", cancellationToken) ?? throw Absent("ip", "iproute2");

    private async Task<ProgramEnd> MustAsync(string[] command, string input, string package, CancellationToken cancellationToken) =>
        Must(await box.Run(command, input, cancellationToken) ?? throw Absent(command[0], package), command[0]);

    private static ProgramEnd Must(ProgramEnd ended, string what)
    {
        if (ended.ExitCode == 0) return ended;
        var reason = ended.Error.Trim();
        throw new UserErrorException(reason.Contains("Operation not permitted", StringComparison.Ordinal)
            ? $"{what}: only root may look at the box's rules and change them; run this with sudo"
            : $"{what} refused, and nothing was changed: {reason}");
    }

    private static UserErrorException Absent(string program, string package) => new($"this box has no {program}; install Debian's package {package}");

    /// <summary>One line a statement, with the chain or set that it stands in; elements of a set are each a statement of their own.</summary>
    private static List<string> Statements(string listing)
    {
        var (statements, block, elements) = (new List<string>(), "", "");
        foreach (var raw in listing.Split('\n'))
        {
            var line = string.Join(' ', raw.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            if (elements.Length > 0 || line.StartsWith("elements = {", StringComparison.Ordinal))
            {
                elements += $" {line}";
                if (!line.EndsWith('}')) continue;
                var inner = elements[(elements.IndexOf('{', StringComparison.Ordinal) + 1)..elements.LastIndexOf('}')];
                statements.AddRange(inner.Split(',', StringSplitOptions.TrimEntries).Select(e => $"{block}: {e}"));
                elements = "";
            }
            else if (line.EndsWith('{'))
            {
                block = line.TrimEnd('{', ' ');
                statements.Add(block);
            }
            else if (line.Length > 0 && line != "}") statements.Add($"{block}: {line}");
        }

        return statements;
    }

    /// <summary>What the first has beyond the second, each as often as it is missing. The order of rules counts: a rule that is there, but elsewhere, is reported by <see cref="OutOfOrder"/>.</summary>
    private static List<string> Without(List<string> all, List<string> there)
    {
        var rest = there.CountBy(s => s, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var missing = all.Where(statement => !(rest.TryGetValue(statement, out var count) && count > 0 && (rest[statement] = count - 1) >= 0)).ToList();
        return missing.Count == 0 && all.Count == there.Count && OutOfOrder(all, there) is { } moved ? [moved] : missing;
    }

    private static string? OutOfOrder(List<string> all, List<string> there)
    {
        for (var i = 0; i < all.Count; i++)
            if (all[i] != there[i]) return $"{all[i]} (it is there, in another order)";
        return null;
    }
}
