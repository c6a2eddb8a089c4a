namespace FilterGate.Events.Acts;

/// <summary>The last pages and tunnels of one client. Used under its own lock.</summary>
/// <param name="ticks">When it was first heard of.</param>
internal sealed class ClientActs(long ticks)
{
    /// <summary>Pages, frames and redirects remembered: as many as somebody has open and goes back to.</summary>
    private const int PagesMax = 16;

    /// <summary>Hosts of tunnels and programs remembered.</summary>
    private const int StoriesMax = 16;

    private readonly Page[] _pages = new Page[PagesMax];
    private readonly Story[] _stories = new Story[StoriesMax];
    private int _nextPage, _nextStory;

    /// <summary>When it was last heard of, in ticks.</summary>
    public long LastSeen { get; private set; } = ticks;

    public FoldedAct Fold(in RequestSigns signs, FoldingLimits limits)
    {
        LastSeen = signs.Time.UtcTicks;
        var nature = RequestNatures.Of(in signs, out var sign);
        switch (nature)
        {
            case RequestNature.Page: return FoldPage(in signs, sign, limits);
            case RequestNature.Fetch when signs is { SearchKey: not 0, IsRefused: false }: return FoldSearchInPage(in signs, limits);
            case RequestNature.Program or RequestNature.Tunnel: return FoldStory(in signs, nature, sign, limits);
            case RequestNature.Frame:
                var part = PartOf(in signs, sign, limits);
                // What the frame loads refers to the frame: it leads to the page around it.
                if (part.PartOf is { } page) Remember(in signs, page, null, isFrame: true, part.PartOfTime!.Value);
                return part;
            default: return PartOf(in signs, sign, limits);
        }
    }

    /// <summary>The act's next page comes from where the redirect leads.</summary>
    public void NoteRedirect(string host, string target, ReadOnlySpan<char> to, DateTimeOffset time)
    {
        var hash = Hash(host, target);
        var newest = -1;
        for (var i = 0; i < PagesMax; i++)
            if (_pages[i].Act != Guid.Empty && !_pages[i].IsFrame && _pages[i].Hash == hash && (newest < 0 || _pages[i].LastTicks > _pages[newest].LastTicks)) newest = i;
        if (newest < 0) return;
        _pages[newest].RedirectHost = HashOfHost(to);
        _pages[newest].RedirectTicks = time.UtcTicks;
    }

    private FoldedAct FoldPage(in RequestSigns signs, ActSign sign, FoldingLimits limits)
    {
        var referer = RequestNatures.HostOf(signs.Referer);
        // Without Sec-Fetch a frame looks like a page: it refers to one that was opened a moment ago.
        if (sign == ActSign.AcceptsHtml && !referer.IsEmpty && Last() is >= 0 and var opened && _pages[opened].IsOf(referer) && signs.Time.UtcTicks - _pages[opened].FirstTicks < limits.FrameTime.Ticks && _pages[opened].RedirectTicks == 0)
        {
            var within = _pages[opened];
            Remember(in signs, within.Act, null, isFrame: true, within.First);
            return new FoldedAct(null, Intent.Background, ActSign.TooSoon) { PartOf = within.Act, PartOfTime = within.First };
        }

        var now = signs.Time.UtcTicks;
        var hash = HashOf(in signs);
        for (var i = 0; i < PagesMax; i++)
        {
            ref var page = ref _pages[i];
            if (page.Act == Guid.Empty || page.IsFrame) continue;
            if (page.RedirectTicks != 0 && page.RedirectHost == HashOfHost(signs.Host) && now - page.RedirectTicks <= limits.RedirectTime.Ticks)
            {
                // The act begins with what was asked for, and is what came of it.
                page.RedirectTicks = 0;
                page.Hash = hash;
                page.Host = signs.Host;
                page.IsRefused = signs.IsRefused;
                page.SearchKey = signs.SearchKey;
                page.LastTicks = now;
                return new FoldedAct(KindOf(in signs, page.Intent), page.Intent, ActSign.Redirected) { Id = page.Act };
            }
        }
        for (var i = 0; i < PagesMax; i++)
        {
            ref var page = ref _pages[i];
            if (page.Act == Guid.Empty || page.IsFrame || page.IsRefused != signs.IsRefused) continue;
            var isAgain = page.Hash == hash && signs.Method is null or "" or "GET" && now - page.LastTicks <= (signs.IsRefused ? limits.RetryTime : limits.ReloadTime).Ticks;
            var isSameSearch = signs.SearchKey != 0 && page.SearchKey == signs.SearchKey && now - page.LastTicks <= (signs.IsRefused ? limits.RetryTime : limits.PageTime).Ticks;
            if (!isAgain && !isSameSearch) continue;
            // A refused page counts from its first time: who goes on trying does something new each minute.
            if (!signs.IsRefused) page.LastTicks = now;
            return new FoldedAct(null, page.Intent, isAgain ? ActSign.Again : ActSign.SameSearch) { PartOf = page.Act, PartOfTime = page.First };
        }

        var intent = IntentOf(in signs, referer, limits);
        var id = EventId.Next(signs.Time);
        Remember(in signs, id, intent, isFrame: false, signs.Time);
        return new FoldedAct(KindOf(in signs, intent), intent, sign) { Id = id };
    }

