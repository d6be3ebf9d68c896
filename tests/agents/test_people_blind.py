"""A caller waits for a person while the database comes and goes."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from agents.people import LOOK_SECONDS, TELL_SECONDS, WAIT_SECONDS
from errors import StoreDown, VendorError
from tests.fakes.shop import ASHA, BEN, Shop
from tests.fakes.telephony import FakeTelephony
from tests.fakes.waiting import Waiting, Wanting, takes, transfer

pytestmark = pytest.mark.db


@dataclass
class Blinking:
    """A database that goes away and comes back."""

    real: async_sessionmaker[AsyncSession]
    away: bool = False

    def __call__(self) -> AsyncSession:
        if self.away:
            raise OSError("the database is gone")
        return self.real()


def blinking(one: Waiting) -> Blinking:
    """The caller's own way to the database, from now on under a test's thumb."""
    made = Blinking(one.talk.call.sessions)
    one.talk.call.sessions = made  # type: ignore[assignment]
    return made


class TestTheStoreIsAway:
    """A database that blinks ends nobody's wait, leaves nobody alone in a room and nobody stuck in the queue."""

    async def test_the_wait_goes_on_and_who_takes_the_call_is_joined(
        self, wanting: Wanting, shop: Shop, telephony: FakeTelephony
    ) -> None:
        one = await wanting()
        await one.asks()
        store = blinking(one)
        store.away = True
        await takes(shop, one)  # by another process, while this one is blind
        await one.pass_(3 * LOOK_SECONDS)
        assert (one.through.waiting, one.said, telephony.redirected) == (True, [], [])
        assert one.talk.recorded("fault") == [{"service": "people", "category": "StoreDown"}]
        store.away = False
        await one.pass_(LOOK_SECONDS)
        ((sid, _),) = telephony.redirected
        assert (sid, one.gone, telephony.hung_up) == (f"CA{one.talk.state.call_id.hex}", [True], [])

    async def test_a_caller_in_the_queue_still_hears_their_place(self, wanting: Wanting, shop: Shop) -> None:
        first, second = await wanting(ASHA), await wanting(BEN)
        await first.asks()
        shop.clock.advance(timedelta(seconds=1))
        assert await second.asks() == 2
        store = blinking(second)
        store.away = True
        await second.pass_(TELL_SECONDS + LOOK_SECONDS)
        store.away = False
        assert second.said == [
            "I'm still trying to reach a person; you are second in the queue. Say never mind to stop."
        ]

    async def test_away_for_too_long_the_person_is_freed_and_so_is_the_queue_in_the_end(
        self, wanting: Wanting, shop: Shop, telephony: FakeTelephony
    ) -> None:
        one, other = await wanting(ASHA), await wanting(BEN)
        await one.asks()
        store = blinking(one)
        store.away = True
        await one.pass_(WAIT_SECONDS + 2 * LOOK_SECONDS)
        assert not one.through.waiting
        assert "Please ask for a person again in a minute" in one.said[-1]
        assert telephony.hung_up == ["CAperson1"]
        assert (await transfer(shop, one)).status == "ringing"  # which nobody could write
        store.away = False
        await one.through.close()
        assert (await transfer(shop, one)).status == "left"
        assert await other.asks() == 1
        assert len(telephony.calls) == 2

    async def test_who_hangs_up_while_it_is_away_leaves_nobody_ringing(
        self, wanting: Wanting, telephony: FakeTelephony
    ) -> None:
        one = await wanting()
        await one.asks()
        store = blinking(one)
        store.away = True
        with pytest.raises(StoreDown):
            await one.through.close()
        store.away = False
        assert telephony.hung_up == ["CAperson1"]

    async def test_a_line_that_cannot_be_moved_while_it_is_away_is_made_good_when_it_is_back(
        self, wanting: Wanting, shop: Shop, telephony: FakeTelephony
    ) -> None:
        one = await wanting()
        await one.asks()
        await takes(shop, one)
        store = blinking(one)

        def leaving(gone: bool) -> None:
            store.away = not gone

        one.through.leaving = leaving
        telephony.fails = VendorError("twilio", "refused (20404)")
        await one.pass_(2 * LOOK_SECONDS)
        assert telephony.hung_up == ["CAperson1"]
        assert one.said == []
        store.away = False
        await one.pass_(LOOK_SECONDS)
        assert "call you back" in one.said[-1]
        assert len(telephony.redirected) == 0
        assert (await transfer(shop, one)).ended_at is not None
