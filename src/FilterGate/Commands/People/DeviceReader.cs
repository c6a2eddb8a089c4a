using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using FilterGate.Policy.People;

namespace FilterGate.Commands.People;

/// <summary>A device as written in a row or on the command line: words, not yet checked. Null for what is not said.</summary>
internal sealed record DeviceWords
{
    public string? Name { get; init; }
    public string? Address { get; init; }
    public string? Mac { get; init; }
    public string? Group { get; init; }
    public string? Person { get; init; }
    public string? Trolley { get; init; }
}

/// <summary>Checks devices, one by one and against each other. Every mistake is reported; a device with one is not given back.</summary>
internal sealed class DeviceReader(SchoolRecords records)
{
    /// <summary>The columns of a file of devices, as exports write them.</summary>
    public static IReadOnlyList<CsvColumn> Columns { get; } =
    [
        new("name", "device", "device name", "asset", "asset tag"), new("address", "ip", "ip address", "ipv4"), new("mac", "mac address", "wifi mac", "hardware address"), new("group", "class"),
        new("person", "user", "assigned to", "on loan to"), new("trolley", "shared"),
    ];

    private readonly Dictionary<string, int> _names = new(RosterIds.Comparer);
    private readonly Dictionary<string, int> _addresses = new(StringComparer.Ordinal);

    /// <summary>Reads the rows of a file.</summary>
    public IReadOnlyList<Device> ReadAll(IReadOnlyList<CsvLine> rows, InputProblems problems)
    {
        var devices = new List<Device>(rows.Count);
        foreach (var row in rows)
        {
            var words = new DeviceWords { Name = row["name"], Address = row["address"], Mac = row["mac"], Group = row["group"], Person = row["person"], Trolley = row["trolley"] };
            if (Read(words, row.Line, problems) is { } device) devices.Add(device);
        }
        return devices;
    }

    /// <summary>Reads one device.</summary>
    /// <param name="words">As written.</param>
    /// <param name="line">The line of a file, or 0.</param>
    /// <param name="problems">Gets what is wrong.</param>
    public Device? Read(DeviceWords words, int line, InputProblems problems)
    {
        var before = problems.Mistakes;
        var name = ReadName(words.Name);
        var address = ReadAddress(words.Address);
        var mac = ReadMac(words.Mac);
        var group = ReadGroup(words.Group);
        var person = ReadPerson(words.Person);
        var isTrolley = ReadYesNo(words.Trolley);
        if (words.Address is null && words.Mac is null) Wrong("address", "neither an address nor a hardware address (mac): nothing would be known by it; write one");
        if (isTrolley && words.Person is not null) Wrong("person", "a device of a trolley is on loan to nobody: leave person empty, or write no under trolley");
        return problems.Mistakes > before || name is null
            ? null
            : new Device(name) { Address = address, Mac = mac, Group = group, Person = person, IsTrolley = isTrolley };

        void Wrong(string column, string message) => problems.Wrong(line, column, message);

        void Odd(string column, string message) => problems.Odd(line, column, message);

        string? ReadName(string? text)
        {
            if (text is null) Wrong("name", "it is missing; use the name of the school's records, such as ipad-14");
            else if (!RosterIds.IsValid(text)) Wrong("name", $"'{text}' cannot name a device: {RosterIds.Form}");
            else if (!_names.TryAdd(text, line)) Wrong("name", $"'{text}' is in line {_names[text]} already; each device has one row");
            else return text;
            return null;
        }

        IPAddress? ReadAddress(string? text)
        {
            if (text is null) return null;
            // The platform reads 10.1 as 10.0.0.1 and 010.20.1.7 as 8.20.1.7: only what reads back as it was written is meant.
            if (!IPAddress.TryParse(text, out var read) || (read.AddressFamily == AddressFamily.InterNetwork && read.ToString() != text) || text.Contains('%', StringComparison.Ordinal))
            {
                Wrong("address", $"'{text}' is no address; write 10.20.1.7, without zeros in front");
                return null;
            }
            if (read.IsIPv4MappedToIPv6) read = read.MapToIPv4();
            if (!records.Document.Networks.Any(n => n.Contains(read)))
                Wrong("address", $"{read} is outside the school's networks ({string.Join(", ", records.Document.Networks)}) and would be refused; correct it, or add its range to networks in the policy");
            else if (records.Document.Networks.Any(n => IsEdge(n, read))) Wrong("address", $"{read} is the address of a network, not of a device");
            else if (!_addresses.TryAdd(read.ToString(), line)) Wrong("address", $"{read} is in line {_addresses[read.ToString()]} already; each device has its own");
            else
            {
                if (records.Document.Clients.FirstOrDefault(c => c.Device is not null && c.Network.BaseAddress.Equals(read)) is { } entry && !RosterIds.Comparer.Equals(entry.Device, words.Name))
                    Odd("address", $"the policy calls {read} '{entry.Device}' (under clients); use one name for it");
                return read;
            }
            return null;
        }

        PhysicalAddress? ReadMac(string? text)
        {
            if (text is null) return null;
            if (!MacAddress.TryParse(text, out var mac)) Wrong("mac", $"'{text}' is no hardware address; write a4:83:e7:00:00:01");
            else if (!_addresses.TryAdd(MacAddress.Spell(mac), line)) Wrong("mac", $"{MacAddress.Spell(mac)} is in line {_addresses[MacAddress.Spell(mac)]} already; each device has its own");
            else
            {
                if (MacAddress.IsMadeUp(mac)) Odd("mac", $"{MacAddress.Spell(mac)} is one that the device made up and will change; turn 'private address' off for the school's network on it, and write its real one");
                return mac;
            }
            return null;
        }

        string? ReadGroup(string? text)
        {
            if (text is null) return null;
            var found = records.FindGroup(text, out var problem);
            if (found is null) Wrong("group", problem);
            return found;
        }

        string? ReadPerson(string? text)
        {
            if (text is null) return null;
            if (records.Roster.FindPerson(text) is { } known) return known.Id;
            Wrong("person", $"{SchoolRecords.Shown(text)} is not among the people; write an id of the roster (filtergate people list), or import the people first");
            return null;
        }

        bool ReadYesNo(string? text)
        {
            switch (text?.ToLowerInvariant())
            {
                case null or "no" or "n" or "false" or "0": return false;
                case "yes" or "y" or "true" or "1": return true;
                default: Wrong("trolley", $"{SchoolRecords.Shown(text)} is neither yes nor no"); return false;
            }
        }
    }

    /// <summary>True for the first address of an IPv4 network, and for its last, which goes to everybody.</summary>
    private static bool IsEdge(IPNetwork network, IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetwork || network.PrefixLength > 30) return false;
        if (address.Equals(network.BaseAddress)) return true;
        var hostBits = uint.MaxValue >> network.PrefixLength;
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
        return (number & hostBits) == hostBits;
    }
}