    private static ActKind KindOf(in RequestSigns signs, Intent? intent) =>
        IsAttempt(in signs) ? ActKind.Circumvention
        : signs.SearchKey != 0 ? ActKind.Search
        : signs.IsRefused ? ActKind.BlockedAct
        : signs.IsOverride ? ActKind.OverrideUse
        : intent == Intent.Typed ? ActKind.TypedAddress
        : ActKind.PageView;

    /// <summary>What an override lets through is no attempt; what only shadow mode lets through is one.</summary>
    private static bool IsAttempt(in RequestSigns signs) => signs.IsCircumvention && (signs.IsRefused || signs.IsLifted);

    private Intent? IntentOf(in RequestSigns signs, ReadOnlySpan<char> referer, FoldingLimits limits)
    {
        if (signs.SearchKey != 0) return Intent.Searched;
        if (signs.FetchSite == "none") return Intent.Typed;
        var page = referer.IsEmpty ? -1 : Find(referer, 0, signs.Time, limits);
        if (signs.FetchSite is { Length: > 0 })
        {
            if (page >= 0 && _pages[page].SearchKey != 0) return Intent.Searched;
            if (signs.FetchUser == "?1" || !RequestNatures.SaysWhenClicked(signs.UserAgent)) return Intent.Clicked;
            // A script led here without a click. Soon after a page that somebody came to, it is where that led.
            return page >= 0 && signs.Time.UtcTicks - _pages[page].FirstTicks <= limits.RedirectTime.Ticks ? _pages[page].Intent : Intent.Background;
        }
        if (referer.IsEmpty) return null; // Typed, or a link that says nothing of where it stands: nobody knows.
        return page >= 0 && _pages[page].SearchKey != 0 ? Intent.Searched : Intent.Clicked;
    }

    /// <summary>A page that searches by itself while somebody types: each is one, and who keeps them keeps the longest.</summary>
    private FoldedAct FoldSearchInPage(in RequestSigns signs, FoldingLimits limits)
    {
        for (var i = 0; i < PagesMax; i++)
        {
            ref var page = ref _pages[i];
            if (page.Act == Guid.Empty || page.SearchKey != signs.SearchKey || signs.Time.UtcTicks - page.LastTicks > limits.PageTime.Ticks) continue;
            page.LastTicks = signs.Time.UtcTicks;
            return new FoldedAct(null, Intent.Background, ActSign.SameSearch) { PartOf = page.Act, PartOfTime = page.First };
        }
        var id = EventId.Next(signs.Time);
        Remember(in signs, id, Intent.Searched, isFrame: false, signs.Time);
        return new FoldedAct(ActKind.Search, Intent.Searched, ActSign.SearchInPage) { Id = id, IsProvisional = true };
    }

    private FoldedAct PartOf(in RequestSigns signs, ActSign sign, FoldingLimits limits)
    {
        var referer = RequestNatures.HostOf(signs.Referer);
        var found = referer.IsEmpty ? -1 : Find(referer, HashOfReferer(signs.Referer!, referer), signs.Time, limits);
        // Some pages hide themselves from what they load. A page that names itself, and that nobody knows, is not the last one.
        if (found < 0 && referer.IsEmpty && Last() is >= 0 and var last && signs.Time.UtcTicks - _pages[last].LastTicks <= limits.RetryTime.Ticks) found = last;
        return found < 0
            ? new FoldedAct(null, Intent.Background, sign) { Detail = signs.FetchDest }
            : new FoldedAct(null, Intent.Background, sign) { PartOf = _pages[found].Act, PartOfTime = _pages[found].First, Detail = signs.FetchDest };
    }

    /// <summary>A tunnel, or a program.</summary>
    private FoldedAct FoldStory(in RequestSigns signs, RequestNature nature, ActSign sign, FoldingLimits limits)
    {
        if (signs.IsNoise) return new FoldedAct(null, Intent.Background, nature == RequestNature.Tunnel ? ActSign.Noise : sign);
        // What a program may have is no act of anybody's.
        if (nature == RequestNature.Program && !signs.IsRefused && !IsAttempt(in signs)) return new FoldedAct(null, Intent.Background, sign);
        var now = signs.Time.UtcTicks;
        var newest = -1;
        for (var i = 0; i < StoriesMax; i++)
        {
            ref var story = ref _stories[i];
            if (story.Act == Guid.Empty || story.IsRefused != signs.IsRefused || story.IsCircumvention != signs.IsCircumvention) continue;
            if (newest < 0 || story.LastTicks > _stories[newest].LastTicks) newest = i;
            if (signs.IsCircumvention && now - story.First.UtcTicks > limits.CircumventionTime.Ticks) continue;
            var isSame = signs.IsCircumvention || string.Equals(story.Host, signs.Host, StringComparison.Ordinal);
            if (isSame && now - story.LastTicks <= (signs.IsCircumvention ? limits.CircumventionQuietTime : limits.QuietTime).Ticks) return Continue(ref story, in signs);
        }
        // A burst: further hosts of an allowed page, or of one service that is refused.
        if (newest >= 0 && now - _stories[newest].LastTicks <= limits.BurstTime.Ticks && (!signs.IsRefused || IsSameService(_stories[newest].Host!, signs.Host))) return Continue(ref _stories[newest], in signs);

        var id = EventId.Next(signs.Time);
        _stories[_nextStory] = new Story { Act = id, Host = signs.Host, First = signs.Time, LastTicks = now, IsRefused = signs.IsRefused, IsCircumvention = signs.IsCircumvention };
        _nextStory = (_nextStory + 1) % StoriesMax;
        // Nobody can tell a person from a program here.
        return new FoldedAct(signs switch { _ when IsAttempt(in signs) => ActKind.Circumvention, { IsRefused: true } => ActKind.BlockedAct, { IsOverride: true } => ActKind.OverrideUse, _ => ActKind.PageView }, null, sign) { Id = id };
    }

