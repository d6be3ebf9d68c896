"""A link for photos: texted once to the number that calls, told of only when it went out, and never in the way."""

import asyncio
import hashlib
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from compliance import wording
from compliance.may_text import Outgoing, Reach
from db.models import Complaint, EvidenceLink
from errors import StoreDown, ToolError, VendorError, VendorTimeout
from operations.feedback import ORDER_SERVICE, stop_calls
from tests.fakes.aftermath import POLICIES
from tests.fakes.call import Talk, run
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ASHA, ROHAN, Shop
from tests.fakes.telephony import FakeTelephony
from tests.tools.conftest import Phoned
from tools.caller import not_this_person
from tools.orders import get_order_status
from tools.result import Result
from tools.support import file_complaint, process_refund

pytestmark = pytest.mark.db
PUBLIC = "https://tiffin.example"
LINK = re.compile(rf"{PUBLIC}/photos/([\w-]{{32}})$")


@pytest.fixture
def telephony() -> FakeTelephony:
    return FakeTelephony()


def equipped(talk: Talk, telephony: FakeTelephony) -> Talk:
    """A call that knows the policies and may text."""
    talk.call.policies, talk.call.public_url = POLICIES, PUBLIC
    talk.call.outgoing = telephony.outgoing()
    return talk


@pytest.fixture
async def talk(phoned: Phoned, telephony: FakeTelephony) -> Talk:
    return equipped(await phoned(), telephony)


async def complain(talk: Talk, kind: str = "quality") -> Result:
    return await run(talk.call, file_complaint, kind=kind, what="There was a hair in it.")


async def links(shop: Shop) -> list[EvidenceLink]:
    return [row for row in await shop.rows(EvidenceLink) if isinstance(row, EvidenceLink)]


async def last_night(talk: Talk) -> str:
    return str((await run(talk.call, get_order_status))["orders"][0]["order"])


async def claimed(talk: Talk, *, limit: int | None = None, order: str | None = None) -> Result:
    """All of last night's $25.11 is wanted back; a person decides on it where the `limit`, in cents, is lower."""
    if limit is not None:
        us = POLICIES["US"]
        low = us.limit.model_copy(update={"amount": limit})
        talk.call.policies = {"US": us.model_copy(update={"limit": low, "proved_limit": None})}
    return await run(talk.call, process_refund, order=order or await last_night(talk), reason="wrong_order")


def told(result: Result) -> bool:
    return str(result["say"]).endswith(f". {wording.PHOTO_LINK_SENT}")


async def stands(shop: Shop, result: Result) -> bool:
    """The complaint is on file, its reference was said, and no link was claimed."""
    rows = [row for row in await shop.rows(Complaint) if isinstance(row, Complaint)]
    return len(rows) == 1 and "the reference is C" in result["say"] and "text" not in result["say"]


