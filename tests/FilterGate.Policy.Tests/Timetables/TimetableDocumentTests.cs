using System.Globalization;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Timetables;

namespace FilterGate.Policy.Tests.Timetables;

public sealed class TimetableDocumentTests
{
    // The timetable begins on line 4; a line of the week on line 6, column 5, and a term or holiday on line 5, column 12 or 15.
    [TestCase("timetable: lesson", "4:12: timetable is a mapping", TestName = "Parse_TimetableAsText")]
    [TestCase("timetable: { wek: {} }", "4:14: 'wek' is no key of timetable; did you mean 'week'?", TestName = "Parse_TimetableUnknownKey")]
    [TestCase("timetable: { zone: Europe/Lodnon }", "4:20: 'Europe/Lodnon' is no time zone; did you mean 'Europe/London'?", TestName = "Parse_ZoneMistyped")]
    [TestCase("timetable: { zone: ../../etc/passwd }", "4:20: '../../etc/passwd' is no time zone", TestName = "Parse_ZoneAsAPath")]
    [TestCase("timetable: { zone: [UTC] }", "4:20: a time zone such as Europe/London is wanted here", TestName = "Parse_ZoneAsAList")]
    [TestCase("timetable: { week: [mon] }", "4:20: week is a mapping", TestName = "Parse_WeekAsAList")]
    [TestCase("timetable: { week: { mon: lesson } }", "4:27: mon is a mapping", TestName = "Parse_DayAsText")]
    [TestCase("timetable: { week: { monday: {} } }", "4:22: 'monday' is no day; write a day or a range of days", TestName = "Parse_WholeWordForADay")]
    [TestCase("timetable: { week: { mn-fri: {} } }", "4:22: 'mn' is no day; did you mean 'mon'?", TestName = "Parse_DayMistyped")]
    [TestCase("timetable: { week: { mon-tue-wed: {} } }", "4:22: 'mon-tue-wed' is no range of days", TestName = "Parse_RangeOfThree")]
    [TestCase("timetable: { week: { mon: { Lesson 1: 09:00-10:00 } } }", "4:29: 'Lesson 1' cannot name a period", TestName = "Parse_PeriodName")]
    [TestCase("timetable: { week: { mon: { holiday: 09:00-10:00 } } }", "4:29: 'holiday' is built in", TestName = "Parse_BuiltInName")]
    [TestCase("timetable: { week: { mon: { lesson: 09:00 } } }", "4:37: '09:00' is no span of time; write it as 09:00-10:30", TestName = "Parse_SpanWithoutEnd")]
    [TestCase("timetable: { week: { mon: { lesson: 09:00-10:00-11:00 } } }", "4:37: '09:00-10:00-11:00' is no span", TestName = "Parse_SpanOfThree")]
    [TestCase("timetable: { week: { mon: { lesson: 09:00-25:00 } } }", "4:37: '25:00' is no end of a span; write a time from 00:01 to 24:00", TestName = "Parse_HourTwentyFive")]
    [TestCase("timetable: { week: { mon: { lesson: 24:00-10:00 } } }", "4:37: '24:00' is no beginning of a span", TestName = "Parse_BeginningAtTwentyFour")]
    [TestCase("timetable: { week: { mon: { lesson: 09:60-10:00 } } }", "4:37: '09:60' is no beginning of a span", TestName = "Parse_MinuteSixty")]
    [TestCase("timetable: { week: { mon: { lesson: 9am-10am } } }", "4:37: '9am' is no beginning of a span", TestName = "Parse_TwelveHourClock")]
    [TestCase("timetable: { week: { mon: { lesson: 24:01-24:00 } } }", "4:37: '24:01' is no beginning", TestName = "Parse_AfterTwentyFour")]
    [TestCase("timetable: { week: { mon: { lesson: 09:00-09:00 } } }", "4:37: '09:00-09:00' ends as it begins; for a whole day write 00:00-24:00", TestName = "Parse_EmptySpan")]
    [TestCase("timetable: { week: { mon: { lesson: } } }", "4:37: a span such as 09:00-10:30 is wanted here", TestName = "Parse_SpanOfNothing")]
    [TestCase("timetable: { week: { mon: { lesson: { always: true } } } }", "4:37: the times of lesson are missing", TestName = "Parse_TimesMissing")]
    [TestCase("timetable: { week: { mon: { lesson: { times: 09:00-10:00, always: yes } } } }", "4:67: 'yes' is no value of always", TestName = "Parse_AlwaysYes")]
    [TestCase("timetable: { week: { mon: { lesson: [09:00-10:00, 09:30-11:00] } } }", "4:51: '09:30-11:00' of lesson runs into another span of it on mon", TestName = "Parse_PeriodOverlapsItself")]
    [TestCase("timetable: { week: { mon: { lesson: [09:30-11:00, 09:00-10:00] } } }", "4:51: '09:00-10:00' of lesson runs into another", TestName = "Parse_PeriodOverlapsItself_TheLaterWrittenIsNamed")]
    [TestCase("timetable: { week: { mon-sun: { night: [20:00-08:00, 07:00-09:00] } } }", "4:54: '07:00-09:00' of night runs into another", TestName = "Parse_NightRunsIntoTheMorning")]
    [TestCase("timetable: { week: { sat: { night: 20:00-08:00 }, sun: { night: 07:00-09:00 } } }", "4:65: '07:00-09:00' of night runs into another span of it on sun", TestName = "Parse_SaturdayNightRunsIntoSunday")]
    [TestCase("timetable: { week: { mon-wed: { lesson: 09:00-10:00 }, wed-fri: { lesson: 11:00-12:00 } } }", "4:67: 'lesson' stands under mon-wed and under wed-fri, which share wed", TestName = "Parse_TwoRangesShareADay")]
    [TestCase("timetable: { terms: [{ name: autumn, from: 2026-12-18, to: 2026-09-03 }] }", "4:60: the term 'autumn' ends on 2026-09-03, before it begins", TestName = "Parse_TermBackwards")]
    [TestCase("timetable: { terms: [{ name: a, from: 2026-09-03, to: 2026-12-18 }, { name: b, from: 2026-12-18, to: 2027-03-25 }] }", "4:69: term 'b' overlaps 'a' of line 4; terms follow each other", TestName = "Parse_TermsOverlap")]
    [TestCase("timetable: { terms: [{ name: a, from: 2027-02-29, to: 2027-03-25 }] }", "4:39: '2027-02-29' is no day of the calendar", TestName = "Parse_NoLeapYear")]
    [TestCase("timetable: { terms: [{ name: a, from: 03/09/2026, to: 2026-12-18 }] }", "4:39: '03/09/2026' is no day of the calendar; write year, month and day as 2026-09-03", TestName = "Parse_DayInBritishOrder")]
    [TestCase("timetable: { terms: [{ name: a, on: 2026-09-03 }] }", "4:22: a term has from and to", TestName = "Parse_TermOnOneDay")]
    [TestCase("timetable: { terms: [{ name: a, from: 2026-09-03 }] }", "4:22: a term has from and to", TestName = "Parse_TermWithoutEnd")]
    [TestCase("timetable: { terms: [{ from: 2026-09-03, to: 2026-12-18 }] }", "4:22: the term's name is missing", TestName = "Parse_TermWithoutName")]
    [TestCase("timetable: { terms: [autumn] }", "4:22: a term is written as", TestName = "Parse_TermAsText")]
    [TestCase("timetable: { holidays: [{ name: a, on: 2026-09-03, to: 2026-09-04 }] }", "4:25: a holiday has either from and to, or on", TestName = "Parse_HolidayWithOnAndTo")]
    [TestCase("timetable: { holidays: [{ name: a, on: 2026-13-01 }] }", "4:40: '2026-13-01' is no day", TestName = "Parse_MonthThirteen")]
    [TestCase("timetable: { terms: [{ name: a, from: 2026-09-03, to: 2026-12-18 }], holidays: [{ name: b, from: 2026-09-01, to: 2026-12-31 }] }", "4:81: holiday 'b' covers the whole term 'a'", TestName = "Parse_HolidayCoversATerm")]
    public void Parse_Mistake_IsReportedOnceWithPlaceAndFix(string timetable, string problem)
    {
        var (document, problems) = Parse(timetable);
        Assert.Multiple(() =>
        {
            Assert.That(document, Is.Null);
            Assert.That(problems, Has.Length.EqualTo(1), string.Join('\n', problems));
            Assert.That(problems[0], Does.StartWith(problem));
        });
    }

