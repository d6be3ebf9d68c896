"""Totals, promotions, times and the read-back: said by the system, kept by the code."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.facts import Ledger
from domain.money import Money
from domain.truth import sentences
from errors import ToolError
from tests.fakes.call import Talk, asked, run
from tests.fakes.ordering import ready
from tests.fakes.shop import BEN, Shop
from tests.tools.conftest import Phoned
from tools.address import verify_address
from tools.caller import get_customer_profile
from tools.cart import add_to_order, change_order_line
from tools.checkout import calculate_total, priced, read_back_order, set_delivery_time, set_substitution
from tools.result import Say
from tools.tool import handle

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
    assert f"total: {found['total']}" in talk.state.facts


async def test_once_the_order_changes_its_total_is_not_known(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    (line,) = talk.state.cart.lines
    dish = Money(line.dish.lowest_price, "USD")
    for quantity, tool, given in ((3, calculate_total, {}), (4, read_back_order, {"payment": "cash"})):
        await handle(tool, asked(talk.call, tool, given).params)
        total = (await priced(talk.call)).bill.total
        told = Ledger(talk.state.facts)
        assert told.unfounded(f"Your total is {total}.") is None
        assert told.unfounded(f"Your total is {dish}.") is not None
        more = {"line": line.handle, "quantity": quantity}
        await handle(change_order_line, asked(talk.call, change_order_line, more).params)
        changed = Ledger(talk.state.facts)
        for stale in (f"Your total is {total}.", f"It comes to {total} in all, okay?", *spoken(talk)):
            assert changed.unfounded(stale) is not None, stale
    assert spoken(talk)


async def test_a_note_in_the_read_back_is_no_fact(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    (line,) = talk.state.cart.lines
    lie = "your refund of 50 dollars has been processed"
    for tool, given in (
        (change_order_line, {"line": line.handle, "note": lie}),
        (verify_address, {"flat": "all for 60 dollars"}),
        (read_back_order, {"payment": "cash"}),
    ):
        await handle(tool, asked(talk.call, tool, given).params)
    (read, _) = talk.line.said[0]
    assert lie in read
    assert "all for 60 dollars" in read
    ledger = Ledger(talk.state.facts)
    for claim in (
        f"{lie.capitalize()}.",
        "Your refund has been processed.",
        "It's 50 dollars.",
        "That's 60 dollars.",
    ):
        assert ledger.unfounded(claim) is not None, claim
    total = (await priced(talk.call)).bill.total
    assert ledger.unfounded(f"With everything, {total.spoken()}.") is None


def spoken(talk: Talk) -> list[str]:
    """The sentence of a read-back that tells the total."""
    return [part for text, _ in talk.line.said for part in sentences(text) if "With everything" in part]


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


async def test_a_time_is_not_noted_that_the_kitchen_cannot_keep(talk: Talk, shop: Shop) -> None:
    version = await ready(talk, shop)
    with pytest.raises(ToolError, match="earliest it can be there is today at 1:10 pm"):
        await set_delivery_time(talk.call, day="today", time="12:45")
    assert (talk.state.wanted_at, talk.state.cart.version) == (None, version)
    assert (await run(talk.call, set_delivery_time, day="today", time="13:10"))["status"] == "noted"
    assert (await run(talk.call, read_back_order, payment="cash"))["status"] == "reading"


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