class TestSending:
    """One text, with an address nobody can guess and nothing about anybody."""

    async def test_it_goes_to_the_caller_from_the_line_that_was_called(
        self, talk: Talk, telephony: FakeTelephony, shop: Shop
    ) -> None:
        done = await complain(talk)
        ((to, body, sender),) = telephony.texts
        (row,) = await links(shop)
        (complaint,) = [row for row in await shop.rows(Complaint) if isinstance(row, Complaint)]
        assert (to, sender, told(done)) == (ASHA, talk.state.line, True)
        found = LINK.search(body)
        assert found
        assert row.token_hash == hashlib.sha256(found[1].encode()).hexdigest()
        assert (row.complaint_id, row.sent_at) == (complaint.id, shop.clock.now())
        assert row.expires_at - shop.clock.now() == timedelta(hours=48)
        assert body.replace(found[0], "") == (
            f"Tiffin complaint {complaint.reference}: please send photos of what went wrong within 48 hours: "
        )
        assert (len(body) <= 160, body.isascii()) == (True, True)
        for place in (json.dumps(done), str(talk.events), talk.state.model_dump_json()):
            assert found[1] not in place
        (sent,) = talk.recorded("photo_link.sent")
        assert sent == {"complaint": str(complaint.id), "sure": True}

    @pytest.mark.parametrize("kind", ["wrong_order", "missing_items", "quality"])
    async def test_for_what_a_picture_shows(self, talk: Talk, telephony: FakeTelephony, kind: str) -> None:
        assert told(await complain(talk, kind))
        assert len(telephony.texts) == 1

    @pytest.mark.parametrize("kind", ["not_delivered", "late", "conduct", "charge", "other"])
    async def test_for_nothing_else(
        self, talk: Talk, telephony: FakeTelephony, shop: Shop, kind: str
    ) -> None:
        done = await complain(talk, kind)
        assert await stands(shop, done)
        assert (telephony.texts, await links(shop), talk.recorded("compliance.text")) == ([], [], [])

    async def test_what_wants_a_photo_is_the_policys(self, talk: Talk, telephony: FakeTelephony) -> None:
        us = POLICIES["US"]
        none = us.complaints.model_copy(update={"evidence": {}})
        talk.call.policies = {"US": us.model_copy(update={"complaints": none})}
        assert not told(await complain(talk))
        assert telephony.texts == []


