"""A caller's past is written before the call, for a copy of them, and what is done about it is found afterwards."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from db.engine import Sessions
from db.models import AgentTransition, CallRow, Complaint, Customer, Order, Payment, Rating, Refund
from db.seeding.catalogue import read_catalogue
from scripts import care
from scripts.business_time import BusinessTime
from scripts.call_expect import Plan
from scripts.call_past import time_of, written
from scripts.care import FoundComplaint, FoundHandoff, FoundRefund
from scripts.child import StackError
from scripts.run_file import Running
from tests.evals.rehearsal import Rehearsal
from tests.fakes.given import SEEDED_AT

GRACE, LINE = "+15125550114", "+15125550100"
YESTERDAY = {
    "restaurant": "Spice Route, Old Mill",
    "status": "delivered",
    "minutes_ago": 1440,
    "delivered_minutes_ago": 1400,
    "payment": "card-1",
    "dishes": [{"dish": "Dal Tadka", "size": "full", "quantity": 2}, {"dish": "Garlic Naan"}],
}


def plan(**given: Any) -> Plan:
    """A call of Grace's."""
    facts = {"name": "some", "title": "Some", "content": {}, "phone": GRACE, "line": LINE}
    return Plan.model_validate(facts | {"expect": {"given": given}})


@pytest.fixture
def house(seeded: Sessions) -> Rehearsal:
    """The seeded city."""
    return Rehearsal(seeded, read_catalogue())


@pytest.mark.db
async def test_the_order_was_brought_yesterday_to_a_copy_who_paid_by_card(house: Rehearsal) -> None:
    first, second = [await written(house, plan(yesterday=YESTERDAY), LINE) for _ in range(2)]
    assert len({first.phone, second.phone, GRACE}) == 3
    async with house.sessions() as session:
        order = await session.get_one(Order, first.orders["yesterday"])
        owner = await session.get_one(Customer, order.customer_id)
        call = await session.get_one(CallRow, order.call_id)
    assert (owner.name, owner.phone, call.channel) == ("Grace Kim", first.phone, "twilio")
    assert (order.status, order.payment_status, order.total) == ("delivered", "captured", 3160)
    assert order.placed_at == SEEDED_AT - timedelta(days=1)
    assert len(house.provider.captured) == 2


async def talked(house: Rehearsal, order_id: UUID) -> UUID:
    """A call that put an order right and had it rated; its id."""
    call = CallRow(sid="CA1", channel="twilio", market="US", line=LINE, started_at=SEEDED_AT)
    complaint = Complaint(
        key="c",
        order_id=order_id,
        call_id=call.id,
        market="US",
        kind="missing_items",
        said="No naan.",
        reference="C00001",
        acknowledge_by=SEEDED_AT,
        settle_by=SEEDED_AT,
        created_at=SEEDED_AT,
    )
    refund = Refund(
        key="r",
        order_id=order_id,
        call_id=call.id,
        reason="missing_items",
        amount=379,
        currency="USD",
        rule="rule",
        means="card",
        status="refunded",
        created_at=SEEDED_AT,
        updated_at=SEEDED_AT,
    )
    money = [
        Payment(
            order_id=order_id,
            provider="stripe",
            kind=kind,
            key=key,
            attempt=1,
            amount=379,
            currency="USD",
            at=SEEDED_AT,
        )
        for kind, key in (("refund_begun", "r"), ("refunded", "r"), ("refunded", "another"))
    ]
    moves = [
        AgentTransition(
            call_id=call.id,
            from_agent=source,
            to_agent="customer_support",
            reason="A complaint",
            latency_ms=91.5,
            at=SEEDED_AT,
        )
        for source in (None, "customer_order")
    ]
    async with house.sessions() as session, session.begin():
        session.add(call)
        await session.flush()
        order = await session.get_one(Order, order_id)
        rating = Rating(
            order_id=order_id, customer_id=order.customer_id, stars=4, call_id=call.id, at=SEEDED_AT
        )
        session.add_all([complaint, refund, *money, *moves, rating])
    return call.id


@pytest.mark.db
async def test_what_a_call_did_about_an_order_is_found_by_the_orders_name(house: Rehearsal) -> None:
    past = await written(house, plan(yesterday=YESTERDAY), LINE)
    order_id = past.orders["yesterday"]
    call_id = await talked(house, order_id)
    names = {order_id: "yesterday"}
    async with house.sessions() as session:
        found = await care.refunds(session, [call_id], names)
        assert found == [FoundRefund("yesterday", 379, "refunded", "card", "missing_items", "rule", [379])]
        complaints = await care.complaints(session, [call_id], names)
        assert complaints == [FoundComplaint("missing_items", "yesterday", "open")]
        assert (await care.complaints(session, [call_id], {}))[0].order == "another's order"
        only = (await session.scalars(select(Complaint.id).where(col(Complaint.call_id) == call_id))).one()
        assert await care.complaints(session, [call_id], names, {only}) == []
        handed = FoundHandoff("customer_order", "customer_support", "A complaint", 91.5)
        assert await care.handoffs(session, [call_id]) == [handed]
        assert await care.stars(session, order_id) == 4


def running(folder: Path, key: str = "sk_test_1") -> Running:
    """A stack that would be there."""
    return Running("", "", "", "", "", "", {}, str(folder / "clock.json"), "http://127.0.0.1:1", key)


def test_without_a_clock_or_with_a_real_card_provider_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"clock\.json has gone"):
        time_of(running(tmp_path))
    BusinessTime(SEEDED_AT, 1.0, SEEDED_AT).save(tmp_path / "clock.json")
    assert time_of(running(tmp_path)).at(SEEDED_AT) == SEEDED_AT
    with pytest.raises(StackError, match="a real one is set up"):
        time_of(running(tmp_path, key=""))
