"""Totals, promotions, times and the read-back: said by the system, kept by the code."""

from datetime import UTC, datetime, timedelta

import pytest

from errors import ToolError
from tests.fakes.call import Talk, run
from tests.fakes.ordering import ready
from tests.fakes.shop import BEN, Shop
from tests.tools.conftest import Phoned
from tools.caller import get_customer_profile
from tools.cart import add_to_order, change_order_line
from tools.checkout import calculate_total, read_back_order, set_delivery_time, set_substitution
from tools.result import Say

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    return await phoned()


async def test_the_total_is_the_sum_of_what_is_listed(talk: Talk, shop: Shop) -> None:
    version = await ready(talk, shop)
    found = await run(talk.call, calculate_total)
    cents = [round(float(line["amount"].replace("$", "")) * 100) for line in found["lines"]]
    assert found["total"] == f"${sum(cents) / 100:.2f}"
    assert found["cart_version"] == version
    assert found["total"] in talk.state.facts


async def test_a_promotion_is_applied_once_it_is_said(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop, quantity=3)
    plain = await run(talk.call, calculate_total)
    lower = await run(talk.call, calculate_total, promotion_code="tiffin 10")
    assert any(line["what"] == "TIFFIN10" and line["amount"].startswith("-") for line in lower["lines"])
    assert float(lower["total"][1:]) < float(plain["total"][1:])
    assert lower["cart_version"] == plain["cart_version"] + 1


@pytest.mark.parametrize(
    ("code", "says"), [("FREELUNCH", "no promotion FREELUNCH"), ("FIRST50", "first order")]
)
async def test_a_promotion_that_does_not_apply_changes_nothing(
    talk: Talk, shop: Shop, code: str, says: str
) -> None:
    version = await ready(talk, shop)
    with pytest.raises(ToolError, match=says):
        await calculate_total(talk.call, promotion_code=code)
    assert talk.state.promotion is None
    assert (await run(talk.call, calculate_total))["cart_version"] == version


async def test_a_promotion_told_before_anything_is_ordered_comes_off_in_the_end(
    talk: Talk, shop: Shop
) -> None:
    told = await run(talk.call, calculate_total, promotion_code="tiffin 10")
    assert told["status"] == "noted"
    assert told["say"] == "I'll take TIFFIN10 off when the order is complete, if it applies."
    assert talk.state.promotion == "TIFFIN10"
    await ready(talk, shop, quantity=3)
    assert "TIFFIN10" in [line["what"] for line in (await run(talk.call, calculate_total))["lines"]]


async def test_a_code_that_is_kept_makes_an_older_read_back_worthless(talk: Talk, shop: Shop) -> None:
    version = await ready(talk, shop, quantity=3)
    await read_back_order(talk.call, payment="cash")
    talk.state.place = None
    told = await run(talk.call, calculate_total, promotion_code="TIFFIN10")
    assert told["cart_version"] == version + 1
    assert talk.state.read_back is None


async def test_an_unknown_code_is_refused_however_early_it_is_told(talk: Talk) -> None:
    with pytest.raises(ToolError, match="no promotion FREELUNCH"):
        await calculate_total(talk.call, promotion_code="FREELUNCH")
    assert talk.state.promotion is None


async def test_a_promotion_lost_by_a_change_does_not_block_the_order(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop, quantity=3)
    await run(talk.call, calculate_total, promotion_code="TIFFIN10")
    await run(talk.call, change_order_line, line="line-1", quantity=1)
    with pytest.raises(ToolError, match="go on without the promotion"):
        await read_back_order(talk.call, payment="cash")
    assert isinstance(await read_back_order(talk.call, payment="cash"), Say)


@pytest.mark.parametrize(
    ("day", "time", "utc", "says"),
    [
        ("today", "20:00", datetime(2026, 3, 3, 2, tzinfo=UTC), "For today at 8 pm, then."),
        ("tomorrow", "11:30", datetime(2026, 3, 3, 17, 30, tzinfo=UTC), "For tomorrow at 11:30 am, then."),
        ("today", None, None, "As soon as possible, then."),
    ],
)
async def test_a_delivery_time_is_local(
    talk: Talk, day: str, time: str | None, utc: datetime | None, says: str
) -> None:
    noted = await run(talk.call, set_delivery_time, day=day, time=time)
    assert (noted["say"], talk.state.wanted_at) == (says, utc)


