"""What callers are told: complete, sayable, and in agreement with the figures that are charged."""

import re
import shutil
from pathlib import Path

import pytest

from db.seeding.catalogue import DATA, read_catalogue, read_markets
from db.seeding.faqs import FaqShape, read_faqs
from db.seeding.policies import read_policies
from domain.market import Market
from domain.money import Money
from domain.policy import Policy, Reason
from errors import ConfigError

SUBJECTS = """
    delivery-area delivery-fee other-fees opening-hours minimum-order delivery-time payment cash-limit card-declined
    promotions cancel-order change-order change-address refund-time refund-window missing-items bad-food late-order
    allergies veg-jain-halal contactless tips driver-conduct schedule order-code recording my-data opt-out
    grievance-officer complaint receipt gst sales-tax alcohol minors lost-property accessibility person languages
    partner-restaurant become-driver
"""
AMOUNT = re.compile(r"[$₹]\d+(?:,\d+)*(?:\.\d+)?")
MARKETS = ("IN", "US")
HOURS = {24: "twenty-four hours", 48: "forty-eight hours"}


@pytest.fixture(scope="module")
def faqs() -> dict[str, FaqShape]:
    return {entry.slug: entry for entry in read_faqs()}


@pytest.fixture(scope="module")
def markets() -> dict[str, Market]:
    return read_markets()


@pytest.fixture(scope="module")
def policies() -> dict[str, Policy]:
    return read_policies()


def here(faqs: dict[str, FaqShape], market: str) -> list[FaqShape]:
    return [entry for entry in faqs.values() if market in (entry.markets or [market])]


def test_every_subject_has_an_answer(faqs: dict[str, FaqShape]) -> None:
    assert len(faqs) >= 40
    assert set(SUBJECTS.split()) <= {re.sub("-(in|us)$", "", slug) for slug in faqs}


def test_hindi_is_understood_wherever_india_is_served(faqs: dict[str, FaqShape]) -> None:
    silent = [
        entry.slug for entry in here(faqs, "IN") if not re.search("[\u0900-\u097f]", " ".join(entry.also))
    ]
    assert silent == []


def test_an_answer_that_differs_between_markets_is_there_in_both(faqs: dict[str, FaqShape]) -> None:
    pairs = {re.sub("-(in|us)$", "", slug) for slug in faqs if slug.endswith(("-in", "-us"))}
    for subject in pairs:
        assert faqs[f"{subject}-in"].markets == ["IN"]
        assert faqs[f"{subject}-us"].markets == ["US"]


@pytest.mark.parametrize("code", MARKETS)
def test_the_figures_are_those_that_are_charged(
    faqs: dict[str, FaqShape], markets: dict[str, Market], code: str
) -> None:
    market = markets[code]

    def amounts(*minor: int) -> list[str]:
        return [str(Money(amount, market.currency)) for amount in minor if amount]

    fees = (market.packaging_per_item, market.platform_fee, market.small_order_below, market.small_order_fee)
    offers = [figure for offer in market.promotions for figure in (offer.most or 0, offer.min_items)]
    expected = {
        "delivery-fee": amounts(market.delivery_base, market.delivery_per_km),
        "other-fees": amounts(*fees),
        "cash-limit": amounts(market.cash_limit),
        "promotions": amounts(*offers),
    }
    told = {entry.slug: AMOUNT.findall(entry.answer) for entry in here(faqs, code)}
    for subject, figures in expected.items():
        assert sorted(told.pop(f"{subject}-{code.lower()}")) == sorted(figures), subject
    assert {slug: found for slug, found in told.items() if found} == {}


@pytest.mark.parametrize("code", MARKETS)
def test_deadlines_and_shares_are_those_of_the_policy(
    faqs: dict[str, FaqShape], policies: dict[str, Policy], code: str
) -> None:
    policy = policies[code]
    rules = {rule.reason: rule for rule in policy.refunds}
    assert HOURS[policy.window.hours] in faqs[f"refund-window-{code.lower()}"].answer
    assert HOURS[policy.complaints.acknowledge_hours] in faqs["complaint"].answer
    assert policy.complaints.settle_days == 28
    assert "twenty-eight days" in faqs["complaint"].answer
    assert rules[Reason.MISSING_ITEMS].share_bp == rules[Reason.WRONG_ORDER].share_bp == 10_000
    assert "full price" in faqs["missing-items"].answer
    assert rules[Reason.QUALITY].share_bp == 5_000
    assert "half the price" in faqs["bad-food"].answer
    assert (rules[Reason.LATE].after_minutes, rules[Reason.LATE].of) == (20, "delivery")
    assert "twenty minutes" in faqs["late-order"].answer
    assert rules[Reason.NOT_DELIVERED].after_minutes == 45
    assert "forty-five" in faqs["late-order"].answer


def test_distances_taxes_and_languages_are_those_of_the_data(
    faqs: dict[str, FaqShape], markets: dict[str, Market]
) -> None:
    world = read_catalogue()
    reach = {
        city: sorted(
            branch.delivery_radius_km
            for brand in world.brands.values()
            for branch in brand.branches
            if branch.city == city
        )
        for city in world.cities
    }
    assert (reach["Larkfield"][0], reach["Larkfield"][-1]) == (5.0, 7.5)
    assert "five to seven and a half kilometers" in faqs["delivery-area-us"].answer
    assert (reach["Nandipur"][0], reach["Nandipur"][-1]) == (5.5, 7.0)
    assert "five and a half to seven kilometres" in faqs["delivery-area-in"].answer
    assert [tax.rate_bp for tax in markets["IN"].taxes] == [500, 1800]
    assert "five percent" in faqs["gst"].answer
    assert "eighteen percent" in faqs["gst"].answer
    assert (markets["US"].delivery_free_km, markets["IN"].delivery_free_km) == (4, 2)
    assert "four kilometers" in faqs["delivery-fee-us"].answer
    assert "two kilometres" in faqs["delivery-fee-in"].answer
    assert (
        "by when a person calls you back" in faqs["person"].answer
    )  # which depends on the hour, and on the line


def test_every_mistake_is_named(tmp_path: Path) -> None:
    text = (DATA / "faqs.yaml").read_text()
    text = text.replace("version: 1", "version: 0", 1).replace("source: Tiffin", "source: Other", 1)
    (tmp_path / "faqs.yaml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_faqs(tmp_path)
    assert len(refused.value.problems) == 2
    assert all("faqs.yaml: faqs.0." in problem for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("slug: delivery-area-in", "slug: delivery-area-us", "delivery-area-us stands twice"),
        ("question: How can I pay?", "question: Do you sell alcohol?", "'do you sell alcohol?' is put twice"),
        ("We only deliver.", "We only deliver. Really. Yes.", "more than 3 sentences"),
    ],
)
def test_an_answer_that_would_confuse_is_refused(tmp_path: Path, old: str, new: str, problem: str) -> None:
    shutil.copy(DATA / "faqs.yaml", tmp_path)
    file = tmp_path / "faqs.yaml"
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(ConfigError, match=re.escape(problem)):
        read_faqs(tmp_path)
