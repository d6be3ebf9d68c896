"""What a customer thought is kept, what they refuse is written down first, and offers are for calls made for them."""

from datetime import timedelta

import pytest
from sqlmodel import col

from db.models import Audit, CallRow, Consent, Order, Rating
from domain.call_state import CallState
from domain.market import Promotion
from errors import ToolError
from operations import feedback, profiles, tracking
from operations.feedback import Opinion
from tests.fakes.aftermath import yesterdays
from tests.fakes.riding import cooking
from tests.fakes.shop import BEN, MARKETS, STRANGER, Shop
from tests.fakes.standing import set_order

pytestmark = pytest.mark.db


async def rate(shop: Shop, state: CallState, order: Order, stars: int, comment: str | None = None) -> None:
    async with shop.transaction() as session:
        await feedback.rate(session, state, Opinion(order.id, stars, comment), shop.clock.now())


async def ratings(shop: Shop) -> list[tuple[int, str | None]]:
    return [(row.stars, row.comment) for row in await shop.rows(Rating) if isinstance(row, Rating)]


class TestStars:
    """One opinion an order, the newest."""

    async def test_it_is_kept_with_the_words(self, shop: Shop) -> None:
        state = await shop.caller()
        order = await yesterdays(shop, state)
        await rate(shop, state, order, 5, "the best dal")
        (row,) = await shop.rows(Rating)
        assert isinstance(row, Rating)
        assert (row.order_id, row.customer_id, row.call_id, row.stars, row.comment) == (
            order.id,
            state.customer_id,
            state.call_id,
            5,
            "the best dal",
        )

    async def test_the_newest_counts_and_words_are_not_lost_by_stars_alone(self, shop: Shop) -> None:
        state = await shop.caller()
        order = await yesterdays(shop, state)
        await rate(shop, state, order, 5, "the best dal")
        await rate(shop, state, order, 3)
        assert await ratings(shop) == [(3, "the best dal")]
        await rate(shop, state, order, 1, "no, it was cold")
        assert await ratings(shop) == [(1, "no, it was cold")]

    async def test_somebody_elses_order_is_refused(self, shop: Shop) -> None:
        order = await yesterdays(shop, await shop.caller())
        with pytest.raises(ToolError, match="not an order of this caller"):
            await rate(shop, await shop.caller(BEN), order, 1)
        denied = await shop.caller()
        denied.denied = True
        with pytest.raises(ToolError, match="not an order of this caller"):
            await rate(shop, denied, order, 1)
        assert await ratings(shop) == []

    @pytest.mark.parametrize("status", ["placed", "preparing", "picked_up"])
    async def test_what_has_not_come_cannot_be_rated(self, shop: Shop, status: str) -> None:
        order = await cooking(shop, status=status)
        with pytest.raises(ToolError, match=r"has not come yet.* confirm_receipt"):
            await rate(shop, await shop.caller(), order, 5)

    @pytest.mark.parametrize("status", ["picked_up", "closed"])
    async def test_what_came_by_its_customers_word_can_be_rated(self, shop: Shop, status: str) -> None:
        order = await cooking(shop, status="picked_up")
        async with shop.transaction() as session:
            assert await tracking.arrived(session, order.id, shop.clock.now())
        await set_order(shop, order.id, status=status)
        await rate(shop, await shop.caller(), order, 5)
        assert await ratings(shop) == [(5, None)]

    @pytest.mark.parametrize("status", ["cancelled", "rejected", "failed", "closed"])
    async def test_what_never_came_cannot_be_rated(self, shop: Shop, status: str) -> None:
        order = await cooking(shop, status=status)
        with pytest.raises(ToolError, match="nothing to rate"):
            await rate(shop, await shop.caller(), order, 5)

    async def test_a_delivered_order_can(self, shop: Shop) -> None:
        order = await cooking(shop)
        await set_order(shop, order.id, status="delivered", delivered_at=shop.clock.now())
        await rate(shop, await shop.caller(), order, 4)
        assert await ratings(shop) == [(4, None)]
        assert (await shop.events(order.id))[-1] == "order.rated"