    [TestCase("timetable: { week: { mon: { lesson: 10:00-09:00 } } }", "4:37: '10:00-09:00' runs over midnight and lasts 23 hours 0 minutes; if it is meant for one day, write 09:00-10:00", TestName = "Parse_SpanBackwards_IsAWarning")]
    [TestCase("timetable: { holidays: [{ name: a, on: 2026-09-03 }, { name: b, on: 2026-09-03 }] }", "4:54: holiday 'b' overlaps 'a' of line 4", TestName = "Parse_HolidaysOverlap_IsAWarning")]
    [TestCase("timetable: { terms: [{ name: a, from: 2026-09-03, to: 2026-12-18 }], holidays: [{ name: b, on: 2027-01-01 }] }", "4:81: holiday 'b' lies within no term", TestName = "Parse_HolidayOutsideTerms_IsAWarning")]
    public void Parse_Oddity_IsAWarning(string timetable, string problem)
    {
        var (document, problems) = Parse(timetable);
        Assert.Multiple(() =>
        {
            Assert.That(document, Is.Not.Null, string.Join('\n', problems));
            Assert.That(problems, Has.Length.EqualTo(1), string.Join('\n', problems));
            Assert.That(problems[0], Does.StartWith(problem));
        });
    }

    [TestCase("timetable:", TestName = "Parse_EmptyTimetable")]
    [TestCase("timetable: { week: { mon: { lesson: 9:00-10:30 } } }", TestName = "Parse_HourOfOneDigit")]
    [TestCase("timetable: { week: { mon: { lesson: '09:00 – 10:30' } } }", TestName = "Parse_DashOfAWordProcessor")]
    [TestCase("timetable: { week: { mon: { lesson: 00:00-24:00 }, tue: { lesson: 00:00-24:00 } } }", TestName = "Parse_WholeDaysThatTouch")]
    [TestCase("timetable: { week: { mon: { evening: 20:00-00:00 }, tue: { evening: 00:00-02:00 } } }", TestName = "Parse_UntilMidnightWrittenAsZero")]
    [TestCase("timetable: { week: { mon: { lesson: 09:00-10:30, assembly: 10:00-10:30 } } }", TestName = "Parse_TwoPeriodsAtOnce")]
    [TestCase("timetable: { week: { fri-mon: { boarding: 20:00-22:00 } } }", TestName = "Parse_RangeOverTheWeekend")]
    [TestCase("timetable: { week: { mon: {}, tue: } }", TestName = "Parse_DayWithoutPeriods")]
    [TestCase("timetable: { zone: America/Port-au-Prince }", TestName = "Parse_ZoneWithHyphens")]
    [TestCase("timetable: { zone: Etc/GMT+5 }", TestName = "Parse_ZoneWithASign")]
    [TestCase("timetable: { terms: [{ name: a, from: 2028-02-29, to: 2028-02-29 }] }", TestName = "Parse_TermOfALeapDay")]
    public void Parse_Right_IsReadWithoutAWord(string timetable)
    {
        var (document, problems) = Parse(timetable);
        Assert.That(problems, Is.Empty);
        Assert.That(document, Is.Not.Null);
    }

