using FilterGate.Events;
using FilterGate.Policy.People;
using FilterGate.Review.Accounts;
using FilterGate.State;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Site;

/// <summary>Other people's addresses, tried by everybody who has an account: a row a thing that somebody did, in every address that leads to it, and a column a reader. Whose acts are whose to see is <see cref="SightTests"/>; here it is asked of the real pages, downloads and forms.</summary>
[TestFixture]
internal sealed class OtherPeopleTests
{
    private const string Leads = "dsl deputy-dsl", Heads = "head deputy-head", Chairs = "chair vice-chair";

    private static readonly string[] Readers = ["dsl", "deputy-dsl", "head", "deputy-head", "chair", "vice-chair", "g-shaw", "t-hill", "t-park", "technician", "a-moss", "office"];

    private static readonly Roster People = new(
        [.. SampleDay.People.People, new Person("deputy-head", "The Deputy", "teachers", PersonRole.Staff)],
        [.. SampleDay.People.Devices, new Device("laptop-staff") { Group = "teachers" }]);

    /// <summary>What is to be seen or not, and whose it is: words that stand nowhere but in it.</summary>
    private static readonly (FilterEvent Act, string Marker, string Who, string Path, string SeenBy)[] Things =
    [
        (SampleDay.Worrying, "how to hurt myself", "person:p402", "/person/p402", $"{Leads} {Heads}"),
        (SampleDay.Blocked(-40, person: null, "tablet-puzzles.example", device: "ipad-14"), "tablet-puzzles", "device:ipad-14", "/device/ipad-14", $"{Leads} {Heads}"),
        (Search("t-hill", "another job near here"), "another job near here", "person:t-hill", "/person/t-hill", Heads),
        (SampleDay.Blocked(-35, person: null, "staffroom-shop.example", group: "teachers", tier: "staff", device: "laptop-staff"), "staffroom-shop", "device:laptop-staff", "/device/laptop-staff", Heads),
        (Search("dsl", "holidays of the lead"), "holidays of the lead", "person:dsl", "/person/dsl", Heads),
        // Nobody sees their own; the head's are the chair's to see, also on a device that is the head's.
        (Search("deputy-head", "houses by the sea"), "houses by the sea", "person:deputy-head", "/person/deputy-head", "head"),
        (Search("head", "when may a head retire"), "when may a head retire", "person:head", "/person/head", Chairs),
        (SampleDay.Blocked(-33, "head", "head-shop.example", group: "teachers", tier: "staff", device: "laptop-head"), "head-shop", "person:head", "/device/laptop-head", Chairs),
    ];

    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private readonly Dictionary<string, Visitor> _visitors = new(StringComparer.Ordinal);

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        var policy = SamplePolicy.With(People);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds([.. Things.Select(thing => thing.Act)])), () => policy, clock: _clock);
        foreach (var thing in Things) await _site.Events.CommitAsync(thing.Act, giveReference: false);
        var secrets = new List<byte[]>();
        foreach (var reader in Readers) secrets.Add(await Visitor.EnrolAsync(_site, reader, _clock));
        // So many people do it at one address in two quarters of an hour.
        _clock.Advance(AddressLimit.Window);
        foreach (var (reader, secret) in Readers.Zip(secrets))
        {
            _visitors[reader] = new Visitor(_site.Address);
            using var answer = await _visitors[reader].SignInAsync(reader, Visitor.Password, Totp.Code(secret, Totp.StepAt(_clock.GetUtcNow())));
            Assert.That((int)answer.StatusCode, Is.EqualTo(302), reader);
        }
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var visitor in _visitors.Values) visitor.Dispose();
        if (_site is not null) await _site.DisposeAsync();
    }

    private static IEnumerable<TestCaseData> Pages()
    {
        foreach (var (act, marker, who, path, seenBy) in Things)
        {
            var asked = Uri.EscapeDataString(who);
            List<string> addresses =
            [
                $"/review?who={asked}&when=week&state=all", "/review?when=week&state=all&acts=all", $"/review?who={asked}&when=week&state=all&text={Uri.EscapeDataString(marker)}", $"/review/act/{act.Id:N}", $"/review/act/{act.Id:D}?query=show",
                path, $"{path}?query=show", path.ToUpperInvariant().Replace("/PERSON/", "/person/", StringComparison.Ordinal).Replace("/DEVICE/", "/device/", StringComparison.Ordinal),
            ];
            if (act.SearchWords is not null) addresses.AddRange([$"/searches?who={asked}&when=week", "/searches?when=week"]);
            foreach (var address in addresses) yield return new TestCaseData(address, marker, seenBy).SetName($"{marker}: GET {address}");
        }
    }

    [TestCaseSource(nameof(Pages))]
    public async Task Page_OfSomebodysAct_IsForThoseWhoMaySeeIt(string address, string marker, string seenBy)
    {
        var seen = new List<string>();
        foreach (var reader in Readers)
        {
            using var answer = await _visitors[reader].GetAsync(address);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.That((int)answer.StatusCode, Is.LessThan(500), reader);
            // What was asked for may stand in the field again; that it was found may not.
            if (text.Replace($"value=\"{marker}\"", "", StringComparison.Ordinal).Replace($"text={Uri.EscapeDataString(marker)}", "", StringComparison.Ordinal).Contains(marker, StringComparison.Ordinal)) seen.Add(reader);
        }
        Assert.That(string.Join(' ', seen), Is.EqualTo(seenBy), await _visitors[seenBy.Split(' ')[0]].ReadAsync(address));
    }

    /// <summary>A download is for the lead, the deputies and the head; it has what its reader may see, whatever is asked for.</summary>
    [TestCaseSource(nameof(Downloads))]
    public async Task Download_HasWhatItsReaderMaySee(string address, string marker, string seenBy)
    {
        var seen = new List<string>();
        foreach (var reader in Readers)
        {
            using var answer = await _visitors[reader].GetAsync(address);
            Assert.That((int)answer.StatusCode, Is.EqualTo($"{Leads} {Heads}".Split(' ').Contains(reader) ? 200 : 403), reader);
            if ((await answer.Content.ReadAsStringAsync()).Contains(marker, StringComparison.Ordinal)) seen.Add(reader);
        }
        Assert.That(seen, Is.EqualTo(seenBy.Split(' ').Intersect($"{Leads} {Heads}".Split(' '))));
    }

    private static IEnumerable<TestCaseData> Downloads() => Things.SelectMany(thing => new[] { $"/review/acts.csv?who={Uri.EscapeDataString(thing.Who)}&when=week&state=all&acts=all", "/review/acts.csv?when=week&state=all&acts=all" }
        .Select(address => new TestCaseData(address, thing.Marker, thing.SeenBy).SetName($"{thing.Marker}: GET {address}")));

    /// <summary>Person by person too: a count is something that is seen.</summary>
    [TestCaseSource(nameof(Persons))]
    public async Task People_ByTheirCounts_AreThoseWhoMayBeSeen(string who, string seenBy)
    {
        var seen = new List<string>();
        foreach (var reader in Readers)
            if ((await _visitors[reader].ReadAsync($"/review?by=people&when=week&who={Uri.EscapeDataString(who)}")).Contains($"<td role=\"cell\" class=\"site\"><a href=\"/review?when=week&amp;state=all&amp;who={Uri.EscapeDataString(who)}\">", StringComparison.Ordinal)) seen.Add(reader);
        Assert.That(string.Join(' ', seen), Is.EqualTo(seenBy));
    }

    private static IEnumerable<TestCaseData> Persons() => Things.DistinctBy(thing => thing.Who).Select(thing => new TestCaseData(thing.Who, thing.SeenBy).SetName($"Counts of {thing.Who}"));

    /// <summary>Nobody concludes what they may not see, alone or among what they may.</summary>
    [TestCaseSource(nameof(Acts))]
    public async Task Conclude_AnActThatIsNotTheirs_ChangesNothing(int place, string seenBy)
    {
        var act = Things[place].Act;
        foreach (var reader in Readers)
        {
            var before = _site.State.ReviewHistory(act.Id).Count;
            using var answer = await _visitors[reader].SendAsync("/account", "/review/conclude", ("act", act.Id.ToString("N")), ("conclude", "none"), ("return", "/review"));
            Assert.That(_site.State.ReviewHistory(act.Id).Count - before, Is.EqualTo(seenBy.Split(' ').Contains(reader) ? 1 : 0), reader);
        }
    }

    private static IEnumerable<TestCaseData> Acts() => Things.Index().Select(thing => new TestCaseData(thing.Index, thing.Item.SeenBy).SetName($"{thing.Item.Marker}: POST /review/conclude"));

    /// <summary>What somebody concluded is theirs to take back, and nobody else's: the number of a batch is easily guessed.</summary>
    [Test]
    public async Task Undo_SomebodyElsesBatch_ChangesNothing()
    {
        var batch = _site.State.ConcludeActs([(SampleDay.Worrying.Id, SampleDay.Worrying.Time)], Conclusion.Concern, note: null, "dsl");
        foreach (var reader in Readers.Where(reader => reader != "dsl"))
            using (await _visitors[reader].SendAsync("/account", "/review/undo", ("batch", $"{batch}"), ("return", "/review"))) { }
        Assert.That(_site.State.ReviewsOf([SampleDay.Worrying.Id]).Values.Select(review => review.Conclusion), Is.EqualTo(new[] { Conclusion.Concern }));
        using (await _visitors["dsl"].SendAsync("/account", "/review/undo", ("batch", $"{batch}"), ("return", "/review"))) { }
        Assert.That(_site.State.ReviewHistory(SampleDay.Worrying.Id)[0].Batch, Is.GreaterThan(batch));
    }

    /// <summary>A kept view may name a child: it is its keeper's to see and to remove.</summary>
    [TestCase("dsl")]
    [TestCase("head")]
    [TestCase("chair")]
    public async Task SavedViews_OfAnotherPerson_AreNeitherShownNorRemoved(string keeper)
    {
        var name = $"kept by {keeper}";
        using (await _visitors[keeper].SendAsync("/account", "/review/views", ("name", name), ("return", "/review?who=person%3Ap402&when=week"))) { }
        var id = _site.State.SavedViews(keeper, "review").Single(view => view.Name == name).Id;
        foreach (var reader in Readers.Where(reader => reader != keeper))
        {
            Assert.That(await _visitors[reader].ReadAsync("/review"), Does.Not.Contain(name), reader);
            using (await _visitors[reader].SendAsync("/account", "/review/views", ("remove", $"{id}"), ("return", "/review"))) { }
            Assert.That(_site.State.SavedViews(keeper, "review").Select(view => view.Id), Does.Contain(id), reader);
        }
        Assert.That(await _visitors[keeper].ReadAsync("/review"), Does.Contain(name));
        using (await _visitors[keeper].SendAsync("/account", "/review/views", ("remove", $"{id}"), ("return", "/review"))) { }
        Assert.That(_site.State.SavedViews(keeper, "review").Select(view => view.Id), Does.Not.Contain(id));
    }

    /// <summary>The log has every host for whoever runs the filter; whose it was and what was typed only for those who may see that person's acts.</summary>
    [Test]
    public async Task Log_SaysWhoseItWas_ToThoseWhoMaySeeIt()
    {
        foreach (var reader in Readers)
        {
            var log = await _visitors[reader].ReadAsync("/log?when=week&query=show");
            foreach (var (act, _, _, _, seenBy) in Things.Where(thing => thing.Act.Person is not null))
                Assert.That(log.Contains($"<b>{act.Person}</b>", StringComparison.Ordinal), Is.EqualTo($"{Leads} {Heads}".Split(' ').Contains(reader) && seenBy.Split(' ').Contains(reader)), $"{act.Person} by {reader}");
        }
    }

    /// <summary>What was refused is no look: the audit has rows of those who saw somebody, and of nobody who did not.</summary>
    [Test]
    public async Task Audit_HasTheLooksThatWere()
    {
        int Looks(string reader) => _site.State.Audits(new AuditQuery { Actions = ["look.person"], Actor = reader, About = "person:head", Limit = 100 }).Rows.Count;
        var before = Readers.ToDictionary(reader => reader, Looks);
        foreach (var reader in Readers)
            using (await _visitors[reader].GetAsync("/person/head")) { }
        Assert.That(string.Join(' ', Readers.Where(reader => Looks(reader) > before[reader])), Is.EqualTo(Chairs));
    }

    private static FilterEvent Search(string person, string words) => SampleDay.Worrying with
    {
        Id = Guid.Empty, Time = RunningSite.Now.AddMinutes(-45), Person = person, Group = "teachers", Tier = "staff", SearchWords = words, Url = $"https://search.example/?q={Uri.EscapeDataString(words)}",
    };
}