async def placed_for(shop: Shop, state: CallState, purpose: str) -> None:
    """The call was placed by us, for a purpose."""
    async with shop.transaction() as session:
        row = await session.get_one(CallRow, state.call_id)
        row.purpose, row.direction = purpose, "outbound"


async def agreed(shop: Shop, state: CallState, *, granted: bool = True) -> None:
    """They said whether they want offers."""
    assert state.phone_hash
    async with shop.transaction() as session:
        await profiles.give_consent(
            session,
            phone_hash=state.phone_hash,
            customer_id=state.customer_id,
            purpose="promotion",
            granted=granted,
            wording="May we tell you about offers?",
            version="1",
            call_id=state.call_id,
            clock=shop.clock,
        )


async def offer(shop: Shop, state: CallState) -> Promotion:
    async with shop.transaction() as session:
        return await feedback.promotion_for(session, state, MARKETS["US"])


class TestOffers:
    """Only in a call that was placed for one, to who agreed to it."""

    async def test_a_promotion_call_offers_what_fits_the_customer(self, shop: Shop) -> None:
        state = await shop.caller()
        await placed_for(shop, state, "promotion")
        await agreed(shop, state)
        assert (await offer(shop, state)).code == "TIFFIN10"

    @pytest.mark.parametrize("purpose", ["inbound", "feedback", "order_service"])
    async def test_no_other_call_offers_anything(self, shop: Shop, purpose: str) -> None:
        state = await shop.caller()
        await placed_for(shop, state, purpose)
        await agreed(shop, state)
        with pytest.raises(ToolError, match="Nothing may be offered in this call"):
            await offer(shop, state)

    async def test_who_did_not_agree_or_agrees_no_more_is_offered_nothing(self, shop: Shop) -> None:
        state = await shop.caller()
        await placed_for(shop, state, "promotion")
        with pytest.raises(ToolError, match="have not agreed"):
            await offer(shop, state)
        await agreed(shop, state)
        shop.clock.advance(timedelta(seconds=1))
        async with shop.transaction() as session:
            await feedback.stop_calls(session, state, ["promotion"], shop.clock)
        with pytest.raises(ToolError, match="have not agreed"):
            await offer(shop, state)

    async def test_somebody_else_at_the_number_is_offered_nothing(self, shop: Shop) -> None:
        state = await shop.caller()
        await placed_for(shop, state, "promotion")
        await agreed(shop, state)
        state.denied = True
        with pytest.raises(ToolError, match="Nobody of ours"):
            await offer(shop, state)


class TestNoMoreCalls:
    """A no to each purpose, for the number."""

    async def test_each_purpose_gets_its_own_no(self, shop: Shop) -> None:
        state = await shop.caller()
        async with shop.transaction() as session:
            await feedback.stop_calls(session, state, ["promotion", "feedback"], shop.clock)
        rows = await shop.rows(Consent, col(Consent.call_id) == state.call_id)
        found = [row for row in rows if isinstance(row, Consent)]
        assert {(row.purpose, row.granted, row.phone_hash, row.customer_id) for row in found} == {
            ("promotion", False, state.phone_hash, state.customer_id),
            ("feedback", False, state.phone_hash, state.customer_id),
        }
        audits = [row for row in await shop.rows(Audit) if isinstance(row, Audit)]
        assert [(row.action, row.data) for row in audits] == [
            ("consent.withdrawn", {"purposes": ["promotion", "feedback"]})
        ]

    async def test_a_stranger_may_refuse_too(self, shop: Shop) -> None:
        state = await shop.caller(STRANGER)
        async with shop.transaction() as session:
            await feedback.stop_calls(session, state, ["feedback"], shop.clock)
            latest = await profiles.latest_consent(session, state.phone_hash or "", "feedback")
        assert latest is not None
        assert (latest.granted, latest.customer_id) == (False, None)

    async def test_without_a_number_there_is_nobody_to_write_it_for(self, shop: Shop) -> None:
        state = await shop.caller(None)
        async with shop.transaction() as session:
            await feedback.stop_calls(session, state, ["feedback"], shop.clock)
        assert await shop.rows(Consent, col(Consent.call_id) == state.call_id) == []
