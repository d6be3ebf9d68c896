"""Photos that show what a complaint is about: one link a complaint, good for two days, at most four behind it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Complaint, ComplaintPhoto, EvidenceLink
from domain.call_state import CallState
from domain.ids import new_id
from errors import Conflict, NotFound
from operations import profiles
from operations.feedback import ORDER_SERVICE
from operations.pictures import Picture

GOOD_FOR = timedelta(hours=48)
MOST_PHOTOS = 4
TOKEN_BYTES = 24  # 192 bits, 32 characters of the address
NO_LINK = "There is no such link, or it is too old."
FULL = "This complaint has all the photos it can have."


@dataclass(frozen=True)
class Fresh:
    """A link that has just been made. Its token exists here and in the text, and nowhere else."""

    id: UUID
    token: str


@dataclass(frozen=True)
class Case:
    """The complaint behind a link, as far as whoever holds the link may see it."""

    complaint_id: UUID
    reference: str
    photos: int


@dataclass(frozen=True)
class Kept:
    """A photo as it is listed; `size` in bytes."""

    number: int
    kind: str
    size: int
    at: datetime


async def wants_no_texts(session: AsyncSession, state: CallState) -> bool:
    """Whether the number has said no to texts about orders, in whichever call."""
    if state.phone_hash is None:
        return True
    answer = await profiles.latest_consent(session, state.phone_hash, ORDER_SERVICE)
    return answer is not None and not answer.granted


async def make(session: AsyncSession, complaint_id: UUID, now: datetime) -> Fresh | None:
    """The link of a complaint; None when it has had one, sent or not."""
    fresh = Fresh(new_id(), secrets.token_urlsafe(TOKEN_BYTES))
    row = {
        "id": fresh.id,
        "complaint_id": complaint_id,
        "token_hash": _hash(fresh.token),
        "created_at": now,
        "expires_at": now + GOOD_FOR,
    }
    made = await session.execute(
        insert(EvidenceLink)
        .values(**row)
        .on_conflict_do_nothing(index_elements=["complaint_id"])
        .returning(col(EvidenceLink.id))
    )
    return fresh if made.first() else None


async def sent(session: AsyncSession, fresh: Fresh, now: datetime) -> None:
    """The telephone company has taken the text."""
    row = await session.get_one(EvidenceLink, fresh.id)
    row.sent_at = now


async def not_sent(session: AsyncSession, fresh: Fresh) -> None:
    """The text was refused: the link does not exist."""
    row = await session.get(EvidenceLink, fresh.id)
    if row is not None:
        await session.delete(row)


async def case_of(session: AsyncSession, token: str, now: datetime) -> Case:
    """What a link is for. Raises NotFound for one that is unknown or too old: nobody learns which."""
    link = await _link(session, token, now)
    complaint = await session.get_one(Complaint, link.complaint_id)
    return Case(complaint.id, complaint.reference, await _count(session, complaint.id))


async def keep(session: AsyncSession, token: str, picture: Picture, now: datetime) -> int:
    """Keep a photo; its number, from 1.

    Photos that come at once are numbered one after the other, under the link's row lock.

    Raises:
        NotFound: the link is unknown or too old.
        Conflict: there are four already.
    """
    link = await _link(session, token, now, lock=True)
    number = await _count(session, link.complaint_id) + 1
    if number > MOST_PHOTOS:
        raise Conflict(FULL)
    session.add(
        ComplaintPhoto(
            complaint_id=link.complaint_id,
            number=number,
            kind=picture.kind,
            size=len(picture.data),
            picture=picture.data,
            created_at=now,
        )
    )
    await session.flush()
    return number


async def asked_at(session: AsyncSession, complaint_id: UUID) -> datetime | None:
    """When a link was texted for a complaint; None when none was, or nobody knows."""
    query = select(EvidenceLink.sent_at).where(col(EvidenceLink.complaint_id) == complaint_id)
    found: datetime | None = await session.scalar(query)
    return found


async def listed(session: AsyncSession, complaint_id: UUID) -> list[Kept]:
    """The photos of a complaint, oldest first, without the pictures themselves."""
    columns = (ComplaintPhoto.number, ComplaintPhoto.kind, ComplaintPhoto.size, ComplaintPhoto.created_at)
    rows = await session.execute(
        select(*columns)
        .where(col(ComplaintPhoto.complaint_id) == complaint_id)
        .order_by(col(ComplaintPhoto.number))
    )
    return [Kept(*row) for row in rows]


async def shown(session: AsyncSession, complaint_id: UUID, number: int) -> Picture:
    """One photo. Raises NotFound."""
    row: ComplaintPhoto | None = await session.scalar(
        select(ComplaintPhoto).where(
            col(ComplaintPhoto.complaint_id) == complaint_id, col(ComplaintPhoto.number) == number
        )
    )
    if row is None:
        raise NotFound("There is no such photo of a complaint.")
    return Picture(row.kind, row.picture)


async def _link(session: AsyncSession, token: str, now: datetime, *, lock: bool = False) -> EvidenceLink:
    query = select(EvidenceLink).where(
        col(EvidenceLink.token_hash) == _hash(token), col(EvidenceLink.expires_at) > now
    )
    link: EvidenceLink | None = await session.scalar(query.with_for_update() if lock else query)
    if link is None:
        raise NotFound(NO_LINK)
    return link


async def _count(session: AsyncSession, complaint_id: UUID) -> int:
    query = (
        select(func.count())
        .select_from(ComplaintPhoto)
        .where(col(ComplaintPhoto.complaint_id) == complaint_id)
    )
    return await session.scalar(query) or 0


def _hash(token: str) -> str:
    """A token of 192 random bits needs no key: it cannot be guessed from its hash."""
    return hashlib.sha256(token.encode()).hexdigest()
