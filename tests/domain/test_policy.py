"""What a claim is worth: every figure worked out by hand from the bill."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from db.seeding.policies import read_policies
from domain.policy import Evidence, Kind, Limit, Policy, Reason, RefundRule
from domain.refunds import NO_RULE, Facts, Outcome, Priced, Sold, Verdict, decide

POLICIES = read_policies()
US, INDIA = POLICIES["US"], POLICIES["IN"]
NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
YESTERDAY = NOW - timedelta(hours=17)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

# 12.50 + 2 x 3.50, delivery 3.00, platform 1.00, tip 2.00, 8.25 % of 19.50 is 1.61: 27.11.
BILL = Facts(
    bill=(
        Priced("item", 1250),
        Priced("item", 700),
        Priced("delivery", 300),
        Priced("platform", 100),
        Priced("tip", 200),
        Priced("tax", 161, 825, ("item", "packaging")),
    ),
    dishes=(Sold("Paneer Tikka (full)", 1, 1250), Sold("Garlic Naan", 2, 700)),
    means="card",
    paid=2711,
    held=0,
    given_back=0,
    lately=0,
    due_at=YESTERDAY,
    delivered_at=YESTERDAY,
)
ON_ITS_WAY = replace(BILL, paid=0, held=2711, delivered_at=None, due_at=NOW - HOUR)
# 390 + 3 x 60, four boxes at 5, 31.40 to deliver, 5 platform, 5 % of 590 is 29.50, 18 % of 36.40 is 6.55.
INDIAN = replace(
    BILL,
    bill=(
        Priced("item", 39000),
        Priced("item", 18000),
        Priced("packaging", 2000),
        Priced("delivery", 3140),
        Priced("platform", 500),
        Priced("tax", 2950, 500, ("item", "packaging")),
        Priced("tax", 655, 1800, ("delivery", "small_order", "platform")),
        Priced("rounding", 55),
    ),
    dishes=(Sold("Butter Chicken", 1, 39000), Sold("Butter Naan", 3, 18000)),
    paid=66300,
)


def judge(
    facts: Facts,
    reason: str,
    dishes: Mapping[str, int] | None = None,
    policy: Policy = US,
    now: datetime = NOW,
) -> Verdict:
    return decide(facts, Reason(reason), dishes or {}, policy, now)


def limited(amount: int) -> Policy:
    values = {**US.limit.model_dump(), "amount": amount}
    return US.model_copy(update={"limit": Limit.model_validate(values)})


def test_a_wrong_order_gives_everything_back_with_fees_tax_and_tip() -> None:
    verdict = judge(BILL, "wrong_order")
    assert (verdict.outcome, str(verdict.amount), verdict.rule) == (
        Outcome.CARD,
        "$27.11",
        "us.refund.wrong_order",
    )
    assert verdict.why == "That is all you paid, as it was the wrong order."


@pytest.mark.parametrize(
    ("reason", "dishes", "cents"),
    [
        ("missing_items", {"Garlic Naan": 1}, 350 + 29),  # 8.25 % of 3.50 is 28.875
        ("missing_items", {"Garlic Naan": 2}, 700 + 58),
        ("missing_items", {"Garlic Naan": 1, "Paneer Tikka (full)": 1}, 1600 + 132),
        ("quality", {"Paneer Tikka (full)": 1}, (1250 + 103 + 1) // 2),  # half of 13.53, halves up
    ],
)
def test_dishes_come_back_with_their_tax(reason: str, dishes: dict[str, int], cents: int) -> None:
    verdict = judge(BILL, reason, dishes)
    assert (verdict.outcome, verdict.amount.amount, verdict.dishes) == (Outcome.CARD, cents, dishes)


def test_the_reason_names_the_dishes() -> None:
    both = judge(BILL, "missing_items", {"Garlic Naan": 1, "Paneer Tikka (full)": 1})
    assert both.why == "That is the full price of 1 Paneer Tikka (full) and 1 Garlic Naan, with tax."


def test_a_promotion_is_shared_by_the_dishes_it_was_given_for() -> None:
    bill = (
        Priced("item", 1250),
        Priced("item", 700),
        Priced("promotion", -195),
        Priced("tax", 145, 825, ("item",)),
    )
    facts = replace(BILL, bill=bill, paid=1900)
    assert judge(facts, "missing_items", {"Garlic Naan": 2}).amount.amount == 700 - 70 + 52  # 8.25 % of 6.30


def test_in_india_a_missing_dish_comes_back_with_its_box() -> None:
    verdict = judge(INDIAN, "missing_items", {"Butter Naan": 1}, INDIA)
    assert (str(verdict.amount), verdict.rule) == ("₹68.25", "in.refund.missing_items")  # 60 + 5 + 5 % of 65


def test_late_gives_the_delivery_fee_with_the_tax_on_it() -> None:
    late = replace(INDIAN, delivered_at=YESTERDAY + 21 * MINUTE)
    assert judge(late, "late", policy=INDIA).amount.amount == 3140 + 565  # 18 % of 31.40 is 5.652
    assert judge(replace(BILL, delivered_at=YESTERDAY + 21 * MINUTE), "late").amount.amount == 300


@pytest.mark.parametrize("minutes", [0, 20])
def test_a_little_late_is_in_time(minutes: int) -> None:
    verdict = judge(replace(BILL, delivered_at=YESTERDAY + minutes * MINUTE), "late")
    assert verdict.outcome is Outcome.REFUSED
    assert "file_complaint" in verdict.why


class TestHowMuchAtMost:
    """What was paid, less what was given back, and never more than the limit on a number alone."""

    def test_never_more_than_is_left(self) -> None:
        assert judge(replace(BILL, given_back=2000), "wrong_order").amount.amount == 711
        assert judge(replace(BILL, paid=500), "wrong_order").amount.amount == 500

    def test_nothing_is_left(self) -> None:
        verdict = judge(replace(BILL, given_back=2711), "wrong_order")
        assert (verdict.outcome, verdict.amount.amount) == (Outcome.REFUSED, 0)
        assert "given back before" in verdict.why

    def test_nothing_was_paid(self) -> None:
        assert "Nothing was paid" in judge(replace(BILL, paid=0), "wrong_order").why

    def test_portions_given_back_before_are_not_given_again(self) -> None:
        once = replace(BILL, dishes=(BILL.dishes[0], replace(BILL.dishes[1], given_back=1)), given_back=379)
        again = judge(once, "missing_items", {"Garlic Naan": 2, "Paneer Tikka (full)": 1})
        assert again.dishes == {"Garlic Naan": 1, "Paneer Tikka (full)": 1}
        twice = replace(once, dishes=(BILL.dishes[0], replace(BILL.dishes[1], given_back=2)), given_back=758)
        for reason in ("missing_items", "quality"):
            assert judge(twice, reason, {"Garlic Naan": 2}).outcome is Outcome.REFUSED

    @pytest.mark.parametrize(("limit", "outcome"), [(2711, Outcome.CARD), (2710, Outcome.REVIEW)])
    def test_above_the_limit_a_person_decides(self, limit: int, outcome: Outcome) -> None:
        assert judge(BILL, "wrong_order", policy=limited(limit)).outcome is outcome

    def test_many_small_refunds_are_counted_together(self) -> None:
        facts = replace(BILL, lately=2600)
        assert judge(facts, "missing_items", {"Garlic Naan": 1}, limited(2978)).outcome is Outcome.REVIEW
        assert judge(facts, "missing_items", {"Garlic Naan": 1}, limited(2979)).outcome is Outcome.CARD


class TestWhen:
    """A claim has its time: not before the order is overdue, not long after it came."""

    @pytest.mark.parametrize(("policy", "hours"), [(US, 48), (INDIA, 24)])
    def test_the_window_closes(self, policy: Policy, hours: int) -> None:
        last = YESTERDAY + hours * HOUR
        assert judge(BILL, "wrong_order", policy=policy, now=last).outcome is Outcome.CARD
        late = judge(BILL, "wrong_order", policy=policy, now=last + MINUTE)
        assert (late.outcome, f"within {hours} hours" in late.why) == (Outcome.REFUSED, True)

    @pytest.mark.parametrize("reason", ["not_delivered", "late"])
    def test_an_order_that_is_in_time_is_tracked_instead(self, reason: str) -> None:
        verdict = judge(replace(ON_ITS_WAY, due_at=NOW - 20 * MINUTE), reason)
        assert verdict.outcome is Outcome.REFUSED
        assert "get_order_status" in verdict.why

    def test_an_order_is_undelivered_only_when_it_is_long_overdue(self) -> None:
        edge = replace(ON_ITS_WAY, due_at=NOW - 45 * MINUTE)
        assert judge(edge, "not_delivered").outcome is Outcome.REFUSED
        assert judge(edge, "not_delivered", now=NOW + MINUTE).outcome is Outcome.RELEASE

    @pytest.mark.parametrize("reason", ["wrong_order", "missing_items", "quality"])
    def test_food_that_has_not_come_cannot_be_wrong(self, reason: str) -> None:
        assert "not arrived yet" in judge(ON_ITS_WAY, reason, {"Garlic Naan": 1}).why

    def test_an_order_that_was_stopped_never_came(self) -> None:
        stopped = replace(ON_ITS_WAY, stopped=True, due_at=NOW + HOUR, held=0, paid=2711)
        assert judge(stopped, "not_delivered").outcome is Outcome.CARD
        assert "not_delivered" in judge(stopped, "quality", {"Garlic Naan": 1}).why


class TestByWhichWay:
    """The card, the hold, a person with cash, or a person who decides."""

    def test_a_whole_hold_is_let_go_of(self) -> None:
        verdict = judge(ON_ITS_WAY, "not_delivered")
        assert (verdict.outcome, verdict.amount.amount) == (Outcome.RELEASE, 2711)

    def test_a_hold_larger_than_the_order_became_is_let_go_of_as_a_whole(self) -> None:
        verdict = judge(replace(ON_ITS_WAY, held=3500), "not_delivered")
        assert (verdict.outcome, verdict.amount.amount) == (Outcome.RELEASE, 2711)

    def test_a_part_of_a_hold_is_for_a_person(self) -> None:
        assert judge(ON_ITS_WAY, "late").outcome is Outcome.REVIEW

    def test_cash_is_owed(self) -> None:
        assert judge(replace(BILL, means="cash"), "missing_items", {"Garlic Naan": 2}).outcome is Outcome.OWED

    def test_a_delivery_that_is_on_record_is_not_denied_by_telephone(self) -> None:
        verdict = judge(BILL, "not_delivered")
        assert (verdict.outcome, verdict.amount.amount) == (Outcome.REVIEW, 2711)


def test_without_dishes_they_are_asked_for() -> None:
    assert "which dishes" in judge(BILL, "quality").why


def test_dishes_do_not_make_a_whole_order_smaller_or_larger() -> None:
    assert judge(BILL, "wrong_order", {"Garlic Naan": 1}) == judge(BILL, "wrong_order")


def test_a_rule_below_a_floor_gives_what_the_law_asks_and_names_it() -> None:
    mean = [
        rule.model_copy(update={"share_bp": 2000, "along": ()}) if rule.reason != "late" else rule
        for rule in US.refunds
    ]
    policy = US.model_copy(update={"refunds": tuple(mean)})
    whole = judge(BILL, "wrong_order", policy=policy)
    assert (whole.amount.amount, whole.rule) == (2711, "us.ca.refund.whole")
    part = judge(BILL, "missing_items", {"Garlic Naan": 1}, policy)
    assert (part.amount.amount, part.rule) == (379, "us.ca.refund.partial")
    assert judge(BILL, "quality", {"Garlic Naan": 2}, policy).amount.amount == 140  # no law speaks of taste


def test_a_rule_holds_from_its_day_on() -> None:
    first = next(rule for rule in US.refunds if rule.reason is Reason.QUALITY)
    values = {**first.model_dump(), "id": "us.refund.quality.2", "share_bp": 10000, "since": date(2026, 3, 2)}
    policy = US.model_copy(update={"refunds": (*US.refunds, RefundRule.model_validate(values))})
    claim = {"Garlic Naan": 2}
    assert judge(BILL, "quality", claim, policy).rule == "us.refund.quality.2"
    assert judge(BILL, "quality", claim, policy, NOW - 19 * HOUR).rule == "us.refund.quality"


def test_where_no_rule_holds_yet_a_person_decides() -> None:
    verdict = judge(BILL, "quality", {"Garlic Naan": 2}, US.model_copy(update={"refunds": ()}))
    assert (verdict.outcome, verdict.rule) == (Outcome.REVIEW, NO_RULE)


def test_what_shows_a_reason_is_in_the_rule_that_holds_that_day() -> None:
    first = next(rule for rule in US.refunds if rule.reason is Reason.QUALITY)
    values = {**first.model_dump(), "id": "us.refund.quality.2", "evidence": None, "since": date(2026, 3, 2)}
    policy = US.model_copy(update={"refunds": (*US.refunds, RefundRule.model_validate(values))})
    assert policy.evidence(Reason.QUALITY, date(2026, 3, 1)) is Evidence.PHOTO
    assert policy.evidence(Reason.QUALITY, date(2026, 3, 2)) is None
    assert policy.evidence(Reason.LATE, date(2026, 3, 1)) is None
    assert US.model_copy(update={"refunds": ()}).evidence(Reason.QUALITY, date(2026, 3, 1)) is None


def test_every_reason_for_money_back_is_a_kind_of_complaint() -> None:
    """A person who decides on a refund is given a complaint of that kind."""
    assert {reason.value for reason in Reason} <= {kind.value for kind in Kind}


@pytest.mark.parametrize("policy", [US, INDIA], ids=["US", "IN"])
def test_an_order_nobody_opened_for_was_tendered_and_no_floor_gives_it_back(policy: Policy) -> None:
    missed = replace(BILL if policy is US else INDIAN, stopped=True, delivered_at=None, no_show=True)
    verdict = judge(missed, Reason.NOT_DELIVERED, policy=policy)
    assert (verdict.outcome, verdict.amount.amount) == (Outcome.REFUSED, 0)
    assert verdict.rule == f"{policy.market.lower()}.no_show"
    assert "file_complaint" in verdict.why
    failed = judge(replace(missed, no_show=False), Reason.NOT_DELIVERED, policy=policy)
    assert failed.amount.amount == missed.paid, "one that failed by us is paid back"
