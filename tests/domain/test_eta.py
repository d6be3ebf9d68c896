"""What may be said about when an order arrives: never more than its promise and its state tell."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.eta import LATE_AFTER, STILL_TO_DO, UNHEARD_OF, Progress, say_progress
from domain.order import OrderStatus as S
from domain.speech import say_past

ZONE = "America/Chicago"
ORDERED = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)  # a Monday, 12:30 pm there
PROMISE = 35


def progress(status: S, wanted_at: datetime | None = None, delivered_at: datetime | None = None) -> Progress:
    return Progress(status, ORDERED, PROMISE, wanted_at, delivered_at)


def after(minutes: float) -> datetime:
    return ORDERED + timedelta(minutes=minutes)


def said(status: S, minutes: float) -> str:
    return say_progress(progress(status), "Spice Route", after(minutes), ZONE)


@pytest.mark.parametrize(
    ("status", "minutes", "arrives"),
    [
        (S.PLACED, 0, "in about 30 to 35 minutes"),
        (S.CONFIRMED, 4, "in about 30 to 35 minutes"),
        (S.CONFIRMED, 5, "in about 25 to 30 minutes"),
        (S.PREPARING, 17, "in about 15 to 20 minutes"),
        (S.PICKED_UP, 17, "in about 15 to 20 minutes"),
        (S.PICKED_UP, 26, "in about 5 to 10 minutes"),
        (S.PICKED_UP, 31, "any minute now"),
        (S.PICKED_UP, 40, "any minute now"),
    ],
)
def test_the_range_ends_at_the_promise(status: S, minutes: float, arrives: str) -> None:
    assert progress(status).arrives(after(minutes), ZONE) == arrives


@pytest.mark.parametrize(
    ("status", "arrives"),
    [
        (S.PLACED, "in about 20 to 25 minutes"),
        (S.PREPARING, "in about 10 to 15 minutes"),
        (S.READY, "in about 10 to 15 minutes"),
    ],
)
def test_food_that_has_not_left_is_not_any_minute_now(status: S, arrives: str) -> None:
    assert progress(status).arrives(after(34), ZONE) == arrives


@pytest.mark.parametrize("status", STILL_TO_DO)
def test_it_is_late_only_past_the_promise_and_its_rounding(status: S) -> None:
    limit = ORDERED + timedelta(minutes=PROMISE) + LATE_AFTER
    assert not progress(status).late(limit)
    assert progress(status).late(limit + timedelta(seconds=1))


@pytest.mark.parametrize("status", [status for status in S if status not in STILL_TO_DO])
def test_what_is_over_or_not_begun_is_never_late(status: S) -> None:
    assert not progress(status).late(after(600))


def test_a_late_order_tells_how_late_and_promises_nothing_new() -> None:
    assert said(S.PREPARING, 45) == "Your Spice Route order is still being prepared. It is ten minutes late."
    assert (
        said(S.PICKED_UP, 57.9)
        == "Your Spice Route order is still on its way. It is twenty-two minutes late."
    )
    assert progress(S.PICKED_UP).arrives(after(45), ZONE) is None


def test_an_order_nobody_has_heard_of_for_hours_is_not_counted_in_minutes() -> None:
    now = after(PROMISE) + UNHEARD_OF + timedelta(minutes=1)
    told = say_progress(progress(S.PLACED), "Spice Route", now, ZONE)
    assert told.endswith("It was due today at 1:05 pm, and I have no word that it arrived.")


def test_an_order_for_later_tells_its_time() -> None:
    wanted = after(7.5 * 60)
    planned = progress(S.SCHEDULED, wanted)
    assert planned.arrives(ORDERED, ZONE) == "today at 8 pm"
    told = say_progress(planned, "Spice Route", ORDERED, ZONE)
    assert told == "Your Spice Route order is planned for today at 8 pm."
    begun = progress(S.CONFIRMED, wanted)
    assert begun.arrives(wanted - timedelta(minutes=61), ZONE) == "today at 8 pm"
    assert begun.arrives(wanted - timedelta(minutes=30), ZONE) == "in about 25 to 30 minutes"
    assert not begun.late(wanted)


@pytest.mark.parametrize(
    ("status", "minutes", "says"),
    [
        (S.AWAITING_PAYMENT, 20, "आपका Spice Route ऑर्डर अभी हुआ नहीं है: उसका पेमेंट बाकी है।"),
        (
            S.PLACED,
            5,
            "आपका Spice Route ऑर्डर हो गया है; रेस्टोरेंट ने अभी उसे कन्फ़र्म नहीं किया है। "
            "यह लगभग पच्चीस से तीस मिनट में पहुँच जाएगा।",
        ),
        (S.PREPARING, 45, "आपका Spice Route ऑर्डर अभी भी बन रहा है। यह दस मिनट लेट है।"),
        (S.PICKED_UP, 35, "आपका Spice Route ऑर्डर रास्ते में है। यह किसी भी पल पहुँच जाएगा।"),
        (S.CLOSED, 20, "आपका Spice Route ऑर्डर, जो आज दोपहर साढ़े बारह बजे किया गया था, पूरा हो चुका है।"),
        (S.CANCELLED, 20, "आपका Spice Route ऑर्डर कैंसल हो गया था।"),
        (
            S.PLACED,
            PROMISE + 121,
            "आपका Spice Route ऑर्डर हो गया है; रेस्टोरेंट ने अभी उसे कन्फ़र्म नहीं किया है। "
            "इसे आज दोपहर एक बजकर पाँच मिनट पर पहुँच जाना था, और मुझे इसके पहुँचने की कोई ख़बर नहीं है।",
        ),
    ],
)
def test_the_state_of_an_order_is_told_in_hindi(status: S, minutes: float, says: str) -> None:
    assert say_progress(progress(status), "Spice Route", after(minutes), ZONE, "hi") == says


def test_an_order_that_came_or_comes_later_tells_its_time_in_hindi() -> None:
    done = progress(S.DELIVERED, delivered_at=after(30))
    assert say_progress(done, "Spice Route", after(90), ZONE, "hi") == (
        "आपका Spice Route ऑर्डर आज दोपहर एक बजे डिलीवर हो गया था।"
    )
    planned = progress(S.SCHEDULED, after(7.5 * 60))
    assert say_progress(planned, "Spice Route", ORDERED, ZONE, "hi") == (
        "आपका Spice Route ऑर्डर आज रात आठ बजे पहुँचना तय है।"
    )


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (S.AWAITING_PAYMENT, "Your Spice Route order is not placed yet: its payment is still open."),
        (S.DELIVERED, "Your Spice Route order was delivered."),
        (S.CLOSED, "Your Spice Route order from today at 12:30 pm is closed."),
        (S.REJECTED, "The restaurant could not take your Spice Route order."),
        (S.CANCELLED, "Your Spice Route order was cancelled."),
        (S.FAILED, "Your Spice Route order could not be delivered."),
    ],
)
def test_what_is_over_tells_what_happened_and_no_time_to_come(status: S, says: str) -> None:
    assert said(status, 20) == says
    assert progress(status).arrives(after(20), ZONE) is None


@pytest.mark.parametrize("status", [S.DELIVERED, S.CLOSED])
def test_a_delivery_that_was_noted_tells_when(status: S) -> None:
    done = progress(status, delivered_at=after(30))
    assert say_progress(done, "Spice Route", after(90), ZONE) == (
        "Your Spice Route order was delivered today at 1 pm."
    )


@pytest.mark.parametrize("status", S)
def test_every_state_has_its_sentence(status: S) -> None:
    told = said(status, 10)
    assert "Spice Route" in told
    assert told.endswith(".")
    assert "{" not in told


@pytest.mark.parametrize(
    ("days", "says"),
    [(0, "today at 12:30 pm"), (1, "yesterday at 12:30 pm"), (6, "Monday at 12:30 pm"), (7, "2 March")],
)
def test_a_past_day_is_named_as_people_do(days: int, says: str) -> None:
    assert say_past(ORDERED, ORDERED + timedelta(days=days), ZONE) == says


def estimated(status: S, in_minutes: float, spread: float = 2, now: float = 20) -> Progress:
    """At `now` minutes after ordering, thought to be there `in_minutes` later."""
    at = after(now + in_minutes)
    return Progress(status, ORDERED, PROMISE, expected_at=at, spread=timedelta(minutes=spread))


@pytest.mark.parametrize(
    ("in_minutes", "spread", "arrives"),
    [
        (12, 2, "in about 10 to 15 minutes"),
        (12, 4, "in about 5 to 20 minutes"),
        (3, 1.5, "any minute now"),
        (6, 3, "within about 10 minutes"),
        (-8, 2, "any minute now"),
    ],
)
def test_an_estimate_is_told_as_the_steps_of_five_minutes_it_lies_in(
    in_minutes: float, spread: float, arrives: str
) -> None:
    assert estimated(S.PICKED_UP, in_minutes, spread).arrives(after(20), ZONE) == arrives


def test_an_estimate_never_says_less_than_its_state_still_takes() -> None:
    assert estimated(S.PREPARING, 2).arrives(after(20), ZONE) == "in about 10 to 15 minutes"
    assert estimated(S.PLACED, 0).arrives(after(20), ZONE) == "in about 20 to 25 minutes"


def test_a_delay_that_is_foreseen_is_told_with_when_it_comes_instead() -> None:
    told = estimated(S.PICKED_UP, 26)
    assert told.will_be_late(after(20))
    assert not told.late(after(20))
    assert say_progress(told, "Spice Route", after(20), ZONE) == (
        "Your Spice Route order is on its way. It will be about ten minutes late. "
        "It should be with you in about 20 to 30 minutes."
    )
    late = estimated(S.PICKED_UP, 7, now=44)
    assert say_progress(late, "Spice Route", after(44), ZONE) == (
        "Your Spice Route order is still on its way. It is about fifteen minutes late. "
        "It should be with you in about 5 to 10 minutes."
    )
    assert say_progress(late, "Spice Route", after(44), ZONE, "hi") == (
        "आपका Spice Route ऑर्डर अभी भी रास्ते में है। यह लगभग पंद्रह मिनट लेट है। यह लगभग पाँच से दस मिनट में पहुँच जाएगा।"
    )


def test_an_estimate_of_an_order_nobody_has_heard_of_for_hours_is_none() -> None:
    now = after(PROMISE) + UNHEARD_OF + timedelta(minutes=1)
    lost = Progress(S.PICKED_UP, ORDERED, PROMISE, expected_at=now, spread=timedelta(minutes=2))
    assert say_progress(lost, "Spice Route", now, ZONE).endswith("I have no word that it arrived.")
    assert lost.arrives(now, ZONE) is None
