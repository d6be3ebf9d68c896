"""Complaints as the operator reads and settles them, with the photos that were sent for them."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.keys import Key, needs
from api.request import runtime_of, source_of
from api.schemas import MORE, Database, Limit, Personal, Shown, words
from db.models import Complaint
from domain.ids import Prefix, read, show
from operations import complaints, evidence
from operations.evidence import Kept
from operations.pictures import HEIC, SUFFIXES

router = APIRouter(prefix="/complaints", tags=["complaints"])
Operator = Annotated[Key, Depends(needs("operate"))]
Status = Literal["open", "settled"]
PICTURE_HEADERS = {
    # A stranger has made it: it is shown as a picture, and never read as anything else.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class ShownComplaint(Shown):
    """One complaint, with the dates by which it must be answered and settled."""

    id: str = Field(examples=["cmp_0198f2a0c0de7000800000000000abcd"])
    reference: str = Field(examples=["C12345"], description="As it was spoken to the caller.")
    kind: str = Field(
        description="not_delivered, wrong_order, missing_items, quality, late, conduct, charge, other"
    )
    status: str = Field(description="open or settled")
    market: str
    said: str | None = Field(description="What the caller told. Needs the scope `privacy`.")
    order_id: str | None
    customer_id: str | None
    call_id: str | None
    acknowledge_by: datetime
    settle_by: datetime
    acknowledged_at: datetime | None
    settled_at: datetime | None
    outcome: str | None
    created_at: datetime


class ShownPhoto(Shown):
    """A photo of a complaint; the picture itself is at `/complaints/{id}/photos/{number}`."""

    number: int = Field(description="From 1, in the order they came.")
    kind: str = Field(description="image/jpeg, image/png, image/webp or image/heic")
    size: int = Field(description="Bytes.")
    at: datetime


class ComplaintWithPhotos(ShownComplaint):
    """One complaint, with what was sent for it."""

    photos_asked_at: datetime | None = Field(
        description="When a link to send photos was texted; null when none was, or the answer was lost."
    )
    photo_count: int
    photos: list[ShownPhoto]


class ComplaintPage(Shown):
    """Complaints, newest first."""

    complaints: list[ShownComplaint]
    next: str | None = Field(description=MORE)


class Settlement(BaseModel):
    """How a complaint ended."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    outcome: str = Field(
        min_length=1,
        max_length=200,
        description="What was done about it, without names or numbers of people.",
    )


@router.get("", dependencies=[Depends(needs("read"))])
async def list_complaints(
    session: Database,
    personal: Personal,
    status: Annotated[list[Status] | None, Query(description="May be given several times.")] = None,
    after: Annotated[str | None, Query(description="The last id of the page before.")] = None,
    limit: Limit = 50,
) -> ComplaintPage:
    """Complaints, newest first."""
    page = await complaints.listed(
        session,
        statuses=status or (),
        after=read(Prefix.COMPLAINT, after) if after else None,
        limit=limit,
    )
    return ComplaintPage(
        complaints=[shown(row, personal) for row in page.rows],
        next=show(Prefix.COMPLAINT, page.next) if page.next else None,
    )


@router.get("/{id}", dependencies=[Depends(needs("read"))])
async def show_complaint(session: Database, personal: Personal, id: str) -> ComplaintWithPhotos:
    """One complaint, with a list of its photos."""
    row = await complaints.read(session, read(Prefix.COMPLAINT, id))
    photos = await evidence.listed(session, row.id)
    return ComplaintWithPhotos(
        **shown(row, personal).model_dump(),
        photos_asked_at=await evidence.asked_at(session, row.id),
        photo_count=len(photos),
        photos=[listed(photo) for photo in photos],
    )


@router.get("/{id}/photos/{number}", dependencies=[Depends(needs("privacy"))], response_class=Response)
async def show_photo(session: Database, id: str, number: Annotated[int, Path(ge=1, le=99)]) -> Response:
    """One photo, as it was sent but for what the camera wrote into it. Who looked is written down."""
    row = await complaints.read(session, read(Prefix.COMPLAINT, id))
    picture = await evidence.shown(session, row.id, number)
    how = "attachment" if picture.kind == HEIC else "inline"  # few browsers show a HEIC
    name = f"{row.reference}-{number}.{SUFFIXES[picture.kind]}"
    headers = {**PICTURE_HEADERS, "Content-Disposition": f'{how}; filename="{name}"'}
    return Response(picture.data, media_type=picture.kind, headers=headers)


@router.post("/{id}/settle")
async def settle_complaint(
    request: Request, key: Operator, id: str, settlement: Settlement
) -> ShownComplaint:
    """Note how a complaint ended; who noted it, and from where, is kept. The same outcome again changes nothing."""
    runtime = runtime_of(request)
    async with runtime.sessions() as session, session.begin():
        row = await complaints.settle(
            session,
            read(Prefix.COMPLAINT, id),
            settlement.outcome,
            actor=f"key:{key.name}",
            source=source_of(request)[:80],
            clock=runtime.clock,
        )
        return shown(row, personal=False)


def listed(photo: Kept) -> ShownPhoto:
    """A photo as the API lists it."""
    return ShownPhoto(number=photo.number, kind=photo.kind, size=photo.size, at=photo.at)


def shown(row: Complaint, personal: bool) -> ShownComplaint:
    """A complaint as the API shows it."""
    return ShownComplaint(
        id=show(Prefix.COMPLAINT, row.id),
        reference=row.reference,
        kind=row.kind,
        status=row.status,
        market=row.market,
        said=words(row.said, personal),
        order_id=show(Prefix.ORDER, row.order_id) if row.order_id else None,
        customer_id=show(Prefix.CUSTOMER, row.customer_id) if row.customer_id else None,
        call_id=show(Prefix.CALL, row.call_id) if row.call_id else None,
        acknowledge_by=row.acknowledge_by,
        settle_by=row.settle_by,
        acknowledged_at=row.acknowledged_at,
        settled_at=row.settled_at,
        outcome=row.outcome,
        created_at=row.created_at,
    )
