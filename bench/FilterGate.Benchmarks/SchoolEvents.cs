using FilterGate.Events;
using FilterGate.Policy;

namespace FilterGate.Benchmarks;

/// <summary>Made-up events of a large school: 1,500 people in 60 classes, a few sites that everybody uses and many that few do, pages of which most events are parts.</summary>
/// <remarks>Of a hundred events some 28 are acts and the rest parts of them; 88 were allowed, 9 blocked, 3 are searches and other things. An event says what it says in a school that keeps everything.</remarks>
internal sealed class SchoolEvents(int seed)
{
    public const int People = 1_500, Classes = 60, Hosts = 20_000;

    private static readonly string[] Categories = ["education", "news", "games", "shopping", "chat-messaging", "advertising", "video", "social-networks", "sport", "music", "reference", "search-engines"];
    private static readonly string[] Words = ["volcano", "romans", "fractions", "minecraft", "homework", "football", "weather", "recipes", "dinosaurs", "spelling", "rivers", "planets", "poems", "history", "drawing", "welsh", "science", "music", "maps", "animals"];

    private readonly Random _random = new(seed);
    private readonly Guid?[] _pages = new Guid?[People];
    private readonly string?[] _referers = new string?[People];

    /// <summary>An event of an instant.</summary>
    public FilterEvent Next(DateTimeOffset time)
    {
        var person = (int)(Math.Pow(_random.NextDouble(), 1.6) * People);
        var (isStaff, isGuest) = (person % 10 == 0, person % 97 == 1);
        var host = (int)(Math.Pow(_random.NextDouble(), 4) * Hosts);
        var category = Categories[host % Categories.Length];
        var isPage = _pages[person] is null || _random.Next(100) < 28;
        var isSearch = isPage && _random.Next(12) == 0;
        var isBlocked = !isSearch && _random.Next(100) < 9;
        var hostName = isSearch ? "www.search.example" : $"www.site{host}.example";
        var words = isSearch ? $"{Word()} {Word()} {Word()}" : null;
        var url = isSearch ? $"https://{hostName}/search?q={words!.Replace(' ', '+')}&source=hp" : isPage ? $"https://{hostName}/{Word()}/{Word()}-{_random.Next(5_000)}.html" : $"https://{hostName}/assets/{Word()}/{_random.Next(2_000)}.{(_random.Next(2) == 0 ? "js" : "png")}?v={_random.Next(100)}";
        var made = new FilterEvent
        {
            Time = time, Kind = isSearch ? EventKind.Search : isBlocked ? EventKind.Block : person % 400 == 7 && isPage ? EventKind.Circumvention : EventKind.Allow, Decision = isBlocked ? Verdict.Block : Verdict.Allow,
            Reason = isBlocked ? Reason.CategoryBlock : Reason.CategoryAllow, Client = $"10.20.{person / 250}.{person % 250}", Device = isGuest ? null : $"ipad-{person}", Person = isGuest ? null : $"p{person:0000}",
            Group = isStaff ? "staff" : $"class-{person % Classes}", Tier = isGuest ? "guest" : isStaff ? "staff" : "pupil", Method = "GET", Url = url, Host = hostName, Status = isBlocked ? 403 : 200, Bytes = _random.Next(200_000),
            Category = category, List = isBlocked ? $"ut1/{category}" : null, Entry = isBlocked ? $"site{host}.example" : null, Line = isBlocked ? host + 1 : null, ListVersion = isBlocked ? "2026-11-20" : null, PolicyVersion = "5f0c22d1a9be", ListsVersion = "88ab31c09f7e",
            ActKind = !isPage ? null : isSearch ? ActKind.Search : isBlocked ? ActKind.BlockedAct : person % 400 == 7 ? ActKind.Circumvention : _random.Next(9) == 0 ? ActKind.TypedAddress : ActKind.PageView, Act = isPage ? null : _pages[person],
            Intent = isPage ? (isSearch ? Intent.Searched : Intent.Clicked) : Intent.Background, Title = isPage && !isBlocked ? $"{Word()} and {Word()} for year {_random.Next(7)}" : null, SearchWords = words, Referer = _referers[person],
        };
        if (isPage) (_pages[person], _referers[person]) = (made.Id, url.Split('?')[0]);
        return made;
    }

    /// <summary>So many instants of school days, from half past eight to half past three on weekdays.</summary>
    public static IEnumerable<DateTimeOffset> Times(DateTimeOffset from, int days, long count)
    {
        var schoolDays = Enumerable.Range(0, days).Select(day => from.Date.AddDays(day)).Where(day => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)).ToList();
        for (long i = 0; i < count; i++)
        {
            var place = (double)i / count * schoolDays.Count;
            var day = (int)place;
            yield return new DateTimeOffset(schoolDays[day], TimeSpan.Zero).AddHours(8.5).AddMilliseconds((place - day) * 7 * 3_600_000);
        }
    }

    private string Word() => Words[(int)(_random.NextDouble() * _random.NextDouble() * Words.Length)];
}