    [Test]
    public void Parse_SingleDayBeforeItsRange_StillWins()
    {
        var (document, _) = Parse("timetable: { week: { wed: { lesson: 11:00-12:00 }, mon-fri: { lesson: 09:00-10:00 } } }");
        var lesson = new PeriodSet().With(Timetable.BuiltIn.Length);
        Assert.Multiple(() =>
        {
            Assert.That(document!.Timetable.At(new DateTimeOffset(2026, 11, 25, 9, 30, 0, TimeSpan.Zero)).Overlaps(lesson), Is.False);
            Assert.That(document.Timetable.At(new DateTimeOffset(2026, 11, 25, 11, 30, 0, TimeSpan.Zero)).Overlaps(lesson));
            Assert.That(document.Timetable.At(new DateTimeOffset(2026, 11, 26, 9, 30, 0, TimeSpan.Zero)).Overlaps(lesson));
        });
    }

    [TestCase(60, null, TestName = "Parse_SixtyNames_AreRead")]
    [TestCase(61, "'p60' is one name too many: a timetable has at most 60", TestName = "Parse_SixtyOneNames_AreAMistake")]
    public void Parse_Names_AreBounded(int count, string? problem)
    {
        var periods = string.Join(", ", Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"p{i}: 09:00-10:00")));
        var (document, problems) = Parse($"timetable: {{ week: {{ mon-fri: {{ {periods} }} }} }}");
        if (problem is not null)
        {
            Assert.That(problems.Single(), Does.Contain(problem));
            return;
        }
        Assert.Multiple(() =>
        {
            Assert.That(problems, Is.Empty);
            Assert.That(document!.Timetable.TryFind("p59", out var last));
            Assert.That(last, Is.EqualTo(63));
            Assert.That(document.Timetable.At(new DateTimeOffset(2026, 11, 25, 9, 30, 0, TimeSpan.Zero)).Contains(63));
            Assert.That(document.Timetable.TryFind("p60", out _), Is.False);
        });
    }

    [Test]
    public void Parse_TooManySpansOrDates_IsAMistakeEach()
    {
        var spans = string.Join(", ", Enumerable.Range(0, 49).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i / 4:00}:{i % 4 * 15:00}-{i / 4:00}:{i % 4 * 15 + 10:00}")));
        var dates = string.Join(", ", Enumerable.Repeat("{ name: a, on: 2026-01-01 }", 401));
        var (_, problems) = Parse($"timetable: {{ week: {{ mon: {{ lesson: [{spans}] }} }}, holidays: [{dates}] }}");
        Assert.That(problems, Has.Length.EqualTo(2).And.Some.Contains("more than 48 spans").And.Some.Contains("more than 400 entries"));
    }

    [Test]
    public void Parse_SeveralMistakes_AreAllReported()
    {
        var (_, problems) = Parse("timetable: { zone: Nowhere/Land, week: { mon: { lesson: 25:00-26:00, weekend: 09:00-10:00 } }, terms: [{ name: a, from: x, to: y }] }");
        Assert.That(problems, Has.Length.EqualTo(5), string.Join('\n', problems));
    }

    private static (PolicyDocument? Document, string[] Problems) Parse(string timetable)
    {
        var document = PolicyDocument.Parse("school: S\nnetworks: [10.20.0.0/16]\ntiers: { pupil: {} }\n" + timetable, Given.Taxonomy, out var problems);
        return (document, [.. problems.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Line}:{p.Column}: {p.Message}"))]);
    }
}
