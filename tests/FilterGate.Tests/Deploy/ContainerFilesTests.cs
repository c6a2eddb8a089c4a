using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using FilterGate.Commands;
using FilterGate.Policy.Documents;
using FilterGate.Proxy;
using FilterGate.Testing;

namespace FilterGate.Tests.Deploy;

/// <summary>Image and compose file name what there is: sources, packages, folders, account and commands. That the image can be built is not shown here.</summary>
public sealed partial class ContainerFilesTests
{
    private const string Account = "10001:10001";

    private static readonly CommandHost Host = new();

    private static string Deploy(params string[] path) => Path.Combine([Repository.Root, "deploy", .. path]);

    private static string[] Dockerfile { get; } = File.ReadAllText(Deploy("container", "Dockerfile")).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#')).ToArray();

    private static DocumentMap Services { get; } = (DocumentMap)Of((DocumentMap)DocumentSource.Read(File.ReadAllText(Deploy("container", "compose.yaml")), [])!, "services")!;

    private static string Words(string instruction) => Dockerfile.Last(line => line.StartsWith(instruction + " ", StringComparison.Ordinal))[(instruction.Length + 1)..];

    private static DocumentNode? Of(DocumentMap map, string key) => map.Entries.FirstOrDefault(e => e.Key.Text == key)?.Value;

    private static string[] Texts(DocumentNode? node) => node is DocumentList list ? [.. list.Items.Select(i => ((DocumentText)i).Text)] : node is DocumentText text ? [text.Text] : [];

    private static void MustBeACommand(IReadOnlyList<string> words) => Assert.That(CommandLine.Build(Host).Parse(words).Errors.Select(e => e.Message), Is.Empty, string.Join(' ', words));

