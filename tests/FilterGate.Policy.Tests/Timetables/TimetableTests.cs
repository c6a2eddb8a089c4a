using System.Globalization;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Timetables;

namespace FilterGate.Policy.Tests.Timetables;

public sealed class TimetableTests
{
    private const string School = """
        timetable:
          week:
            mon-fri: { registration: 08:45-09:00, lesson: [09:00-10:30, 10:45-12:00, 13:00-15:15], break: 10:30-10:45, lunch: 12:00-13:00, club: 15:30-17:00 }
            fri: { assembly: 14:30-15:15, club: none }
            wed: { lesson: 09:00-12:00 }
            sat-sun: { boarding: 20:00-02:00 }
            mon-sun: { night: { times: 22:00-06:00, always: true } }
          terms: [{ name: autumn, from: 2026-09-03, to: 2026-12-18 }, { name: spring, from: 2027-01-05, to: 2027-03-25 }]
          holidays: [{ name: half-term, from: 2026-10-26, to: 2026-10-30 }, { name: inset, on: 2026-11-27 }]
        """;

    // Monday 23 November 2026 is in the term and in winter time, so UTC is what the clock shows.
    [TestCase("2026-11-23T08:44:59Z", "term-time out-of-hours", TestName = "At_BeforeSchool_IsOutOfHours")]
    [TestCase("2026-11-23T08:45:00Z", "term-time registration", TestName = "At_TheFirstSecond_IsWithin")]
    [TestCase("2026-11-23T08:59:59.9999999Z", "term-time registration", TestName = "At_TheLastTick_IsWithin")]
    [TestCase("2026-11-23T09:00:00Z", "term-time lesson", TestName = "At_TheBell_IsTheNextPeriod")]
    [TestCase("2026-11-23T10:40:00Z", "term-time break", TestName = "At_Break_IsBreak")]
    [TestCase("2026-11-23T12:30:00Z", "term-time lunch", TestName = "At_Lunch_IsLunch")]
    [TestCase("2026-11-23T15:20:00Z", "term-time out-of-hours", TestName = "At_BetweenLessonAndClub_IsOutOfHours")]
    [TestCase("2026-11-23T16:00:00Z", "term-time club", TestName = "At_Club_IsClub")]
    [TestCase("2026-11-20T15:00:00Z", "term-time lesson assembly", TestName = "At_FridaysOwnLine_AddsToTheRange")]
    [TestCase("2026-11-20T16:00:00Z", "term-time out-of-hours", TestName = "At_FridaysNone_TakesThePeriodAway")]
    [TestCase("2026-11-25T11:00:00Z", "term-time lesson", TestName = "At_WednesdaysOwnLine_ReplacesTheRange")]
    [TestCase("2026-11-25T14:00:00Z", "term-time out-of-hours", TestName = "At_WednesdayAfternoon_HasNoLesson")]
    [TestCase("2026-11-27T10:00:00Z", "holiday out-of-hours", TestName = "At_ASingleDayOff_IsHoliday")]
    [TestCase("2026-11-21T10:00:00Z", "weekend out-of-hours", TestName = "At_AWeekendWithinATerm_IsNoHoliday")]
    [TestCase("2026-11-21T20:00:00Z", "weekend boarding", TestName = "At_SaturdayEvening_IsBoarding")]
    [TestCase("2026-11-22T01:59:59Z", "weekend boarding night", TestName = "At_AfterMidnight_TheEveningsSpanGoesOn")]
    [TestCase("2026-11-22T02:00:00Z", "weekend night", TestName = "At_TheEndAfterMidnight_IsOver")]
    [TestCase("2026-11-23T01:00:00Z", "term-time boarding night", TestName = "At_SundayNight_RunsIntoMonday")]
    [TestCase("2026-11-21T01:00:00Z", "weekend night", TestName = "At_FridayNight_HasNoBoarding")]
    [TestCase("2026-10-26T10:00:00Z", "holiday out-of-hours", TestName = "At_FirstDayOfHalfTerm_HasNoLesson")]
    [TestCase("2026-10-30T23:00:00Z", "holiday night", TestName = "At_HalfTermNight_WhatIsMarkedAlwaysRuns")]
    [TestCase("2026-10-31T10:00:00Z", "weekend out-of-hours", TestName = "At_SaturdayAfterHalfTerm_IsAWeekendOfTheTerm")]
    [TestCase("2026-12-18T10:00:00Z", "term-time lesson", TestName = "At_TheTermsLastDay_IsTermTime")]
    [TestCase("2026-12-21T10:00:00Z", "holiday out-of-hours", TestName = "At_BetweenTerms_IsHoliday")]
    [TestCase("2026-12-26T21:00:00Z", "holiday weekend out-of-hours", TestName = "At_AWeekendBetweenTerms_IsBothAndHasNoBoarding")]
    [TestCase("2027-01-01T00:00:00Z", "holiday night", TestName = "At_TheTurnOfTheYear_TheNightGoesOn")]
    [TestCase("2026-09-03T08:00:00Z", "term-time lesson", TestName = "At_SummerTime_IsAnHourAheadOfUtc")]
    [TestCase("2026-09-02T22:59:59Z", "holiday night", TestName = "At_TheEveOfTerm_IsHolidayUntilLocalMidnight")]
    [TestCase("2026-09-02T23:00:00Z", "term-time night", TestName = "At_LocalMidnight_IsTheTermsFirstDay")]
    [TestCase("2030-06-01T12:00:00Z", "holiday weekend out-of-hours", TestName = "At_AfterAllTerms_IsHoliday")]
    public void At_TimeOfTheYear_GivesWhatRuns(string time, string periods) => Assert.That(Running(Read(School), time), Is.EqualTo(periods));