    private static FoldedAct Continue(ref Story story, in RequestSigns signs)
    {
        story.LastTicks = signs.Time.UtcTicks;
        return new FoldedAct(null, Intent.Background, ActSign.SameStory) { PartOf = story.Act, PartOfTime = story.First };
    }

    /// <summary>The same last two labels: good enough for hosts that follow each other within seconds.</summary>
    private static bool IsSameService(string a, string b) => LastLabels(a).Equals(LastLabels(b), StringComparison.Ordinal);

    private static ReadOnlySpan<char> LastLabels(string host)
    {
        var span = host.AsSpan();
        var last = span.LastIndexOf('.');
        if (last <= 0) return span;
        var second = span[..last].LastIndexOf('.');
        // "co.uk" and the like are no service.
        if (second > 0 && span.Length - last - 1 == 2 && last - second - 1 <= 3) second = span[..second].LastIndexOf('.');
        return span[(second + 1)..];
    }

    /// <summary>The page of a host: the very one that is named where it is known, else the latest of that host.</summary>
    private int Find(ReadOnlySpan<char> host, long hash, DateTimeOffset time, FoldingLimits limits)
    {
        var found = -1;
        for (var i = 0; i < PagesMax; i++)
        {
            ref var page = ref _pages[i];
            if (page.Act == Guid.Empty || !page.IsOf(host) || time.UtcTicks - page.LastTicks > limits.PageTime.Ticks) continue;
            if (hash != 0 && page.Hash == hash) return i;
            if (found < 0 || page.LastTicks > _pages[found].LastTicks) found = i;
        }
        return found;
    }

    private int Last()
    {
        var found = -1;
        for (var i = 0; i < PagesMax; i++)
            if (_pages[i].Act != Guid.Empty && !_pages[i].IsFrame && (found < 0 || _pages[i].LastTicks > _pages[found].LastTicks)) found = i;
        return found;
    }

    private void Remember(in RequestSigns signs, Guid act, Intent? intent, bool isFrame, DateTimeOffset first)
    {
        _pages[_nextPage] = new Page
        {
            Act = act, Host = signs.Host, Hash = HashOf(in signs), First = first, LastTicks = signs.Time.UtcTicks, Intent = intent, IsRefused = signs.IsRefused, IsFrame = isFrame, SearchKey = signs.SearchKey,
        };
        _nextPage = (_nextPage + 1) % PagesMax;
    }

    // Keyed anew in each run of the program, so that no page can be made up to look like another. The scheme is not in it: http leads to https.
    private static long HashOf(in RequestSigns signs) => Hash(signs.Host, signs.Target);

    private static long HashOfReferer(string referer, ReadOnlySpan<char> host)
    {
        var rest = referer.AsSpan(referer.IndexOf("//", StringComparison.Ordinal) + 2);
        var slash = rest.IndexOf('/');
        return Hash(host, slash < 0 ? "/" : rest[slash..]);
    }

    private static long Hash(ReadOnlySpan<char> host, ReadOnlySpan<char> target) => ((long)string.GetHashCode(host, StringComparison.OrdinalIgnoreCase) << 32) | (uint)string.GetHashCode(target, StringComparison.Ordinal);

    private static int HashOfHost(ReadOnlySpan<char> host) => string.GetHashCode(host, StringComparison.OrdinalIgnoreCase);

    private struct Page
    {
        public Guid Act;
        public string? Host;
        public long Hash;
        public DateTimeOffset First;
        public long LastTicks;
        public Intent? Intent;
        public bool IsRefused;
        public bool IsFrame;
        public long SearchKey;
        public int RedirectHost;
        public long RedirectTicks;

        public readonly long FirstTicks => First.UtcTicks;

        public readonly bool IsOf(ReadOnlySpan<char> host) => host.Equals(Host, StringComparison.OrdinalIgnoreCase);
    }

    private struct Story
    {
        public Guid Act;
        public string? Host;
        public DateTimeOffset First;
        public long LastTicks;
        public bool IsRefused;
        public bool IsCircumvention;
    }
}
