using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.People;

namespace FilterGate.Review.Tests;

/// <summary>A day of a small school, as acts: pupils, a teacher, the head.</summary>
internal static class SampleDay
{
    public static DateTimeOffset Now => RunningSite.Now;

    /// <summary>The people of the day.</summary>
    public static Roster People { get; } = new(
    [
        new Person("p401", "Pupil 401", "4a", PersonRole.Pupil), new Person("p402", "Pupil 402", "4b", PersonRole.Pupil), new Person("t-hill", "Teacher of 4A", "teachers", PersonRole.Staff),
        new Person("head", "The Head", "teachers", PersonRole.Staff), new Person("dsl", "The Lead", "teachers", PersonRole.Staff), new Person("office", "O. Ffice", Group: null, PersonRole.Staff),
    ],
    [new Device("ipad-14") { Group = "4a" }, new Device("laptop-head") { Person = "head" }]);

    /// <summary>A search of a pupil that a caring adult would want to know of.</summary>
    public static FilterEvent Worrying { get; } = Search(-30, "p402", "how to hurt myself");

    /// <summary>What a teacher was refused.</summary>
    public static FilterEvent OfATeacher { get; } = Blocked(-50, "t-hill", "staff-shop.example", group: "teachers", tier: "staff");

    /// <summary>What the head was refused.</summary>
    public static FilterEvent OfTheHead { get; } = Blocked(-55, "head", "head-shop.example", group: "teachers", tier: "staff");

    /// <summary>A page with a question mark in its address.</summary>
    public static FilterEvent WithQuery { get; } = Blocked(-20, "p401", "games.example", path: "/play?name=secret-word");

    /// <summary>All of them; <paramref name="more"/> further refusals of a pupil, a minute apart, further back.</summary>
    public static IEnumerable<FilterEvent> Events(int more = 0)
    {
        yield return Worrying;
        yield return Search(-28, "p402", "kill myself");
        yield return Search(-200, "p401", "volcano facts for kids");
        yield return Search(-199, "p401", "Volcano facts for kids");
        yield return WithQuery;
        yield return Part(WithQuery, "cdn.games.example");
        yield return Part(WithQuery, "cdn.games.example");
        for (var i = 0; i < 4; i++) yield return Blocked(-100 - i, "p401", "adult.example", "/", category: "pornography") with { Intent = Intent.Typed };
        yield return Blocked(-40, person: null, "puzzles.example", device: "ipad-14");
        yield return OfATeacher;
        yield return OfTheHead;
        yield return Sample.Locked(Now.AddMinutes(-10)) with { Person = null, Device = "ipad-14", Group = "4a", Host = null, Url = null, Entry = null, Rule = null, Reference = null, Category = "csam-iwf", ActKind = ActKind.BlockedAct };
        for (var i = 0; i < more; i++) yield return Blocked(-300 - i, "p401", $"game-{i}.example", $"/play/{i}");
    }

    public static async Task FillAsync(EventStore store, int more = 0)
    {
        foreach (var e in Events(more)) await store.EnqueueAsync(e);
        await store.CommitAsync(Blocked(-800, "p401", "last.example"), giveReference: false);
    }

    /// <summary>What waits after a week away: ten items of each of seven days, the worst of them on the first.</summary>
    public static IEnumerable<FilterEvent> BusyWeek()
    {
        for (var day = 0; day < 7; day++)
            for (var pupil = 0; pupil < 10; pupil++)
                yield return day == 6 && pupil == 0 ? Search(-(day * 1440) - 5, "p402", "how to hurt myself") : Blocked(-(day * 1440) - pupil, $"p{500 + pupil}", $"adult-{pupil}.example", category: "pornography") with { Intent = Intent.Typed };
    }

    public static FilterEvent Blocked(double minutes, string? person, string host, string path = "/", string group = "4a", string tier = "pupil", string category = "games", string? device = null) =>
        Sample.Block(Now.AddMinutes(minutes), host, path, tier, category) with
        {
            Person = person, Device = device, Group = group, Client = "10.20.1.7", Reference = null, ActKind = ActKind.BlockedAct, Intent = Intent.Clicked, Referer = "http://start.example/",
        };

    private static FilterEvent Search(double minutes, string person, string words) => new()
    {
        Time = Now.AddMinutes(minutes), Kind = EventKind.Search, Decision = Verdict.Allow, Reason = Reason.CategoryAllow, Client = "10.20.1.8", Person = person, Group = person == "p402" ? "4b" : "4a", Tier = "pupil", Method = "GET", Status = 200,
        Host = "search.example", Url = $"https://search.example/?q={Uri.EscapeDataString(words)}", SearchWords = words, ActKind = ActKind.Search, Intent = Intent.Searched,
    };

    private static FilterEvent Part(FilterEvent act, string host) => act with { Id = Guid.Empty, Time = act.Time.AddSeconds(1), ActKind = null, Act = act.Id, Host = host, Url = $"http://{host}/picture.png", Intent = Intent.Background };
}