    private const string Nights = "timetable: { week: { mon-sun: { early: 00:30-01:30, mid: 01:30-02:30, gap: 01:00-02:00, late: 02:30-03:00 } } }";

    // Clocks go forward at 01:00 UTC on 29 March 2026 (01:00 becomes 02:00), and back at 01:00 UTC on 25 October 2026 (02:00 becomes 01:00).
    [TestCase("2026-03-29T00:30:00Z", "early", TestName = "At_SpringNightBeforeTheGap_Runs")]
    [TestCase("2026-03-29T00:59:59Z", "early", TestName = "At_SpringNightLastSecondBeforeTheGap_Runs")]
    [TestCase("2026-03-29T01:00:00Z", "mid", TestName = "At_SpringNightGap_WhatBeginsInItBeginsAtTheJump")]
    [TestCase("2026-03-29T01:30:00Z", "late", TestName = "At_SpringNightAfterTheGap_NeighboursStayNeighbours")]
    [TestCase("2026-03-28T01:00:00Z", "early gap", TestName = "At_TheNightBefore_TheGapPeriodRuns")]
    [TestCase("2026-10-24T23:30:00Z", "early", TestName = "At_AutumnNightBeforeTheDoubledHour_Runs")]
    [TestCase("2026-10-25T00:00:00Z", "early gap", TestName = "At_AutumnNightFirstPass_Runs")]
    [TestCase("2026-10-25T00:30:00Z", "mid gap", TestName = "At_AutumnNightFirstPass_CountsForTheBell")]
    [TestCase("2026-10-25T01:15:00Z", "mid gap", TestName = "At_AutumnNightSecondPass_GoesOn")]
    [TestCase("2026-10-25T01:59:59Z", "mid gap", TestName = "At_AutumnNightBeforeTwo_GoesOn")]
    [TestCase("2026-10-25T02:00:00Z", "mid", TestName = "At_AutumnNightTwo_EndsTheDoubledHour")]
    [TestCase("2026-10-25T02:30:00Z", "late", TestName = "At_AutumnNightHalfPastTwo_IsTheNext")]
    public void At_NightsOfTheClockChange_StayInOrder(string time, string periods) =>
        Assert.That(Running(Read(Nights), time).Replace("term-time ", "", StringComparison.Ordinal).Replace("weekend ", "", StringComparison.Ordinal), Is.EqualTo(periods));

