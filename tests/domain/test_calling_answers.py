"""Who may be called: what was answered, what is not known and what has no row are a no at every hour."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.calling import Answer, Channel, Facts, Purpose, decide, in_flight
from domain.hours import Hours
from domain.whereabouts import Locality
from tests.domain.calling import (
    CALL,
    CHICAGO,
    FEEDBACK,
    KOLKATA,
    ORDER,
    PARTNER,
    PROMOTION,
    RULES,
    SMS,
    YES,
    at,
    customer,
    driver,
    indian,
    kitchen,
    switched_on,
)  # fmt: skip

SECOND = timedelta(seconds=1)
TUESDAY, WEDNESDAY = "2026-03-03", "2026-03-04"
ON = switched_on()
NOON = at(f"{TUESDAY} 12:00")


class TestConsent:
    def asked(self, who: Facts, purpose: Purpose, **answers: Answer) -> tuple[bool, str]:
        consents = {Purpose(name): answer for name, answer in answers.items()}
        now = NOON if who.market == "US" else at(f"{TUESDAY} 12:00", KOLKATA)
        decision = decide(ON, replace(who, consents=consents), purpose, SMS, now)
        assert decision.retry_at is None
        return decision.allowed, decision.rule

    @pytest.mark.parametrize("who", [customer(), indian()])
    def test_nobody_is_called_about_an_order_who_was_not_asked_or_said_no(self, who: Facts) -> None:
        no = Answer(granted=False, wording="May we?")
        inferred = Answer(granted=True, wording="")
        assert self.asked(who, ORDER) == (False, "us.consent")
        assert self.asked(who, ORDER, order_service=no) == (False, "us.consent")
        assert self.asked(who, ORDER, order_service=inferred) == (False, "us.consent")
        assert self.asked(who, ORDER, feedback=YES, promotion=YES) == (False, "us.consent")
        assert self.asked(who, ORDER, order_service=YES)[0]

    def test_a_yes_runs_out(self) -> None:
        assert self.asked(customer(), ORDER, order_service=replace(YES, expires_at=NOON + SECOND))[0]
        assert not self.asked(customer(), ORDER, order_service=replace(YES, expires_at=NOON))[0]

    def test_a_yes_that_runs_out_before_the_window_opens_is_not_waited_for(self) -> None:
        night, opens = at(f"{TUESDAY} 03:00"), at(f"{TUESDAY} 09:00")
        for expires, retry in ((opens, None), (opens + SECOND, opens)):
            who = replace(customer(), consents={ORDER: replace(YES, expires_at=expires)})
            assert decide(RULES, who, ORDER, CALL, night).retry_at == retry

    def test_how_it_was_is_about_the_order_unless_they_answered_that_question_otherwise(self) -> None:
        no = Answer(granted=False, wording="May we?")
        assert self.asked(customer(), FEEDBACK, order_service=YES)[0]
        assert self.asked(customer(), FEEDBACK, order_service=YES, feedback=no) == (False, "us.consent")
        assert self.asked(customer(), FEEDBACK, order_service=no, feedback=YES)[0]

    def test_in_india_feedback_and_offers_need_a_yes_of_their_own(self) -> None:
        assert self.asked(indian(), FEEDBACK, order_service=YES) == (False, "in.dnd")
        assert self.asked(indian(), FEEDBACK, feedback=YES)[0]
        assert self.asked(indian(), PROMOTION, order_service=YES, feedback=YES) == (False, "in.dnd")

    def test_an_offer_in_the_usa_needs_it_in_writing(self) -> None:
        spoken = replace(YES, written=False)
        assert self.asked(customer(), PROMOTION, promotion=spoken) == (False, "us.consent.written")
        assert self.asked(customer(), PROMOTION, order_service=YES) == (False, "us.consent.written")
        assert self.asked(customer(), PROMOTION, promotion=YES)[0]


@pytest.mark.parametrize("purpose", [ORDER, FEEDBACK, PROMOTION])
@pytest.mark.parametrize("channel", Channel)
def test_who_opted_out_is_not_reached_whatever_else_they_said(purpose: Purpose, channel: Channel) -> None:
    who = replace(customer(), opted_out=frozenset({purpose}))
    decision = decide(ON, who, purpose, channel, NOON)
    assert (decision.allowed, decision.rule, decision.retry_at) == (False, "all.optout", None)


def test_an_opt_out_of_offers_leaves_orders_alone() -> None:
    who = replace(customer(), opted_out=frozenset({PROMOTION, FEEDBACK}))
    assert decide(RULES, who, ORDER, CALL, NOON).allowed


def test_only_test_numbers_are_reached_where_that_is_so() -> None:
    decision = decide(RULES, replace(customer(), reachable=False), ORDER, CALL, NOON)
    assert (decision.allowed, decision.rule, decision.retry_at) == (False, "all.test", None)


def test_there_has_to_be_an_order_to_speak_of() -> None:
    decision = decide(RULES, replace(customer(), order_in_flight=False), ORDER, SMS, NOON)
    assert (decision.allowed, decision.rule, decision.retry_at) == (False, "all.order", None)
    assert decide(RULES, replace(customer(), order_in_flight=False), FEEDBACK, CALL, NOON).allowed


@pytest.mark.parametrize(
    ("status", "minutes_ago", "flies"),
    [
        ("awaiting_payment", 0, True),
        ("scheduled", 600, True),
        ("placed", 1, True),
        ("picked_up", 200, True),
        ("delivered", 0, False),
        ("closed", 0, False),
        ("rejected", 60, True),
        ("cancelled", 61, False),
        ("failed", 5, True),
    ],
)
def test_an_order_is_told_about_until_it_came_or_for_an_hour_after_it_came_to_nothing(
    status: str, minutes_ago: int, flies: bool
) -> None:
    assert in_flight(status, NOON - timedelta(minutes=minutes_ago), NOON) is flies


UNKNOWN = [
    ("country", customer(), ORDER, {"market": None}),
    ("another country", customer(), ORDER, {"market": "FR"}),
    ("number", customer(), ORDER, {"number": None}),
    ("a number that is none", customer(), ORDER, {"number": "5125550110"}),
    ("a number of elsewhere", customer(), ORDER, {"number": "+33142685300"}),
    ("where the number is", customer(), ORDER, {"number_at": ()}),
    ("where the number is", customer(), FEEDBACK, {"number_at": ()}),
    ("where they live", customer(), FEEDBACK, {"address": None}),
    ("where they live", customer(), PROMOTION, {"address": None}),
    ("their zone", customer(), ORDER, {"address": Locality("America/Larkfield", "TX")}),
    ("their zone", customer(), ORDER, {"address": Locality("", "TX")}),
    ("their zone", customer(), ORDER, {"address": Locality("America", "TX")}),
    ("a zone of the number", customer(), FEEDBACK, {"number_at": (Locality("Mars/Olympus", "TX"),)}),
    ("their state", customer(), ORDER, {"address": Locality(CHICAGO, None)}),
    ("a state of the number", customer(), FEEDBACK, {"number_at": (Locality(CHICAGO, None),)}),
    ("the order", customer(), ORDER, {"order_in_flight": None}),
    ("agreement", kitchen(), PARTNER, {"agreement": None}),
    ("agreement", driver(), PARTNER, {"agreement": None}),
    ("opening hours", kitchen(), PARTNER, {"hours": None}),
    ("opening hours", kitchen(), PARTNER, {"hours": Hours({"mon": ["noon-late"]}, CHICAGO)}),
    ("opening hours", kitchen(), PARTNER, {"hours": Hours({"mon": ["11:00-15:00"]}, "Mars/Olympus")}),
    ("opening hours", kitchen(), PARTNER, {"hours": Hours({}, CHICAGO)}),
    ("the shift", driver(), PARTNER, {"on_shift": None}),
    ("what a customer has to do with it", customer(), PARTNER, {}),
    ("what a kitchen has to do with it", kitchen(), ORDER, {}),
    ("what a driver has to do with it", driver(), PROMOTION, {}),
]


@pytest.mark.parametrize(("what", "who", "purpose", "changed"), UNKNOWN, ids=[case[0] for case in UNKNOWN])
def test_what_is_not_known_is_a_no(
    what: str, who: Facts, purpose: Purpose, changed: dict[str, object]
) -> None:
    if changed:
        assert decide(ON, who, purpose, CALL, NOON).allowed, "it is this fact that is missing"
    decision = decide(ON, replace(who, **changed), purpose, CALL, NOON)  # type: ignore[arg-type]
    assert (decision.allowed, decision.rule, decision.retry_at) == (False, "unknown", None)


def test_a_clock_without_a_zone_is_none() -> None:
    assert decide(RULES, customer(), ORDER, CALL, NOON.replace(tzinfo=None)).rule == "unknown"


def test_without_a_row_nothing_is_allowed() -> None:
    bare = replace(ON, windows=[row for row in ON.windows if row.purpose is not ORDER])
    assert decide(bare, customer(), ORDER, CALL, NOON).rule == "unknown"
    assert decide(bare, customer(), FEEDBACK, CALL, NOON).allowed
    stateless = replace(ON, states=[])
    assert decide(stateless, customer(), ORDER, CALL, NOON).rule == "unknown"


def test_a_row_holds_from_its_day_on_and_the_newer_window_wins() -> None:
    (window,) = [row for row in RULES.windows if row.id == "in.order_service.call"]
    later = window.model_copy(update={"id": "in.wider", "hours": "07:00-23:00", "since": date(2026, 3, 4)})
    rules = replace(RULES, windows=[*RULES.windows, later])
    early = decide(rules, indian(), ORDER, CALL, at(f"{TUESDAY} 08:00", KOLKATA))
    assert (early.allowed, early.retry_at) == (False, at(f"{TUESDAY} 09:00", KOLKATA))
    wider = decide(rules, indian(), ORDER, CALL, at("2026-03-05 08:00", KOLKATA))
    assert (wider.allowed, wider.rule) == (True, "in.wider")


def test_a_window_that_will_be_another_by_then_is_waited_for_as_it_will_be() -> None:
    (window,) = [row for row in RULES.windows if row.id == "in.order_service.call"]
    later = window.model_copy(update={"id": "in.narrower", "hours": "12:00-14:00", "since": date(2026, 3, 4)})
    rules = replace(RULES, windows=[*RULES.windows, later])
    decision = decide(rules, indian(), ORDER, CALL, at(f"{TUESDAY} 21:00", KOLKATA))
    assert (decision.rule, decision.retry_at) == (window.id, at(f"{WEDNESDAY} 12:00", KOLKATA))


def test_no_reason_tells_who_it_is_about() -> None:
    for who, purpose in (
        (customer(), ORDER),
        (indian(), FEEDBACK),
        (kitchen(), PARTNER),
        (driver(), PARTNER),
    ):
        for hour in range(24):
            decision = decide(RULES, who, purpose, CALL, at(f"{TUESDAY} {hour:02}:00"))
            assert decision.reason
            assert not any(digits in decision.reason for digits in ("555", "98765"))
