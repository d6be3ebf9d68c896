"""People as the operator reads them: masked, unless the key has the scope `privacy`."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from api.keys import needs
from api.schemas import MORE, Database, Limit, Personal, Shown, ShownPlace, name, phone, place
from db.models import Customer
from domain.ids import Prefix, read, show
from operations import reading

router = APIRouter(prefix="/customers", tags=["customers"], dependencies=[Depends(needs("read"))])


class ListedCustomer(Shown):
    """A customer on a list. Without the scope `privacy`: "Asha R.", "•••10"."""

    id: str = Field(examples=["cus_0198f2a0c0de7000800000000000abcd"])
    name: str | None
    phone: str | None
    market: str
    language: str


class SavedAddress(Shown):
    """An address on file."""

    id: str
    place: ShownPlace


class SavedCard(Shown):
    """A card on file: what its owner calls it, never its token."""

    spoken: str = Field(examples=["Visa ending in 4242"])


class ShownCustomer(ListedCustomer):
    """One customer; an erased one keeps its id and nothing else."""

    allergies: list[str] | None = Field(description="Needs the scope `privacy`; null without.")
    addresses: list[SavedAddress]
    cards: list[SavedCard]
    created_at: datetime
    erased_at: datetime | None


class CustomerPage(Shown):
    """Customers, newest first."""

    customers: list[ListedCustomer]
    next: str | None = Field(description=MORE)


class ShownConsent(Shown):
    """One answer to one asked question."""

    purpose: str = Field(description="recording, order_service, feedback or promotion")
    granted: bool
    wording: str = Field(description="The question as it was asked.")
    wording_version: str
    call_id: str | None
    at: datetime
    expires_at: datetime | None


class Consents(Shown):
    """Every answer, newest first; the newest of a purpose holds."""

    consents: list[ShownConsent]


@router.get("")
async def list_customers(
    session: Database,
    personal: Personal,
    market: Annotated[str | None, Query(description="IN or US")] = None,
    after: Annotated[str | None, Query(description="The last id of the page before.")] = None,
    limit: Limit = 50,
) -> CustomerPage:
    """Customers, newest first."""
    page = await reading.customers(
        session, market=market, after=read(Prefix.CUSTOMER, after) if after else None, limit=limit
    )
    return CustomerPage(
        customers=[ListedCustomer(**listed(row, personal)) for row in page.rows],
        next=show(Prefix.CUSTOMER, page.next) if page.next else None,
    )


@router.get("/{id}")
async def show_customer(session: Database, personal: Personal, id: str) -> ShownCustomer:
    """One customer with addresses and cards."""
    whole = await reading.customer(session, read(Prefix.CUSTOMER, id))
    customer = whole.customer
    return ShownCustomer(
        **listed(customer, personal),
        allergies=customer.allergies if personal else None,
        addresses=[
            SavedAddress(
                id=show(Prefix.ADDRESS, row.id),
                place=place({**row.place, "label": row.label}, personal),
            )
            for row in whole.addresses
        ],
        cards=[SavedCard(spoken=f"{card.brand} ending in {card.last4}") for card in whole.cards],
        created_at=customer.created_at,
        erased_at=customer.erased_at,
    )


@router.get("/{id}/consents")
async def show_consents(session: Database, id: str) -> Consents:
    """What a person agreed to and refused, newest first."""
    found = await reading.consents(session, read(Prefix.CUSTOMER, id))
    return Consents(
        consents=[
            ShownConsent(
                purpose=row.purpose,
                granted=row.granted,
                wording=row.wording,
                wording_version=row.wording_version,
                call_id=show(Prefix.CALL, row.call_id) if row.call_id else None,
                at=row.at,
                expires_at=row.expires_at,
            )
            for row in found
        ]
    )


def listed(row: Customer, personal: bool) -> dict[str, str | None]:
    """The fields a customer has on a list and on their own page."""
    return {
        "id": show(Prefix.CUSTOMER, row.id),
        "name": name(row.name, personal),
        "phone": phone(row.phone, personal),
        "market": row.market,
        "language": row.language,
    }