    [TestCase("America/New_York", "2026-11-23T14:00:00Z", "2026-11-23T15:00:00Z", TestName = "EndOf_NewYork")]
    [TestCase("Asia/Kolkata", "2026-11-23T03:30:00Z", "2026-11-23T04:30:00Z", TestName = "EndOf_HalfHourZone")]
    [TestCase("Pacific/Auckland", "2026-11-22T20:00:00Z", "2026-11-22T21:00:00Z", TestName = "EndOf_TheDayBeforeInUtc")]
    [TestCase("UTC", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z", TestName = "EndOf_Utc")]
    public void EndOf_LessonInAnotherZone_IsByItsClock(string zone, string time, string end)
    {
        var timetable = Read($"timetable: {{ zone: {zone}, week: {{ mon: {{ lesson: 09:00-10:00 }} }} }}");
        Assert.Multiple(() =>
        {
            Assert.That(timetable.EndOf(Index(timetable, "lesson"), Time(time)), Is.EqualTo(Time(end)));
            Assert.That(timetable.EndOf(Index(timetable, "lesson"), Time(time).AddTicks(-1)), Is.Null);
            Assert.That(timetable.EndOf(Index(timetable, "lesson"), Time(end)), Is.Null);
        });
    }

    [TestCase("lesson", "2026-11-23T09:10:00Z", "2026-11-23T10:30:00Z")]
    [TestCase("boarding", "2026-11-21T23:00:00Z", "2026-11-22T02:00:00Z")]
    [TestCase("boarding", "2026-11-22T01:00:00Z", "2026-11-22T02:00:00Z")]
    [TestCase("night", "2026-10-24T22:00:00Z", "2026-10-25T06:00:00Z", TestName = "EndOf_TheLongNight_IsAnHourLater")]
    [TestCase("night", "2026-03-28T23:00:00Z", "2026-03-29T05:00:00Z", TestName = "EndOf_TheShortNight_IsAnHourEarlier")]
    [TestCase("weekend", "2026-11-21T12:00:00Z", "2026-11-23T00:00:00Z")]
    [TestCase("term-time", "2026-11-23T09:10:00Z", "2026-11-27T00:00:00Z", TestName = "EndOf_TermTime_GoesOnOverMidnight")]
    [TestCase("holiday", "2026-12-24T12:00:00Z", "2027-01-05T00:00:00Z", TestName = "EndOf_Holiday_IsTheNextTermsFirstDay")]
    [TestCase("out-of-hours", "2026-11-23T15:20:00Z", "2026-11-23T15:30:00Z")]
    [TestCase("out-of-hours", "2026-11-23T17:20:00Z", "2026-11-23T22:00:00Z")]
    [TestCase("holiday", "2028-12-24T12:00:00Z", null, TestName = "EndOf_HolidayAfterAllTerms_HasNone")]
    [TestCase("lesson", "2026-11-23T12:10:00Z", null, TestName = "EndOf_WhatDoesNotRun_IsNull")]
    [TestCase("weekend", "2026-11-23T12:10:00Z", null, TestName = "EndOf_BuiltInThatDoesNotRun_IsNull")]
    public void EndOf_Period_IsItsBell(string period, string time, string? end)
    {
        var timetable = Read(School);
        Assert.That(timetable.EndOf(Index(timetable, period), Time(time)), Is.EqualTo(end is null ? null : (DateTimeOffset?)Time(end)));
    }

    [Test]
    public void EndOf_TwoLessonsThatTouch_IsTheFirstBell()
    {
        var timetable = Read("timetable: { week: { mon: { lesson: [09:00-10:00, 10:00-11:00] } } }");
        Assert.Multiple(() =>
        {
            Assert.That(timetable.EndOf(Index(timetable, "lesson"), Time("2026-11-23T09:30:00Z")), Is.EqualTo(Time("2026-11-23T10:00:00Z")));
            Assert.That(timetable.NextChange(Time("2026-11-23T09:30:00Z")), Is.EqualTo(Time("2026-11-23T10:00:00Z")));
            Assert.That(timetable.EndOf(Index(timetable, "lesson"), Time("2026-11-23T10:00:00Z")), Is.EqualTo(Time("2026-11-23T11:00:00Z")));
        });
    }

    [TestCase("2026-11-20T14:45:00Z", "2026-11-20T15:15:00Z", TestName = "Bell_LessonAndAssembly_IsTheFirstToEnd")]
    [TestCase("2026-11-23T10:30:00Z", "2026-11-23T10:45:00Z", TestName = "Bell_Break_IsItsEnd")]
    [TestCase("2026-11-23T18:00:00Z", null, TestName = "Bell_OutOfHours_IsNone")]
    public void Bell(string time, string? bell) => Assert.That(Read(School).Bell(Time(time)), Is.EqualTo(bell is null ? null : (DateTimeOffset?)Time(bell)));

    [TestCase("2026-11-23T09:00:00Z", "2026-11-23T17:00:00Z", TestName = "EndOfSchoolDay_Morning_IsTheClubsEnd")]
    [TestCase("2026-11-25T09:00:00Z", "2026-11-25T17:00:00Z", TestName = "EndOfSchoolDay_Wednesday_IsTheClubsEnd")]
    [TestCase("2026-11-20T09:00:00Z", "2026-11-20T15:15:00Z", TestName = "EndOfSchoolDay_FridayWithoutClub_IsTheAssemblysEnd")]
    [TestCase("2026-11-23T17:00:00Z", "2026-11-24T00:00:00Z", TestName = "EndOfSchoolDay_AfterTheLastBell_IsMidnight")]
    [TestCase("2026-08-05T12:00:00Z", "2026-08-05T23:00:00Z", TestName = "EndOfSchoolDay_InTheHolidays_IsLocalMidnight")]
    public void EndOfSchoolDay(string time, string end) => Assert.That(Read(School).EndOfSchoolDay(Time(time)), Is.EqualTo(Time(end)));

    [TestCase("Europe/London", "2026-06-30T22:59:59Z", "2026-06-30", "2026-06-30T23:00:00Z")]
    [TestCase("Europe/London", "2026-06-30T23:00:00Z", "2026-07-01", "2026-07-01T23:00:00Z")]
    [TestCase("Europe/London", "2026-10-25T12:00:00Z", "2026-10-25", "2026-10-26T00:00:00Z", TestName = "DayOf_TheLongDay")]
    [TestCase("Europe/London", "2028-02-29T12:00:00Z", "2028-02-29", "2028-03-01T00:00:00Z", TestName = "DayOf_LeapDay")]
    [TestCase("Europe/London", "2027-12-31T23:59:59Z", "2027-12-31", "2028-01-01T00:00:00Z", TestName = "DayOf_YearEnd")]
    [TestCase("Pacific/Kiritimati", "2026-11-23T11:00:00Z", "2026-11-24", "2026-11-24T10:00:00Z", TestName = "DayOf_FourteenHoursAhead")]
    // In Beirut the clock jumps from midnight to one on 29 March 2026, and at midnight of 25 October it goes back to eleven: the new day has begun all the same.
    [TestCase("Asia/Beirut", "2026-03-28T22:00:00Z", "2026-03-29", "2026-03-29T21:00:00Z", TestName = "DayOf_ADayWithoutItsMidnight_BeginsAtTheJump")]
    [TestCase("Asia/Beirut", "2026-10-24T21:30:00Z", "2026-10-24", "2026-10-24T22:00:00Z", TestName = "DayOf_ADayWithTwoElevens_EndsAtTheSecondMidnight")]
    public void DayOf_Instant_IsTheDayByTheClock(string zone, string time, string day, string end)
    {
        var timetable = Read($"timetable: {{ zone: {zone} }}");
        Assert.Multiple(() =>
        {
            Assert.That(timetable.DayOf(Time(time)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Is.EqualTo(day));
            Assert.That(timetable.EndOfDay(Time(time)), Is.EqualTo(Time(end)));
            Assert.That(timetable.DayOf(timetable.EndOfDay(Time(time))), Is.EqualTo(timetable.DayOf(Time(time)).AddDays(1)));
        });
    }

    [Test]
    public void IsSchoolDay_WithoutTerms_IsEveryWeekdayButHolidays()
    {
        var timetable = Read("timetable: { holidays: [{ name: inset, on: 2026-11-27 }] }");
        Assert.Multiple(() =>
        {
            Assert.That(timetable.IsSchoolDay(new DateOnly(2026, 11, 26)));
            Assert.That(timetable.IsSchoolDay(new DateOnly(2026, 11, 27)), Is.False);
            Assert.That(timetable.IsSchoolDay(new DateOnly(2026, 11, 28)), Is.False);
            Assert.That(timetable.IsSchoolDay(new DateOnly(2026, 8, 5)));
        });
    }

    [Test]
    public void Empty_AnyTime_IsOutOfHours()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Running(Timetable.Empty, "2026-11-23T10:00:00Z"), Is.EqualTo("term-time out-of-hours"));
            Assert.That(Running(Timetable.Empty, "2026-11-22T10:00:00Z"), Is.EqualTo("weekend out-of-hours"));
            Assert.That(Timetable.Empty.EndOf(Timetable.OutOfHours, Time("2026-11-22T10:00:00Z")), Is.Null);
            Assert.That(Timetable.Empty.EndOf(Timetable.Holiday, DateTimeOffset.MaxValue), Is.Null);
        });
    }

    [Test]
    public void At_EitherEndOfTheCalendar_Answers()
    {
        var timetable = Read(School);
        Assert.Multiple(() =>
        {
            Assert.That(timetable.At(DateTimeOffset.MinValue).Contains(Timetable.Holiday));
            Assert.That(timetable.At(DateTimeOffset.MaxValue).Contains(Timetable.Holiday));
            Assert.That(timetable.EndOf(Timetable.Holiday, DateTimeOffset.MaxValue), Is.Null);
            Assert.That(timetable.NextChange(DateTimeOffset.MaxValue), Is.EqualTo(DateTimeOffset.MaxValue));
        });
    }

    /// <summary>Every half hour of two years, in zones with every kind of change: the days follow each other without a hole, and what runs is what the clock shows wherever it shows a time once.</summary>
    [TestCase("Europe/London")]
    [TestCase("Asia/Beirut")]
    [TestCase("Africa/Cairo")]
    [TestCase("America/Santiago")]
    [TestCase("America/Havana")]
    [TestCase("Australia/Lord_Howe")]
    [TestCase("Atlantic/Azores")]
    [TestCase("Asia/Kathmandu")]
    public void At_EveryHalfHour_AgreesWithTheClock(string id)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        var timetable = Read($"timetable: {{ zone: {id}, week: {{ mon-sun: {{ day: 08:00-20:00, night: 20:00-08:00, witching: 23:30-00:30 }} }} }}");
        var (day, night, witching) = (Index(timetable, "day"), Index(timetable, "night"), Index(timetable, "witching"));
        var previous = timetable.DayOf(Time("2025-12-31T23:45:00Z"));
        for (var time = Time("2026-01-01T00:15:00Z"); time < Time("2028-01-01T00:00:00Z"); time = time.AddMinutes(30))
        {
            var clock = TimeZoneInfo.ConvertTime(time, zone).DateTime;
            var running = timetable.At(time);
            if (running.Contains(day) == running.Contains(night)) Assert.Fail($"{time:O}: neither or both of two that take turns");
            var today = timetable.DayOf(time);
            if (today != previous && today != previous.AddDays(1)) Assert.Fail($"{time:O}: {previous} is followed by {today}");
            previous = today;
            if (zone.IsAmbiguousTime(clock)) continue;
            Assert.That(running.Contains(day), Is.EqualTo(clock.Hour is >= 8 and < 20), $"{time:O}");
            Assert.That(today, Is.EqualTo(DateOnly.FromDateTime(clock)), $"{time:O}");
            if (!zone.IsAmbiguousTime(clock.AddHours(-1))) Assert.That(running.Contains(witching), Is.EqualTo(clock.TimeOfDay.TotalMinutes is >= 1410 or < 30), $"{time:O}");
        }
    }

    [Test]
    public void At_TheSameDayAgain_DoesNotAllocate()
    {
        var timetable = Read(School);
        var time = Time("2026-11-23T08:00:00Z");
        timetable.At(time);
        var bits = 0UL;
        var least = long.MaxValue;
        for (var run = 0; run < 3; run++) // a collection elsewhere counts too
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++) bits |= timetable.At(time.AddSeconds(i * 30)).Bits;
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.That(least, Is.Zero);
        Assert.That(bits, Is.Not.Zero);
    }

    [Test]
    public void At_SeveralThreadsOnSeveralDays_EachGetsItsAnswer()
    {
        var timetable = Read(School);
        var wrong = 0;
        Parallel.For(0, 4, worker =>
        {
            var time = Time("2026-11-23T09:30:00Z").AddDays(worker);
            for (var i = 0; i < 2000; i++)
                if (timetable.DayOf(time) != new DateOnly(2026, 11, 23 + worker) || !timetable.At(time).Contains(Index(timetable, "lesson"))) Interlocked.Increment(ref wrong);
        });
        Assert.That(wrong, Is.Zero);
    }

    private static Timetable Read(string timetable)
    {
        var document = PolicyDocument.Parse("school: S\nnetworks: [10.20.0.0/16]\ntiers: { pupil: {} }\n" + timetable, Given.Taxonomy, out var problems);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        return document!.Timetable;
    }

    private static int Index(Timetable timetable, string period)
    {
        Assert.That(timetable.TryFind(period, out var index), period);
        return index;
    }

    private static string Running(Timetable timetable, string time)
    {
        var set = timetable.At(Time(time));
        // The built-in out-of-hours reads best at the end.
        var names = timetable.Periods.Select((name, index) => (name, index)).Where(p => set.Contains(p.index));
        return string.Join(' ', names.OrderBy(p => p.index == Timetable.OutOfHours).Select(p => p.name));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
