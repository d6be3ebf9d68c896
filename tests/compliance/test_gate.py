"""The gate reads what is on record: whose order, which answer is the newest, where they live, when they work."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col

from compliance import wording
from compliance.gate import Gate
from compliance.reach import Reach
from db.models import Address, Consent, Customer, Driver, Restaurant
from db.seeding.calling import add_agreements, read_calling
from domain.address import Place
from domain.calling import Decision, Kind, Person
from domain.calling_rules import Channel, Purpose
from domain.ids import new_id
from tests.domain.calling import CALL, FEEDBACK, ORDER, PARTNER, PROMOTION, SMS, at
from tests.fakes.gate import PLAYED, REAL, answered, customer_of, driver_of, eater, gate, kitchen_of
from tests.fakes.riding import KEISHA, LUIS, OMAR, accepted, cooking
from tests.fakes.shop import ASHA, BEN, ROHAN, Shop
from tests.fakes.standing import order_of, set_order

pytestmark = pytest.mark.db
MINUTE = timedelta(minutes=1)


async def ask(
    shop: Shop, person: Person, purpose: Purpose, channel: Channel = CALL, by: Gate | None = None
) -> Decision:
    async with shop.sessions() as session:
        return await (by or gate()).may_call(session, person, purpose, channel, shop.clock.now())


class TestAnOrder:
    async def test_its_customer_may_be_called_who_said_so(self, shop: Shop) -> None:
        decision = await ask(shop, await eater(shop), ORDER)
        assert (decision.allowed, decision.rule) == (True, "us.order_service.call")

    async def test_who_was_never_asked_is_not_called(self, shop: Shop) -> None:
        order = await order_of(shop)
        decision = await ask(shop, await customer_of(shop, ASHA, order.id), ORDER)
        assert (decision.allowed, decision.rule) == (False, "us.consent")

    async def test_nobody_is_called_about_somebody_elses_order(self, shop: Shop) -> None:
        asha = await eater(shop)
        await answered(shop, BEN, ORDER, True)
        ben = await customer_of(shop, BEN, asha.order_id)
        assert (await ask(shop, ben, ORDER)).rule == "all.order"

    async def test_nor_about_none_or_one_that_is_not_there(self, shop: Shop) -> None:
        asha = await eater(shop)
        assert (await ask(shop, replace(asha, order_id=None), ORDER)).rule == "unknown"
        assert (await ask(shop, replace(asha, order_id=new_id()), ORDER)).rule == "all.order"

    async def test_once_it_came_there_is_nothing_to_call_about(self, shop: Shop) -> None:
        asha = await eater(shop)
        assert asha.order_id
        await set_order(shop, asha.order_id, status="delivered")
        assert (await ask(shop, asha, ORDER)).rule == "all.order"
        assert (await ask(shop, asha, FEEDBACK)).allowed

    async def test_that_it_came_to_nothing_is_told_within_the_hour(self, shop: Shop) -> None:
        asha = await eater(shop)
        assert asha.order_id
        await set_order(shop, asha.order_id, status="rejected", updated_at=shop.clock.now())
        assert (await ask(shop, asha, ORDER)).allowed
        shop.clock.advance(timedelta(minutes=61))
        assert (await ask(shop, asha, ORDER)).rule == "all.order"

    async def test_at_night_it_is_a_text_and_a_call_waits_for_the_morning(self, shop: Shop) -> None:
        asha = await eater(shop)
        shop.clock.advance(at("2026-03-02 21:30") - shop.clock.now())
        call, text = await ask(shop, asha, ORDER), await ask(shop, asha, ORDER, SMS)
        assert (call.allowed, call.retry_at) == (False, at("2026-03-03 09:00"))
        assert text.allowed

    async def test_in_india_no_text_is_sent(self, shop: Shop) -> None:
        rohan = await customer_of(shop, ROHAN)
        assert (await ask(shop, rohan, ORDER, SMS)).rule == "in.sms.dlt"


class TestTheNewestAnswerCounts:
    async def test_a_yes_before_an_opt_out_is_dead(self, shop: Shop) -> None:
        asha = await eater(shop)
        await answered(shop, ASHA, ORDER, False, asked=wording.OPT_OUT, at=shop.clock.now())
        decision = await ask(shop, asha, ORDER)
        assert (decision.rule, decision.retry_at) == ("all.optout", None)
        assert (await ask(shop, asha, ORDER, SMS)).rule == "all.optout"

    async def test_whoever_agrees_again_after_it_may_be_called_again(self, shop: Shop) -> None:
        asha = await eater(shop)
        await answered(
            shop, ASHA, ORDER, False, asked=wording.OPT_OUT, at=shop.clock.now() - timedelta(hours=1)
        )
        assert (await ask(shop, asha, ORDER)).allowed

    async def test_of_two_answers_from_one_moment_the_no_counts(self, shop: Shop) -> None:
        asha = await eater(shop)
        for granted in (False, True):
            await answered(shop, ASHA, ORDER, granted, at=shop.clock.now())
        assert (await ask(shop, asha, ORDER)).rule == "us.consent"

    async def test_a_plain_no_is_no_opt_out_but_a_no(self, shop: Shop) -> None:
        asha = await eater(shop)
        await answered(shop, ASHA, ORDER, False, at=shop.clock.now())
        assert (await ask(shop, asha, ORDER)).rule == "us.consent"

    async def test_a_yes_runs_out(self, shop: Shop) -> None:
        asha = await eater(shop)
        await answered(shop, ASHA, ORDER, True, at=shop.clock.now() - MINUTE / 2, holds=MINUTE)
        assert (await ask(shop, asha, ORDER)).allowed
        shop.clock.advance(MINUTE)
        assert (await ask(shop, asha, ORDER)).rule == "us.consent"

    async def test_no_more_offers_and_feedback_leaves_the_order_alone(self, shop: Shop) -> None:
        asha = await eater(shop)
        for purpose in (PROMOTION, FEEDBACK):
            await answered(shop, ASHA, purpose, False, asked=wording.OPT_OUT)
        assert (await ask(shop, asha, FEEDBACK)).rule == "all.optout"
        assert (await ask(shop, asha, PROMOTION, SMS)).rule == "all.optout"
        assert (await ask(shop, asha, ORDER)).allowed

    async def test_what_somebody_said_in_a_call_is_not_in_writing(self, shop: Shop) -> None:
        asha = await eater(shop)
        state = await shop.caller()
        async with shop.transaction() as session:
            session.add(
                Consent(
                    phone_hash=state.phone_hash or "",
                    purpose="promotion",
                    granted=True,
                    wording="May we send you offers?",
                    wording_version="1",
                    call_id=state.call_id,
                    at=shop.clock.now() - MINUTE,
                )
            )
        assert (await ask(shop, asha, PROMOTION, SMS)).rule == "us.consent.written"
        await answered(shop, ASHA, PROMOTION, True, at=shop.clock.now())
        assert (await ask(shop, asha, PROMOTION, SMS)).allowed
        assert (await ask(shop, asha, PROMOTION)).rule == "us.promotion.voice"


class TestWhereTheyAre:
    async def test_a_real_number_is_looked_up_and_an_invented_one_is_at_home(self, shop: Shop) -> None:
        async with shop.sessions() as session:
            for phone, kinds in ((ASHA, (PLAYED, REAL)), (ROHAN, (PLAYED,))):
                person = await customer_of(shop, phone)
                for reach in kinds:
                    facts = await gate(reach).facts(session, person, shop.clock.now())
                    assert facts is not None
                    assert facts.address in facts.number_at
            facts = await gate(REAL).facts(session, await customer_of(shop, ROHAN), shop.clock.now())
            assert facts is not None
            assert facts.number_at == ()

    async def test_an_order_is_where_it_is_brought(self, shop: Shop) -> None:
        asha = await eater(shop)
        assert asha.order_id
        order = (await shop.rows(Address))[0]
        assert isinstance(order, Address)
        place = Place.model_validate(order.place).model_copy(update={"city": "Nandipur"})
        await set_order(shop, asha.order_id, place=place.model_dump(mode="json"))
        async with shop.sessions() as session:
            facts = await gate().facts(session, asha, shop.clock.now())
            at_home = await gate().facts(session, replace(asha, order_id=None), shop.clock.now())
        assert facts is not None
        assert at_home is not None
        assert (facts.address, at_home.address) == (gate().cities["Nandipur"], gate().cities["Larkfield"])

    async def test_a_city_nobody_knows_leaves_the_number(self, shop: Shop) -> None:
        asha = await eater(shop)
        elsewhere = replace(gate(REAL), cities={})
        assert (await ask(shop, asha, ORDER, by=elsewhere)).allowed
        assert (await ask(shop, asha, FEEDBACK, by=elsewhere)).rule == "unknown"
        assert (await ask(shop, asha, ORDER, by=replace(elsewhere, reach=PLAYED))).rule == "unknown"


class TestPartners:
    async def test_a_seeded_kitchen_has_agreed_and_is_called_while_it_is_open(self, shop: Shop) -> None:
        person, _ = await kitchen_of(shop)
        assert (await ask(shop, person, PARTNER)).rule == "us.partner_operations.call"
        await shop.set_kitchen(person.id, hours={"tue": ["11:00-15:00"]})
        closed = await ask(shop, person, PARTNER)
        assert (closed.allowed, closed.retry_at) == (False, at("2026-03-03 11:00"))

    async def test_a_kitchen_that_asked_for_no_more_calls_gets_none(self, shop: Shop) -> None:
        person, row = await kitchen_of(shop)
        await answered(shop, row.phone, PARTNER, False, at=shop.clock.now())
        assert (await ask(shop, person, PARTNER)).rule == "all.agreement"
        await answered(shop, row.phone, PARTNER, False, asked=wording.OPT_OUT, at=shop.clock.now() + MINUTE)
        assert (await ask(shop, person, PARTNER)).rule == "all.optout"

    async def test_a_kitchen_of_which_nothing_is_on_record_is_not_called(self, shop: Shop) -> None:
        person, _ = await kitchen_of(shop)
        await shop.set_kitchen(person.id, phone="+15125550128")
        assert (await ask(shop, person, PARTNER)).rule == "all.agreement"

    async def test_hours_that_cannot_be_read_are_none(self, shop: Shop) -> None:
        person, _ = await kitchen_of(shop)
        await shop.set_kitchen(person.id, hours={"mon": ["noon-late"]})
        assert (await ask(shop, person, PARTNER)).rule == "unknown"

    async def test_drivers_are_called_on_shift(self, shop: Shop) -> None:
        luis, omar = (await driver_of(shop, LUIS))[0], (await driver_of(shop, OMAR))[0]
        assert (await ask(shop, luis, PARTNER)).allowed
        assert (await ask(shop, omar, PARTNER)).rule == "us.partner_operations.call"

    async def test_who_still_has_food_to_bring_works(self, shop: Shop) -> None:
        await accepted(shop, await cooking(shop), LUIS)
        for phone, works in ((LUIS, True), (KEISHA, False)):
            person, _ = await driver_of(shop, phone)
            async with shop.transaction() as session:
                (await session.get_one(Driver, person.id)).status = "offline"
            assert (await ask(shop, person, PARTNER)).allowed is works


class TestNobody:
    @pytest.mark.parametrize("kind", Kind)
    async def test_who_is_not_there_is_not_called(self, shop: Shop, kind: Kind) -> None:
        person = Person(kind, new_id())
        async with shop.sessions() as session:
            ruling = await gate().ask(session, person, PARTNER, CALL, shop.clock.now())
            assert await gate().number_of(session, person) is None
        assert (ruling.decision.rule, ruling.number) == ("unknown", None)

    async def test_who_was_erased_is_not_called(self, shop: Shop) -> None:
        asha = await eater(shop)
        async with shop.transaction() as session:
            (await session.get_one(Customer, asha.id)).erased_at = shop.clock.now()
        assert (await ask(shop, asha, ORDER)).rule == "unknown"

    async def test_a_withheld_number_is_none(self, shop: Shop) -> None:
        asha = await eater(shop)
        async with shop.transaction() as session:
            (await session.get_one(Customer, asha.id)).phone = None
        assert not (await ask(shop, asha, ORDER)).allowed

    async def test_only_test_numbers_where_the_telephone_is_real_and_nobody_is_served(
        self, shop: Shop
    ) -> None:
        asha, (kitchen, row) = await eater(shop), await kitchen_of(shop)
        for reach, rule in (
            (Reach(), "all.test"),
            (Reach(test_numbers=frozenset({BEN})), "all.test"),
            (Reach(test_numbers=frozenset({ASHA})), "us.order_service.call"),
        ):
            assert (await ask(shop, asha, ORDER, by=gate(reach))).rule == rule
            assert (await ask(shop, kitchen, PARTNER, by=gate(reach))).rule == "all.test"
        assert (
            await ask(shop, kitchen, PARTNER, by=gate(Reach(test_numbers=frozenset({row.phone}))))
        ).allowed

    async def test_a_number_is_given_out_with_a_yes_only(self, shop: Shop) -> None:
        asha = await eater(shop)
        async with shop.sessions() as session:
            yes = await gate().ask(session, asha, ORDER, CALL, shop.clock.now())
            no = await gate().ask(session, asha, PROMOTION, CALL, shop.clock.now())
        assert (yes.number, no.number) == (ASHA, None)


async def test_seeding_again_does_not_overrule_a_kitchens_no(shop: Shop) -> None:
    person, row = await kitchen_of(shop)
    await answered(shop, row.phone, PARTNER, False, at=shop.clock.now())
    before = len(await shop.rows(Consent))
    async with shop.transaction() as session:
        await add_agreements(session, read_calling().partner_terms, shop.clock.now() + MINUTE)
    assert len(await shop.rows(Consent)) == before
    assert not (await ask(shop, person, PARTNER)).allowed
    agreed = await shop.rows(Consent, col(Consent.purpose) == "partner_operations", col(Consent.granted))
    assert len(agreed) == len(await shop.rows(Restaurant)) + len(await shop.rows(Driver))
