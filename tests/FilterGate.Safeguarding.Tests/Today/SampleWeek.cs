using System.Globalization;
using FilterGate.Events;
using FilterGate.Events.Acts;
using FilterGate.Policy;
using FilterGate.Policy.Search;

namespace FilterGate.Safeguarding.Tests.Today;

/// <summary>A week of an invented primary school: 200 pupils, their lessons and their noise, and among it acts that a caring adult should see. The same each time. Requests are folded as the gateway folds them.</summary>
/// <remarks>People, sites and words are invented; sites are reserved names. What is labelled is worded mildly on purpose, and a part of it is by another hand than the rules (<see cref="ChildrensWords"/>). A quarter of the pupils sign in
/// nowhere: the gateway knows the tablet and its class, not who holds it.</remarks>
internal sealed class SampleWeek
{
    private const string Chrome = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

    /// <summary>From this pupil on only the device is known.</summary>
    private const int FirstByDevice = 151;

    private static readonly string[] Lessons =
        [.. ChildrensWords.Harmless, "rivers of wales", "how do volcanoes work", "roman roads", "fractions for kids", "vikings weapons", "how many people die in volcanoes", "bath bomb science", "cut paper snowflakes", "suicide squad", "world war 2 evacuees", "what is a gun dog", "hurt feelings story",
         "kill a mockingbird", "stop motion animation", "drug store in french", "how to bypass a waterfall in scratch", "porcupine facts", "high mountains", "proxy war meaning", "unblock a sink"];

    private static readonly SearchTerms Engine = SearchTerms.Read("Search:\n  - urls: [search.example/find]\n    params: [q]\n", [])!;

    private readonly Random _random = new(20261123);
    private readonly ActFolder _folder = new();
    private readonly List<(DateTimeOffset Time, Action Do)> _planned = [];

    /// <summary>The days, each with its events in order.</summary>
    public Dictionary<DateOnly, List<FilterEvent>> Days { get; } = [];

    /// <summary>The ids of the acts that are labelled, by day, with what they are.</summary>
    public List<(DateOnly Day, Guid Act, string What)> Concerning { get; } = [];

    /// <summary>How many requests there were, and how many of them were refused.</summary>
    public int Requests { get; private set; }

    /// <inheritdoc cref="Requests"/>
    public int Refused { get; private set; }

