using FilterGate.Matching;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

/// <summary>Trolleys that classes have for a lesson.</summary>
public sealed class BookingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private FakeTimeProvider _clock = null!;
    private TempFolder _folder = null!;
    private StateStore _state = null!;

    [SetUp]
    public void SetUp()
    {
        _clock = new FakeTimeProvider(Noon);
        _state = StateStore.Open((_folder = new TempFolder())["state.db"], _clock);
    }

    [TearDown]
    public void TearDown()
    {
        _state.Dispose();
        _folder.Dispose();
    }

    private string[] At(double minutes) => [.. _state.InForce(Noon.AddMinutes(minutes), BundleCatalogue.Empty).Bookings.Select(b => $"{b.Trolley} {b.Class}")];

    [Test]
    public void Book_IsInForceFromItsStartUntilJustBeforeItsEnd()
    {
        var (made, isTaken) = _state.Book("ipad", "4b", Noon.AddMinutes(5), Noon.AddMinutes(60), "maths", "tech");
        Assert.That((isTaken, made.Actor, made.Reason, made.Ends), Is.EqualTo((false, "tech", "maths", Noon.AddMinutes(60))));
        Assert.That((At(4.99), At(5), At(59.99), At(60)), Is.EqualTo((Array.Empty<string>(), new[] { "ipad 4b" }, new[] { "ipad 4b" }, Array.Empty<string>())));
    }

    [TestCase("ipad", 0, 60, true, TestName = "Book_SameTime_IsTaken")]
    [TestCase("IPAD", 59, 90, true, TestName = "Book_OverlapInAnyCase_IsTaken")]
    [TestCase("ipad-14", 10, 20, true, TestName = "Book_OneDeviceOfIt_IsTaken")]
    [TestCase("ipad", 60, 90, false, TestName = "Book_TheNextLesson_IsFree")]
    [TestCase("ipad-b", 10, 20, true, TestName = "Book_TrolleyWithinIt_IsTaken")]
    [TestCase("netbook", 10, 20, false, TestName = "Book_AnotherTrolley_IsFree")]
    [TestCase("ipad2", 10, 20, false, TestName = "Book_NameThatOnlyBeginsSo_IsFree")]
    public void Book_BesideAnother(string trolley, int from, int to, bool expected)
    {
        _state.Book("ipad", "4b", Noon, Noon.AddMinutes(60), null, "tech");
        var (booking, isTaken) = _state.Book(trolley, "5a", Noon.AddMinutes(from), Noon.AddMinutes(to), null, "tech");
        Assert.That((isTaken, booking.Booking.Class), Is.EqualTo((expected, expected ? "4b" : "5a")));
    }

    [Test]
    public void EndBookings_EndsWhatRunsAndWhatIsToCome_AndFreesTheTrolley()
    {
        _state.Book("ipad", "4b", Noon, Noon.AddMinutes(60), null, "tech");
        _state.Book("ipad", "5a", Noon.AddMinutes(60), Noon.AddMinutes(120), null, "tech");
        _clock.Advance(TimeSpan.FromMinutes(30));
        var ended = _state.EndBookings("IPAD", "back early", "tech");
        Assert.That(ended.Select(b => (b.Booking.Class, b.EndedAt, b.EndedBy)), Is.EqualTo(new (string, DateTimeOffset?, string?)[] { ("4b", Noon.AddMinutes(30), "tech"), ("5a", Noon.AddMinutes(30), "tech") }));
        Assert.That((At(30), At(90), _state.EndBookings("ipad", null, "tech").Count), Is.EqualTo((Array.Empty<string>(), Array.Empty<string>(), 0)));
        Assert.That(_state.Book("ipad", "6c", Noon.AddMinutes(30), Noon.AddMinutes(40), null, "tech").IsTaken, Is.False);
        // Who had it when: the one that ran had it until then.
        Assert.That(_state.WasInForce(Noon.AddMinutes(29), Noon.AddMinutes(29), BundleCatalogue.Empty).Bookings.Select(b => b.Class), Is.EqualTo(new[] { "4b" }));
        Assert.That(_state.Audits(new AuditQuery()).Rows.Select(a => a.Action), Is.SupersetOf(new[] { "devices.assign", "devices.unassign" }));
    }

    [Test]
    public void NextBookingChange_IsTheNextBeginningOrEnd()
    {
        Assert.That(_state.NextBookingChange(Noon), Is.Null);
        _state.Book("ipad", "4b", Noon.AddMinutes(10), Noon.AddMinutes(60), null, "tech");
        Assert.That((_state.NextBookingChange(Noon), _state.NextBookingChange(Noon.AddMinutes(10)), _state.NextBookingChange(Noon.AddMinutes(60))), Is.EqualTo(((DateTimeOffset?)Noon.AddMinutes(10), (DateTimeOffset?)Noon.AddMinutes(60), (DateTimeOffset?)null)));
        _state.EndBookings("ipad", null, "tech");
        Assert.That(_state.NextBookingChange(Noon), Is.Null);
    }

    [Test]
    public void Book_EndNotAfterItsStart_IsRefused() => Assert.That(() => _state.Book("ipad", "4b", Noon, Noon, null, "tech"), Throws.ArgumentException);
}