    [Test]
    public void Image_IsThePackageThatIsTested()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dockerfile[0], Does.StartWith("FROM ").And.EndWith(" AS package"));
            Assert.That(Dockerfile, Does.Contain("RUN deploy/package --arch \"$TARGETARCH\" --out /package"));
            Assert.That(Deploy("package"), Does.Exist);
            Assert.That(Dockerfile.Single(line => line.StartsWith("RUN --mount", StringComparison.Ordinal)), Does.Contain("from=package,source=/package").And.Contain("/package/*.deb"));
            Assert.That(File.ReadAllText(Deploy("package")), Does.Contain("$root/usr/bin/filtergate").And.Contain("$root/etc/filtergate/filtergate.yaml"));
            Assert.That(File.ReadAllText(Deploy("debian", "postinst")), Does.Contain("getent passwd filtergate"), "the account of the image is taken as it is");
        }
    }

    /// <summary>What is left out of the build is nothing that a project of the program names.</summary>
    [Test]
    public void Context_HasAllThatTheProgramIsBuiltFrom()
    {
        var leftOut = File.ReadAllLines(Deploy("container", "Dockerfile.dockerignore")).Where(line => line.Length > 0 && !line.StartsWith('#')).ToList();
        Assert.That(leftOut, Does.Contain(".git").And.Contain("**/bin").And.Contain("**/obj"));
        var used = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories).SelectMany(project => OutsideOfSource().Matches(File.ReadAllText(project)).Select(m => m.Groups[1].Value)).Distinct().ToList();
        Assert.That(used, Does.Contain("blocklists").And.Contain("seeds").And.Contain("docs"));
        Assert.That(used.Concat(["src", "deploy", "global.json", "Directory.Build.props", "Directory.Packages.props"]).Intersect(leftOut, StringComparer.Ordinal), Is.Empty);
    }

    [Test]
    public void Image_RunsAsAnAccountThatStays()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Words("USER"), Is.EqualTo(Account));
            Assert.That(string.Join(' ', Dockerfile), Does.Contain("--gid 10001 filtergate").And.Contain("--uid 10001").And.Contain("--home-dir " + Host.InstalledDataFolder));
            Assert.That(JsonSerializer.Deserialize<string[]>(Words("VOLUME")), Is.EqualTo([Path.GetDirectoryName(Host.InstalledSettingsPath), Host.InstalledDataFolder]));
            Assert.That(JsonSerializer.Deserialize<string[]>(Words("ENTRYPOINT")), Is.EqualTo(["/usr/bin/filtergate"]));
        }
        MustBeACommand(JsonSerializer.Deserialize<string[]>(Words("CMD"))!);
        var check = JsonSerializer.Deserialize<string[]>(Words("HEALTHCHECK")[Words("HEALTHCHECK").IndexOf('[', StringComparison.Ordinal)..])!;
        Assert.That(check[0], Is.EqualTo("/usr/bin/filtergate"));
        MustBeACommand(check[1..]);
    }

    [TestCase("gateway", "proxy", "filtergate.service")]
    [TestCase("review", "review", "filtergate-review.service")]
    public void Service_HasNoRightAndWhatItsUnitHas(string name, string half, string unitFile)
    {
        var service = (DocumentMap)Of(Services, name)!;
        var unit = File.ReadAllText(Deploy("systemd", unitFile));
        string One(string key) => ((DocumentText)Of(service, key)!).Text;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Texts(Of(service, "command")), Is.EqualTo(["run", "--only", half]));
            Assert.That(unit, Does.Contain($"ExecStart=/usr/bin/filtergate run --only {half}\n").And.Contain($"TimeoutStopSec={One("stop_grace_period").TrimEnd('s')}\n").And.Contain($"LimitNOFILE={((DocumentText)Of((DocumentMap)Of(service, "ulimits")!, "nofile")!).Text}\n"));
            Assert.That((One("user"), One("read_only"), One("network_mode"), One("restart")), Is.EqualTo((Account, "true", "host", "always")));
            Assert.That(Texts(Of(service, "cap_drop")), Is.EqualTo(["ALL"]));
            Assert.That(Of(service, "cap_add"), Is.Null);
            Assert.That(Of(service, "privileged"), Is.Null);
            Assert.That(Texts(Of(service, "security_opt")), Is.EqualTo(["no-new-privileges:true"]));
            Assert.That(Texts(Of(service, "volumes")), Is.EqualTo([$"settings:{Path.GetDirectoryName(Host.InstalledSettingsPath)}", $"data:{Host.InstalledDataFolder}"]));
        }
        MustBeACommand(Texts(Of(service, "command")));
        var check = Texts(Of((DocumentMap)Of(service, "healthcheck")!, "test"));
        Assert.That(check[..2], Is.EqualTo(["CMD", "/usr/bin/filtergate"]));
        MustBeACommand(check[2..]);
    }

    [Test]
    public void Compose_BuildsFromTheRoot()
    {
        var build = (DocumentMap)Of((DocumentMap)Of(Services, "gateway")!, "build")!;
        var root = Path.GetFullPath(((DocumentText)Of(build, "context")!).Text, Deploy("container"));
        Assert.That(root, Is.EqualTo(Path.GetFullPath(Repository.Root)));
        Assert.That(Path.Combine(root, ((DocumentText)Of(build, "dockerfile")!).Text), Does.Exist);
    }

    /// <summary>A connection has a file towards the client and one towards the site.</summary>
    [Test]
    public void OpenFiles_AreEnoughForEveryConnection()
    {
        var files = int.Parse(LimitOfFiles().Match(File.ReadAllText(Deploy("systemd", "filtergate.service"))).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.That(files, Is.GreaterThan(2 * new GatewayLimits().ConnectionsMax));
    }

    [GeneratedRegex("Include=\"\\.\\./\\.\\./([^/\"]+)", RegexOptions.None, 5000)]
    private static partial Regex OutsideOfSource();

    [GeneratedRegex("^LimitNOFILE=([0-9]+)$", RegexOptions.Multiline, 5000)]
    private static partial Regex LimitOfFiles();
}