    /// <summary>Lives through the week.</summary>
    public static SampleWeek Make()
    {
        var week = new SampleWeek();
        for (var day = 0; day < 5; day++) week.Plan(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero).AddDays(day), day);
        foreach (var (_, act) in week._planned.OrderBy(p => p.Time)) act();
        return week;
    }

    private void Plan(DateTimeOffset day, int number)
    {
        for (var pupil = 1; pupil <= 200; pupil++)
        {
            // Lessons: a search, two or three of its results, each with pictures, scripts and trackers.
            for (var lesson = 0; lesson < 3; lesson++)
            {
                var time = day.AddHours(9 + (lesson * 2)).AddMinutes(_random.Next(50)).AddSeconds(_random.Next(60));
                var words = Lessons[_random.Next(Lessons.Length)];
                Search(pupil, time, words);
                for (var page = 0; page < 3; page++) Page(pupil, time.AddSeconds(20 + (page * 70)), $"lesson{_random.Next(200)}.example", null, searched: page == 0, parts: 10);
            }
            // Lunch: games, videos, social networks, some often.
            if (_random.Next(10) < 6)
            {
                var time = day.AddHours(12).AddMinutes(_random.Next(40));
                var tries = _random.Next(1, 7);
                for (var i = 0; i < tries; i++) Page(pupil, time.AddSeconds(i * 75), $"game{_random.Next(9)}.example", "games", typed: i % 2 == 0);
            }
            if (_random.Next(10) < 2) Page(pupil, day.AddHours(12).AddMinutes(_random.Next(55)), "videos.example", _random.Next(2) == 0 ? "social-networks" : "live-streaming", typed: true);
            // Typing mistakes.
            if (_random.Next(10) < 2) Page(pupil, day.AddHours(10).AddMinutes(_random.Next(120)), $"goggle{_random.Next(99)}.example", "uncategorised", typed: true);
            // Links that lead astray, once, and back.
            if (_random.Next(100) < 6) Page(pupil, day.AddHours(11).AddMinutes(_random.Next(200)), $"astray{_random.Next(50)}.example", new[] { "pornography", "gambling", "dating", "alcohol", "adult-mixed", "web-proxies" }[_random.Next(6)]);
            if (_random.Next(100) < 10) Page(pupil, day.AddHours(11).AddMinutes(_random.Next(200)), "shop.example", "shopping", searched: true);
        }
        // Apps that ask all day: a chat on some devices, a VPN that somebody once put on others.
        for (var pupil = 3; pupil <= 200; pupil += 7)
            for (var minute = 0; minute < 390; minute += 5) App(pupil, day.AddHours(9).AddMinutes(minute), "chat.example", "chat-messaging");
        for (var pupil = 9; pupil <= 200; pupil += 23)
            for (var minute = 0; minute < 390; minute += 3) Tunnel(pupil, day.AddHours(9).AddMinutes(minute).AddSeconds(7), $"node{minute % 11}.vpn.example", "vpn");
        // What children type when nobody is near: five a day, of pupils and of devices in turn.
        foreach (var (place, (subject, words)) in ChildrensWords.Concerning.Chunk(3).Select(chunk => chunk[0]).Skip(number * 5).Take(5).Index())
            Search((place % 2 == 0 ? 24 : FirstByDevice) + (number * 9) + place, day.AddHours(10 + place).AddMinutes(17), words, $"words about {subject}: {words}");
        // A whole class whose lesson leads to a museum's page on swords, which is in a list of weapons.
        if (number == 2)
            for (var pupil = 61; pupil <= 84; pupil++) Page(pupil, day.AddHours(13).AddMinutes(5).AddSeconds(pupil), "swords.example", "weapons", searched: true);

        switch (number)
        {
            case 0:
                Search(17, day.AddHours(13).AddMinutes(12), "how to hurt myself", "a search about self-harm");
                Page(101, day.AddHours(14), "adult1.example", "pornography", searched: true, what: "adult sites, from searches");
                Page(101, day.AddHours(14).AddMinutes(2), "adult2.example", "pornography", searched: true, what: "adult sites, from searches");
                Page(101, day.AddHours(14).AddMinutes(3), "adult3.example", "adult-mixed", searched: true, what: "adult sites, from searches");
                break;
            case 1:
                Search(55, day.AddHours(12).AddMinutes(31), "free vpn for school", "looking for a way round");
                for (var i = 0; i < 4; i++) Page(55, day.AddHours(12).AddMinutes(32 + (2 * i)), $"vpn{i}.example", "vpn", searched: true, what: "looking for a way round");
                Page(160, day.AddHours(15).AddMinutes(1), "forum-of-hate.example", "extremism", typed: true, what: "an extremist forum by its address");
                Search(44, day.AddHours(10).AddMinutes(20), "I'm scared to go home", "a search about home");
                break;
            case 2:
                for (var i = 0; i < 5; i++) Page(33, day.AddHours(12).AddMinutes(10 + (4 * i)), "adult1.example", "pornography", typed: i == 0, what: "tries after a block");
                Page(88, day.AddHours(11).AddMinutes(41), "dark-thoughts.example", "self-harm", what: "a page of self-harm by a link");
                break;
            case 3:
                Search(120, day.AddHours(9).AddMinutes(55), "i want to die", "a search about dying");
                for (var i = 0; i < 5; i++) Page(142, day.AddHours(12).AddMinutes(5 + (3 * i)), "talk-to-strangers.example", "random-video-chat", typed: i % 2 == 0, what: "video chat with strangers");
                Search(12, day.AddHours(14).AddMinutes(40), "where to buy a knife", "a search about a knife");
                break;
            default:
                for (var i = 0; i < 6; i++) Page(199, day.AddHours(12).AddMinutes(2 + (3 * i)), $"proxy{i}.example", "web-proxies", typed: true, what: "proxy after proxy");
                Page(5, day.AddHours(13).AddMinutes(30), "pills.example", "drugs", typed: true, what: "drugs by a typed address");
                Page(5, day.AddHours(13).AddMinutes(33), "pills2.example", "drugs", what: "drugs by a typed address");
                Search(76, day.AddHours(11).AddMinutes(15), "why does everyone hates me", "a search about being alone");
                Page(180, day.AddHours(14).AddMinutes(50), "thin.example", "eating-disorders", searched: true, what: "a page that praises not eating");
                break;
        }
    }

    private void Search(int pupil, DateTimeOffset time, string words, string? what = null) =>
        Ask(pupil, time, "search.example", "/find?q=" + Uri.EscapeDataString(words), null, Document("same-origin", "https://search.example/"), what);

    private void Page(int pupil, DateTimeOffset time, string host, string? category, bool searched = false, bool typed = false, int parts = 0, string? what = null)
    {
        if (searched && category is not null) Search(pupil, time.AddSeconds(-9), string.Create(CultureInfo.InvariantCulture, $"something {_random.Next(1000)}"));
        Ask(pupil, time, host, "/", category, typed ? Document("none", null) : Document("cross-site", searched ? "https://search.example/" : "https://links.example/"), what);
        for (var i = 0; i < parts; i++)
        {
            var isTracker = i % 3 == 0;
            Ask(pupil, time.AddSeconds(1), isTracker ? $"tracker{_random.Next(30)}.example" : "cdn.example", "/x", isTracker ? "advertising" : null,
                signs => signs with { FetchSite = "cross-site", FetchMode = "no-cors", FetchDest = i % 2 == 0 ? "image" : "script", Accept = "*/*", Referer = $"https://{host}/" }, null);
        }
    }

    private void App(int pupil, DateTimeOffset time, string host, string category) => Ask(pupil, time, host, "/api", category, static signs => signs with { UserAgent = "ExampleChat/3.1", Accept = "*/*" }, null);

    private void Tunnel(int pupil, DateTimeOffset time, string host, string category) => Ask(pupil, time, host, "/", category, static signs => signs with { IsTunnel = true, Method = "CONNECT" }, null);

    private static Func<RequestSigns, RequestSigns> Document(string site, string? referer) =>
        signs => signs with { FetchSite = site, FetchMode = "navigate", FetchDest = "document", FetchUser = "?1", Accept = "text/html", Referer = referer };

    private void Ask(int pupil, DateTimeOffset time, string host, string target, string? category, Func<RequestSigns, RequestSigns> fields, string? what) => _planned.Add((time, () =>
    {
        var isByDevice = pupil >= FirstByDevice;
        var (person, device) = (string.Create(CultureInfo.InvariantCulture, $"p{pupil:000}"), string.Create(CultureInfo.InvariantCulture, $"ipad-{pupil}"));
        var isRefused = category is not null;
        var isSearch = Engine.TryFind(host, target, out var search);
        var act = _folder.Fold(fields(new RequestSigns(isByDevice ? device : person, host, target, time) { Method = "GET", UserAgent = Chrome }) with
        {
            IsRefused = isRefused, IsCircumvention = category is "vpn" or "web-proxies", IsNoise = category == "advertising", SearchKey = isSearch ? search.Key : 0,
        });
        Requests++;
        if (isRefused) Refused++;
        var day = DateOnly.FromDateTime(time.UtcDateTime);
        if (what is not null) Concerning.Add((day, act.Kind is null ? act.PartOf!.Value : act.Id, what));
        if (act.Kind is null && !isRefused) return;
        if (!Days.TryGetValue(day, out var events)) Days[day] = events = [];
        events.Add(new FilterEvent
        {
            Id = act.Id, Time = time, Kind = isRefused ? EventKind.Block : EventKind.Allow, Decision = isRefused ? Verdict.Block : Verdict.Allow, Reason = isRefused ? Reason.CategoryBlock : Reason.CategoryAllow,
            Person = isByDevice ? null : person, Device = device, Client = string.Create(CultureInfo.InvariantCulture, $"10.20.4.{pupil}"), Group = string.Create(CultureInfo.InvariantCulture, $"class-{(pupil - 1) / 30}"), Tier = "pupil", Host = host, Url = $"https://{host}{target}", Category = category,
            ActKind = act.Kind, Act = act.PartOf, Intent = act.Intent, SearchWords = isSearch && act.Kind is not null ? search.Words(target) : null,
        });
    }));
}
