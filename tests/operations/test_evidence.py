"""Links for photos: one a complaint, good for two days, four photos at most, nothing readable at rest."""

import asyncio
import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import text

from db.models import Complaint, ComplaintPhoto, EvidenceLink
from errors import Conflict, NotFound
from operations import evidence
from operations.complaints import Grievance, file
from operations.evidence import GOOD_FOR, MOST_PHOTOS, Fresh
from operations.pictures import JPEG, PNG, Picture
from tests.fakes.aftermath import POLICIES
from tests.fakes.shop import Shop

pytestmark = pytest.mark.db
SOUP = Picture(JPEG, b"\xff\xd8\xff a hair in the soup")


@pytest.fixture
async def complaint(shop: Shop) -> Complaint:
    state = await shop.caller()
    async with shop.transaction() as session:
        told = Grievance("quality", "There was a hair in it.")
        return await file(session, state, told, POLICIES["US"], shop.clock.now())


async def made(shop: Shop, complaint: Complaint) -> Fresh:
    async with shop.transaction() as session:
        fresh = await evidence.make(session, complaint.id, shop.clock.now())
    assert fresh is not None
    return fresh


async def keep(shop: Shop, fresh: Fresh, picture: Picture = SOUP) -> int:
    async with shop.transaction() as session:
        return await evidence.keep(session, fresh.token, picture, shop.clock.now())


async def links(shop: Shop) -> list[EvidenceLink]:
    return [row for row in await shop.rows(EvidenceLink) if isinstance(row, EvidenceLink)]


async def test_only_the_hash_of_a_token_is_kept(shop: Shop, complaint: Complaint) -> None:
    fresh = await made(shop, complaint)
    (row,) = await links(shop)
    assert len(fresh.token) == 32
    assert row.token_hash == hashlib.sha256(fresh.token.encode()).hexdigest()
    async with shop.sessions() as session:
        everything = await session.scalars(text("SELECT evidence_links::text FROM evidence_links"))
        assert fresh.token not in str(list(everything))


async def test_a_complaint_has_one_link_also_when_two_ask_at_once(shop: Shop, complaint: Complaint) -> None:
    async def ask() -> Fresh | None:
        async with shop.transaction() as session:
            return await evidence.make(session, complaint.id, shop.clock.now())

    both = await asyncio.gather(ask(), ask())
    assert [one is None for one in both].count(True) == 1
    assert (await ask(), len(await links(shop))) == (None, 1)


async def test_one_whose_text_was_refused_may_be_made_again(shop: Shop, complaint: Complaint) -> None:
    first = await made(shop, complaint)
    async with shop.transaction() as session:
        await evidence.not_sent(session, first)
    second = await made(shop, complaint)
    assert second.token != first.token
    async with shop.transaction() as session:
        assert await evidence.asked_at(session, complaint.id) is None
        await evidence.sent(session, second, shop.clock.now())
    async with shop.sessions() as session:
        assert await evidence.asked_at(session, complaint.id) == shop.clock.now()
        with pytest.raises(NotFound):
            await evidence.case_of(session, first.token, shop.clock.now())


async def test_it_is_good_for_two_days(shop: Shop, complaint: Complaint) -> None:
    fresh = await made(shop, complaint)
    shop.clock.advance(GOOD_FOR - timedelta(seconds=1))
    assert await keep(shop, fresh) == 1
    shop.clock.advance(timedelta(seconds=1))
    async with shop.sessions() as session:
        with pytest.raises(NotFound):
            await evidence.case_of(session, fresh.token, shop.clock.now())
    with pytest.raises(NotFound):
        await keep(shop, fresh)
    assert timedelta(hours=48) == GOOD_FOR


async def test_who_holds_it_sees_a_reference_and_a_number(shop: Shop, complaint: Complaint) -> None:
    fresh = await made(shop, complaint)
    await keep(shop, fresh)
    async with shop.sessions() as session:
        case = await evidence.case_of(session, fresh.token, shop.clock.now())
    assert (case.reference, case.photos) == (complaint.reference, 1)


async def test_four_photos_and_no_more_however_many_come_at_once(shop: Shop, complaint: Complaint) -> None:
    fresh = await made(shop, complaint)
    done = await asyncio.gather(*(keep(shop, fresh) for _ in range(7)), return_exceptions=True)
    assert sorted(number for number in done if isinstance(number, int)) == [1, 2, 3, 4]
    assert sum(isinstance(error, Conflict) for error in done) == 3
    assert len(await shop.rows(ComplaintPhoto)) == MOST_PHOTOS == 4


async def test_photos_are_listed_and_read_and_rest_sealed(shop: Shop, complaint: Complaint) -> None:
    fresh = await made(shop, complaint)
    await keep(shop, fresh)
    shop.clock.advance(timedelta(minutes=1))
    await keep(shop, fresh, Picture(PNG, b"second"))
    async with shop.sessions() as session:
        first, second = await evidence.listed(session, complaint.id)
        assert (first.number, first.kind, first.size) == (1, JPEG, len(SOUP.data))
        assert (second.number, second.kind, second.at) == (2, PNG, shop.clock.now())
        assert await evidence.shown(session, complaint.id, 1) == SOUP
        with pytest.raises(NotFound):
            await evidence.shown(session, complaint.id, 3)
        resting = await session.scalars(text("SELECT picture FROM complaint_photos ORDER BY number"))
        assert not any(b"soup" in picture or b"second" in picture for picture in resting)


async def test_another_complaint_has_its_own(shop: Shop, complaint: Complaint) -> None:
    state = await shop.caller()
    async with shop.transaction() as session:
        other = await file(session, state, Grievance("quality", "Cold."), POLICIES["US"], shop.clock.now())
    await keep(shop, await made(shop, complaint))
    await made(shop, other)
    async with shop.sessions() as session:
        assert await evidence.listed(session, other.id) == []
        with pytest.raises(NotFound):
            await evidence.shown(session, other.id, 1)
