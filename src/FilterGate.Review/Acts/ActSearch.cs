using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Today;
using FilterGate.State;

namespace FilterGate.Review.Acts;

/// <summary>A page of acts.</summary>
/// <param name="Acts">The acts, newest first.</param>
/// <param name="Last">The last one that was looked at, where older ones may follow; null at the end.</param>
/// <param name="Problems">Months that could not be read.</param>
public sealed record ActPage(IReadOnlyList<ActEntry> Acts, Guid? Last, IReadOnlyList<string> Problems);

/// <summary>Finds acts that somebody may see, a page at a time.</summary>
internal static class ActSearch
{
    /// <summary>Acts on a page.</summary>
    public const int PageSize = 50;

    /// <summary>Acts looked at for one page: where most belong to somebody else or are concluded, the page is short and leads on.</summary>
    private const int LookedAtMax = 2_000;

    /// <summary>Finds a page.</summary>
    /// <param name="reader">The events.</param>
    /// <param name="query">What to ask for.</param>
    /// <param name="state">What was concluded.</param>
    /// <param name="policy">For names.</param>
    /// <param name="sight">Whose acts may be seen.</param>
    /// <param name="shows">Which conclusions are shown.</param>
    /// <param name="pageSize">At most so many.</param>
    public static ActPage Find(EventReader reader, EventQuery query, StateStore state, PolicySnapshot policy, Sight sight, Func<ActReview?, bool> shows, int pageSize = PageSize)
    {
        if (sight.OnlyPerson is { } only) query = query with { Person = only };
        var (found, problems, lookedAt) = (new List<ActEntry>(), new List<string>(), 0);
        Guid? last = query.Before;
        while (true)
        {
            var page = reader.Search(query with { Before = last, Limit = Math.Min(4 * pageSize, 500) });
            problems.AddRange(page.Problems.Except(problems, StringComparer.Ordinal));
            var reviews = state.ReviewsOf(page.Events.Where(sight.Sees).Select(e => e.Id));
            foreach (var e in page.Events)
            {
                last = e.Id;
                lookedAt++;
                if (!sight.Sees(e)) continue;
                var review = reviews.GetValueOrDefault(e.Id);
                if (shows(review)) found.Add(new ActEntry(e, policy, review, Attempts.Of(reader.Search, [e]).GetValueOrDefault(e.Id)));
                if (found.Count == pageSize) return new ActPage(found, page.HasMore || e.Id != page.Events[^1].Id ? last : null, problems);
            }
            if (!page.HasMore) return new ActPage(found, null, problems);
            if (lookedAt >= LookedAtMax) return new ActPage(found, last, problems);
        }
    }

    /// <summary>Finds a page of acts with one conclusion. There are few of them among many, so they are found by what was concluded, and each is asked whether it fits the rest.</summary>
    public static ActPage FindConcluded(EventReader reader, ReviewFilter filter, Conclusion conclusion, StateStore state, PolicySnapshot policy, Sight sight, DateTimeOffset now)
    {
        var (since, until) = filter.Range(now, policy.Timetable.Zone);
        var (found, problems) = (new List<ActEntry>(), new List<string>());
        var page = state.Concluded(conclusion, since ?? DateTimeOffset.UnixEpoch, until ?? now.AddDays(1), filter.Before, 10 * PageSize);
        foreach (var review in page.Rows)
        {
            var said = new List<string>();
            if (reader.Find(review.Act, said) is { } e && sight.Sees(e) && filter.Fits(e)) found.Add(new ActEntry(e, policy, review, Attempts.Of(reader.Search, [e]).GetValueOrDefault(e.Id)));
            problems.AddRange(said.Except(problems, StringComparer.Ordinal));
            if (found.Count == PageSize) return new ActPage(found, page.HasMore || review != page.Rows[^1] ? review.Act : null, problems);
        }
        return new ActPage(found, page.HasMore ? page.Rows[^1].Act : null, problems);
    }
}
