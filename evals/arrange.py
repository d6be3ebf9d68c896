"""Writes what a scenario is given: its people, and their orders, complaints and answers of the past."""

from datetime import timedelta
from uuid import UUID

from compliance import wording
from db.models import Complaint
from domain.ids import new_id
from evals.given import GivenComplaint
from evals.house import House
from evals.partners import copy_of_driver, copy_of_kitchen, driver_numbers, hand_over, kitchen_numbers
from evals.scenario import UNKNOWN, WITHHELD, Scenario
from evals.stage import Stage
from operations import profiles
from scripts.given import CALLER
from scripts.past import PastCall, Then, copy_of, ended_call, past_order, spare_number, transaction

ACKNOWLEDGED, SETTLED = timedelta(hours=24), timedelta(days=7)
"""When a past complaint was to be acknowledged and settled."""


async def arrange(house: House, scenario: Scenario) -> Stage:
    """The stage of one run: a fresh number, copies of the people, and their past."""
    market = next(each.market for each in house.world.numbers.numbers if each.number == scenario.line)
    phone = None if scenario.caller == WITHHELD else await spare_number(house, market)
    stage = Stage(phone, new_id())
    people: dict[str, UUID] = {}
    branch = kitchen_numbers(house.world).get(scenario.caller)
    numbers = {name: number for number, name in kitchen_numbers(house.world).items()}
    drivers: dict[str, UUID] = {}
    if stage.phone is not None:
        if branch is not None:
            stage.kitchen_id = await copy_of_kitchen(house, scenario.caller, stage.phone)
        elif scenario.caller in driver_numbers(house.world):
            stage.driver_id = await copy_of_driver(house, scenario.caller, stage.phone)
            drivers[CALLER] = stage.driver_id
        elif scenario.caller != UNKNOWN:
            stage.customer_id = people[CALLER] = await copy_of(house, scenario.caller, stage.phone)
        await consents(house, stage, scenario)
    for name, given in scenario.given.orders.items():
        if given.of not in people:
            people[given.of] = await copy_of(house, given.of, await spare_number(house, market))
        kitchen = stage.kitchen_id if given.restaurant == branch else None
        if given.run_out and kitchen is None:  # so that nobody else is short of the dish
            number = numbers[given.restaurant]
            kitchen = await copy_of_kitchen(house, number, await spare_number(house, market))
        placed = await past_order(house, given, PastCall(scenario.line, "eval", people[given.of]), kitchen)
        stage.orders[name], stage.codes[name] = placed.id, placed.code
        stage.calls.add(placed.call_id)
        if given.delivery is not None:
            whose = given.delivery.driver
            if whose not in drivers:
                drivers[whose] = await copy_of_driver(house, whose, await spare_number(house, market))
            await hand_over(house, stage.orders[name], drivers[whose], given.delivery)
    for complaint in scenario.given.complaints:
        await past_complaint(house, stage, complaint, market)
    return stage


async def consents(house: House, stage: Stage, scenario: Scenario) -> None:
    """What the caller has once answered, in a call of last month."""
    if stage.phone is None or not scenario.given.consents:
        return
    questions = {"recording": wording.RECORDING_QUESTION, "order_service": wording.CONTACT_QUESTION}
    then = Then(house.now() - timedelta(days=30))
    call = ended_call(scenario.line, "eval", then)
    call.phone, call.phone_hash = stage.phone, house.keyring.phone_hash(stage.phone)
    call.customer_id = stage.customer_id
    stage.calls.add(call.id)
    async with transaction(house) as session:
        session.add(call)
        await session.flush()
        for purpose, granted in scenario.given.consents.items():
            await profiles.give_consent(
                session,
                phone_hash=house.keyring.phone_hash(stage.phone),
                customer_id=stage.customer_id,
                purpose=purpose,
                granted=granted,
                wording=questions[purpose],
                version=wording.VERSION,
                call_id=call.id,
                clock=then,
                holds=timedelta(days=365) if purpose == "recording" else None,
            )


async def past_complaint(house: House, stage: Stage, given: GivenComplaint, market: str) -> None:
    """A complaint of the caller's that was filed before."""
    at = house.now() - timedelta(minutes=given.minutes_ago)
    order_id = stage.orders[given.order] if given.order else None
    unique = new_id()
    async with transaction(house) as session:
        filed = Complaint(
            key=f"past:{unique}",
            customer_id=stage.customer_id,
            order_id=order_id,
            market=market,
            kind=given.kind,
            said=given.said,
            reference=f"C{unique.int % 100_000:05d}",
            status=given.status,
            acknowledge_by=at + ACKNOWLEDGED,
            settle_by=at + SETTLED,
            settled_at=None if given.status == "open" else at,
            created_at=at,
        )
        session.add(filed)
    stage.complaints.add(filed.id)