@pytest.mark.parametrize(
    ("day", "time", "says"),
    [
        ("today", "11:00", "has passed"),
        ("today", "8 pm", "HH:MM"),
        ("today", "25:00", "HH:MM"),
        ("tomorrow", None, "at what time tomorrow"),
    ],
)
async def test_a_time_that_cannot_be_leaves_the_earlier_one(
    talk: Talk, day: str, time: str | None, says: str
) -> None:
    await run(talk.call, set_delivery_time, day="today", time="20:00")
    before = (talk.state.wanted_at, talk.state.cart.version)
    with pytest.raises(ToolError, match=says):
        await set_delivery_time(talk.call, day=day, time=time)
    assert (talk.state.wanted_at, talk.state.cart.version) == before


async def test_the_wish_for_substitutes_is_a_term_of_the_order(talk: Talk) -> None:
    noted = await run(talk.call, set_substitution, preference="similar")
    assert (noted["cart_version"], talk.state.substitution) == (1, "similar")


async def test_the_system_reads_the_order_and_then_asks(talk: Talk, shop: Shop) -> None:
    version = await ready(talk, shop)
    said = await read_back_order(talk.call, payment="card-1")
    assert isinstance(said, Say)
    text, question = said.sentences
    assert text.text.startswith(
        "That's 2 full Dal Tadka, from Spice Route, Old Mill, to 48 Juniper Lane, Old Mill."
    )
    assert text.text.endswith("on your Visa ending in 4242.")
    assert (question.text, question.mark) == ("Shall I place it?", None)
    assert said.result["cart_version"] == version
    read_back = talk.state.read_back
    assert read_back is not None
    assert (read_back.mark, read_back.payment, read_back.heard) == (text.mark, "card-1", False)


async def test_heard_is_the_mark_after_the_total_and_no_other(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    await run(talk.call, read_back_order, payment="cash")
    read_back = talk.state.read_back
    assert read_back is not None
    talk.call.heard("readback-0-0")
    assert not read_back.heard
    talk.hear()
    assert read_back.heard


@pytest.mark.parametrize(
    ("payment", "says"),
    [
        ("card-3", r"There is no card-3\. Saved cards: card-1, card-2"),
        ("pm_card_visa", "There is no pm_card_visa"),
        ("upi", "Offer one of them, or cash"),
    ],
)
async def test_only_the_callers_own_cards_and_cash_are_read_back(
    talk: Talk, shop: Shop, payment: str, says: str
) -> None:
    await ready(talk, shop)
    with pytest.raises(ToolError, match=says):
        await read_back_order(talk.call, payment=payment)
    assert talk.state.read_back is None


async def test_cash_has_a_limit(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop, "Dal Tadka", 10)
    with pytest.raises(ToolError, match=r"Cash is possible up to \$100\.00"):
        await read_back_order(talk.call, payment="cash")
    assert isinstance(await read_back_order(talk.call, payment="card-1"), Say)


async def test_a_kitchen_without_cash_says_so(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    assert talk.state.restaurant_id is not None
    await shop.set_kitchen(talk.state.restaurant_id, accepts_cash=False)
    with pytest.raises(ToolError, match="does not take cash"):
        await read_back_order(talk.call, payment="cash")


async def test_nothing_is_read_back_before_everything_is_known(phoned: Phoned, shop: Shop) -> None:
    talk = await phoned(BEN)
    with pytest.raises(ToolError, match="order is empty"):
        await read_back_order(talk.call, payment="cash")
    await run(talk.call, add_to_order, dish=talk.offer(await shop.dish("Paneer Tikka")), quantity=2)
    with pytest.raises(ToolError, match="Ask which size"):
        await read_back_order(talk.call, payment="cash")
    await run(talk.call, change_order_line, line="line-1", size="full", choices=["hot"])
    with pytest.raises(ToolError, match="Ask where to deliver"):
        await read_back_order(talk.call, payment="cash")


async def test_a_kitchen_that_has_closed_meanwhile_takes_no_order(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    shop.clock.advance(timedelta(hours=11))
    with pytest.raises(ToolError, match="opens tomorrow at 11 am"):
        await read_back_order(talk.call, payment="cash")


async def test_without_a_card_provider_no_cards_are_offered(phoned: Phoned) -> None:
    talk = await phoned(takes_cards=False)
    assert (await run(talk.call, get_customer_profile))["cards"] == []
