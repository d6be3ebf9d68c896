"""What is given stands in the rows as the product itself would have written it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from db.engine import Sessions
from db.models import Address, CallRow, Consent, Customer, Order, OrderEvent, Payment, PaymentMethod
from db.seeding.catalogue import read_catalogue
from evals.arrange import arrange
from evals.found import Found, look
from evals.scenario import Scenario
from evals.stage import Stage
from tests.evals.rehearsal import Rehearsal
from tests.fakes.given import SEEDED_AT

pytestmark = pytest.mark.db
ASHA = "+15125550110"
TODAY = {
    "restaurant": "Spice Route, Old Mill",
    "dishes": [{"dish": "Dal Tadka", "size": "full", "quantity": 2}],
    "minutes_ago": 90,
}


@pytest.fixture
def house(seeded: Sessions) -> Rehearsal:
    """The seeded city."""
    return Rehearsal(seeded, read_catalogue())


def scenario(**more: Any) -> Scenario:
    """Asha calls, unless somebody else does."""
    written = {"name": "some", "title": "some", "agents": ["customer_order"], "turns": [{"user": "Hi."}]}
    return Scenario.model_validate(written | {"caller": ASHA} | more)


async def given(house: Rehearsal, **order: Any) -> tuple[Stage, Found]:
    """The stage with one order of Asha's, and what is found of it."""
    stage = await arrange(house, scenario(given={"orders": {"today": TODAY | order}}))
    return stage, await look(house, stage)


async def test_every_run_has_a_copy_of_the_person_at_a_number_of_its_own(house: Rehearsal) -> None:
    first, second = await arrange(house, scenario()), await arrange(house, scenario())
    assert len({first.phone, second.phone, ASHA}) == 3
    async with house.sessions() as session:
        copied = await session.get_one(Customer, first.customer_id)
        addresses = await session.scalars(select(Address.label).where(col(Address.customer_id) == copied.id))
        cards = await session.scalars(
            select(PaymentMethod.brand).where(col(PaymentMethod.customer_id) == copied.id)
        )
        assert (copied.name, copied.phone) == ("Asha Rao", first.phone)
        assert sorted(addresses) == ["home", "office"]
        assert sorted(cards) == ["Mastercard", "Visa"]


async def test_a_number_that_has_called_is_not_given_out_again(house: Rehearsal) -> None:
    numbers = [(await arrange(house, scenario(caller="unknown"))).phone for _ in range(3)]
    assert len(set(numbers)) == 3
    async with house.sessions() as session:
        assert await session.scalar(select(Customer.id).where(col(Customer.phone).in_(numbers))) is None


async def test_who_withholds_their_number_has_none(house: Rehearsal) -> None:
    assert (await arrange(house, scenario(caller="withheld"))).phone is None


async def test_an_order_was_placed_paid_and_priced_like_any_other(house: Rehearsal) -> None:
    stage, found = await given(house, payment="card-1")
    order = found.given["today"]
    assert (order.status, order.payment, order.payment_status) == ("placed", "card", "authorised")
    assert order.ledger == ["attempted", "authorised"]
    assert order.billed == order.total > 2200
    assert order.place == "48 Juniper Lane, Old Mill"
    assert [amount.amount for amount in house.provider.held.values()] == [order.total]
    async with house.sessions() as session:
        row = await session.get_one(Order, stage.orders["today"])
        call = await session.get_one(CallRow, row.call_id)
        events = await session.scalars(
            select(OrderEvent.type).where(col(OrderEvent.order_id) == row.id).order_by(col(OrderEvent.seq))
        )
        assert row.placed_at == SEEDED_AT - timedelta(minutes=90)
        assert (call.customer_id, call.outcome) == (stage.customer_id, "goodbye")
        assert list(events) == ["order.drafted", "payment.authorised", "order.placed"]


async def test_a_delivered_order_was_paid_for_at_the_door(house: Rehearsal) -> None:
    stage, found = await given(house, payment="card-1", status="delivered", delivered_minutes_ago=30)
    order = found.given["today"]
    assert (order.status, order.payment_status) == ("delivered", "captured")
    assert order.ledger == ["attempted", "authorised", "captured"]
    assert len(house.provider.captured) == 1
    async with house.sessions() as session:
        row = await session.get_one(Order, stage.orders["today"])
        facts = list(await session.scalars(select(Payment).where(col(Payment.order_id) == row.id)))
    assert row.delivered_at == SEEDED_AT - timedelta(minutes=30)
    assert len({fact.key for fact in facts}) == 1


async def test_cash_is_collected_at_the_door_and_a_cancelled_card_let_go(house: Rehearsal) -> None:
    _, eaten = await given(house, status="delivered", delivered_minutes_ago=30)
    assert eaten.given["today"].ledger == ["attempted", "cash_due", "captured"]
    _, off = await given(house, payment="card-1", status="cancelled")
    assert off.given["today"].ledger == ["attempted", "authorised", "released"]
    assert house.provider.held == {}


async def test_a_scheduled_order_waits_for_its_hour(house: Rehearsal) -> None:
    _, found = await given(house, status="scheduled", wanted_in_minutes=390)
    assert (found.given["today"].status, found.given["today"].wanted) == ("scheduled", "19:00")


async def test_an_order_can_be_somebody_elses_and_go_elsewhere(house: Rehearsal) -> None:
    stage, found = await given(house, of="+15125550111", address="12 Juniper Lane, Old Mill")
    assert found.given["today"].place == "12 Juniper Lane, Old Mill"
    async with house.sessions() as session:
        row = await session.get_one(Order, stage.orders["today"])
        owner = await session.get_one(Customer, row.customer_id)
    assert owner.name == "Ben Carter"
    assert owner.id != stage.customer_id
    assert owner.phone not in (stage.phone, "+15125550111")


async def test_a_past_complaint_is_no_new_one(house: Rehearsal) -> None:
    told = {"orders": {"today": TODAY}, "complaints": [{"kind": "late", "order": "today"}]}
    stage = await arrange(house, scenario(given=told))
    assert (await look(house, stage)).complaints == []
    assert len(stage.complaints) == 1


async def test_an_answer_about_recording_holds_and_nobody_has_been_asked_where_it_says_so(
    house: Rehearsal,
) -> None:
    asked, never = await arrange(house, scenario()), await arrange(house, scenario(given={"consents": {}}))
    async with house.sessions() as session:
        rows = list(
            await session.scalars(select(Consent).where(col(Consent.purpose) != "partner_operations"))
        )
    assert [(row.purpose, row.granted, row.customer_id) for row in rows] == [
        ("recording", False, asked.customer_id)
    ]
    assert never.customer_id is not None