class TestOnce:
    """However often it is told, by whichever tool, in whichever process."""

    async def test_told_twice(self, talk: Talk, telephony: FakeTelephony, shop: Shop) -> None:
        first, again = await complain(talk), await complain(talk)
        assert (first, told(again)) == (again, True)
        talk.call.effects.clear()  # another process has taken the call over
        assert await stands(shop, await complain(talk))
        assert (len(telephony.texts), len(await links(shop))) == (1, 1)

    async def test_told_twice_at_once_by_two_processes(self, talk: Talk, telephony: FakeTelephony) -> None:
        other = equipped(Talk(talk.call, talk.line, talk.maps, talk.events, []), telephony)

        async def elsewhere() -> Result:
            other.call.effects = {}
            return await complain(other)

        done = await asyncio.gather(complain(talk), elsewhere())
        assert [told(one) for one in done].count(True) == 1
        assert len(telephony.texts) == 1

    async def test_a_complaint_and_then_the_money(
        self, talk: Talk, telephony: FakeTelephony, shop: Shop
    ) -> None:
        order = await last_night(talk)
        what = {"kind": "wrong_order", "what": "It was somebody else's.", "order": order}
        assert told(await run(talk.call, file_complaint, **what))
        review = await claimed(talk, limit=100, order=order)
        assert (review["status"], told(review)) == ("review", False)
        assert (len(telephony.texts), len(await links(shop))) == (1, 1)

    async def test_another_complaint_has_a_link_of_its_own(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        await complain(talk, "quality")
        await complain(talk, "missing_items")
        assert len({body for _, body, _ in telephony.texts}) == 2


class TestMoney:
    """A refund never waits for a photo."""

    async def test_a_claim_a_person_decides_on_asks_for_one(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        done = await claimed(talk, limit=100)
        assert (done["status"], told(done), len(telephony.texts)) == ("review", True, 1)

    async def test_what_the_policy_gives_is_given_at_once(
        self, talk: Talk, telephony: FakeTelephony, cards: FakePayments
    ) -> None:
        order = await last_night(talk)
        await run(talk.call, file_complaint, kind="wrong_order", what="Not mine.", order=order)
        done = await claimed(talk, order=order)
        assert (done["status"], len(cards.refunds), len(telephony.texts)) == ("refunded", 1, 1)

    async def test_no_photo_shows_that_nothing_came(self, talk: Talk, telephony: FakeTelephony) -> None:
        done = await run(talk.call, process_refund, order=await last_night(talk), reason="not_delivered")
        assert (done["status"], told(done), telephony.texts) == ("review", False, [])


class TestNone:
    """Where no text goes out, the complaint stands all the same, and nothing is said of a link."""

    async def test_a_withheld_number(self, phoned: Phoned, telephony: FakeTelephony, shop: Shop) -> None:
        talk = equipped(await phoned(None), telephony)
        talk.call.phone = None
        assert await stands(shop, await complain(talk))
        assert (telephony.texts, await links(shop)) == ([], [])
        assert talk.recorded("compliance.text") == [{"allowed": False, "rule": "number.none"}]

    async def test_a_number_that_may_not_be_texted(
        self, phoned: Phoned, telephony: FakeTelephony, shop: Shop
    ) -> None:
        talk = equipped(await phoned(ROHAN, "IN"), telephony)
        assert await stands(shop, await complain(talk))
        assert talk.recorded("compliance.text") == [{"allowed": False, "rule": "in.sms.dlt"}]

    async def test_a_number_outside_the_test_numbers(
        self, talk: Talk, telephony: FakeTelephony, shop: Shop
    ) -> None:
        talk.call.outgoing = Outgoing(telephony, Reach())
        assert await stands(shop, await complain(talk))
        assert (telephony.texts, await links(shop)) == ([], [])

    @pytest.mark.parametrize("missing", ["outgoing", "public_url"])
    async def test_a_house_without_telephone_or_address(self, talk: Talk, shop: Shop, missing: str) -> None:
        setattr(talk.call, missing, None if missing == "outgoing" else "")
        assert await stands(shop, await complain(talk))
        assert await links(shop) == []

    async def test_somebody_who_wants_no_texts(
        self, talk: Talk, telephony: FakeTelephony, shop: Shop
    ) -> None:
        async with shop.transaction() as session:
            await stop_calls(session, talk.state, [ORDER_SERVICE], shop.clock)
        assert await stands(shop, await complain(talk))
        assert (telephony.texts, await links(shop)) == ([], [])
        assert talk.recorded("compliance.text")[-1] == {"allowed": False, "rule": "all.optout"}

    async def test_somebody_who_stopped_offers_only_is_texted(
        self, talk: Talk, telephony: FakeTelephony, shop: Shop
    ) -> None:
        async with shop.transaction() as session:
            await stop_calls(session, talk.state, ["promotion", "feedback"], shop.clock)
        assert told(await complain(talk))

    async def test_somebody_else_on_the_line(self, talk: Talk, telephony: FakeTelephony, shop: Shop) -> None:
        await run(talk.call, not_this_person)
        assert await stands(shop, await complain(talk))
        assert telephony.texts == []

    async def test_a_text_that_was_refused_may_go_out_later(
        self, talk: Talk, telephony: FakeTelephony, shop: Shop
    ) -> None:
        telephony.fails = VendorError("twilio", "refused (21610)")
        assert await stands(shop, await complain(talk))
        assert await links(shop) == []
        assert len(talk.recorded("photo_link.refused")) == 1
        telephony.fails = None
        talk.call.effects.clear()
        assert told(await complain(talk))

    async def test_a_text_that_may_have_gone_out_is_not_claimed_and_not_sent_again(
        self, talk: Talk, telephony: FakeTelephony, shop: Shop
    ) -> None:
        telephony.fails = VendorTimeout("twilio", "no answer in time")
        assert await stands(shop, await complain(talk))
        telephony.fails = None
        talk.call.effects.clear()
        assert await stands(shop, await complain(talk))
        (row,) = await links(shop)
        assert (telephony.texts, row.sent_at) == ([], None)
        assert [event["sure"] for event in talk.recorded("photo_link.sent")] == [False]

    async def test_a_database_that_goes_away_behind_the_complaint(
        self, talk: Talk, telephony: FakeTelephony, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def down(*_: Any) -> None:
            raise StoreDown("the database failed")

        monkeypatch.setattr("operations.evidence.make", down)
        assert await stands(shop, await complain(talk))
        assert telephony.texts == []

    async def test_a_complaint_that_was_refused_texts_nobody(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        with pytest.raises(ToolError):
            await run(talk.call, file_complaint, kind="quality", what="Cold.", order="order-77")
        assert telephony.texts == []
