"""Who may be texted or dialled: test numbers only where the telephone is real, and nobody in doubt."""

import pytest

from compliance import wording
from compliance.may_text import Dial, Outgoing, Reach
from db.engine import Sessions
from domain.calling_rules import Channel, Purpose
from errors import Refused
from settings import Settings
from tests.domain.calling import at
from tests.fakes.gate import PLAYED, answered, eater, gate
from tests.fakes.shop import Shop
from tests.fakes.telephony import FakeTelephony

US, INDIA = "+15125550110", "+911000000110"
LINE = "+15125550100"
DIAL = Dial(LINE, "https://us/voice", "https://us/status", 30, amd_url="https://us/amd")
REAL = {"twilio_account_sid": "AC1", "twilio_from_number": "+15125550100"}


def test_outside_production_a_real_telephone_reaches_test_numbers_only() -> None:
    reach = Reach.of(Settings.model_validate({**REAL, "test_numbers": US}))
    assert reach.may_text(US).allowed
    assert reach.may_dial(US).allowed
    assert reach.may_text("+15125550111").rule == "reach.test_numbers_only"
    assert not reach.may_dial("+15125550111").allowed


def test_without_test_numbers_nobody_is_reached() -> None:
    reach = Reach.of(Settings.model_validate(REAL))
    assert not reach.may_text(US).allowed
    assert not reach.may_dial(US).allowed


@pytest.mark.parametrize("settings", [{"simulated": "twilio"}, {"app_env": "prod"}])
def test_a_played_telephone_and_production_reach_everybody(settings: dict[str, object]) -> None:
    reach = Reach.of(Settings.model_validate({**REAL, **settings}))
    assert reach.may_text(US).allowed
    assert reach.may_dial(INDIA).allowed


def test_numbers_are_invented_in_a_played_world_only() -> None:
    for settings, played in (({"simulated": "twilio"}, True), ({}, False), ({"app_env": "prod"}, False)):
        assert Reach.of(Settings.model_validate({**REAL, **settings})).played is played


def test_another_simulated_vendor_does_not_make_the_telephone_played() -> None:
    reach = Reach.of(Settings.model_validate({**REAL, "simulated": "stripe"}))
    assert not reach.may_text(US).allowed


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        (INDIA, "in.sms.dlt"),
        ("+441632960000", "market.none"),
        (None, "number.none"),
        ("5125550110", "number.none"),
    ],
)
def test_nobody_is_texted_where_no_rule_allows_it(number: str | None, rule: str) -> None:
    decision = Reach(everyone=True, test_numbers=frozenset([number or ""])).may_text(number)
    assert (decision.allowed, decision.rule) == (False, rule)


async def test_the_way_out_asks_the_rules_itself() -> None:
    telephony = FakeTelephony()
    outgoing = Outgoing(telephony, Reach())
    with pytest.raises(Refused, match="test_numbers_only"):
        await outgoing.text(US, "hello", line="+15125550100")
    with pytest.raises(Refused, match="test_numbers_only"):
        await outgoing.ring(US, line="+15125550100", url="u", status_url="s", ring_seconds=30)
    assert (telephony.texts, telephony.calls) == ([], [])


class TestPeople:
    """What begins with us: asked at the moment it is done, whoever asked before."""

    @pytest.fixture
    def shop(self, seeded: Sessions) -> Shop:
        return Shop(seeded)

    @pytest.fixture
    def telephony(self) -> FakeTelephony:
        return FakeTelephony()

    async def test_a_person_is_called_as_the_gate_allows(self, shop: Shop, telephony: FakeTelephony) -> None:
        outgoing = Outgoing(telephony, PLAYED, gate())
        attempt = await outgoing.call_person(
            shop.sessions, await eater(shop), Purpose.ORDER_SERVICE, shop.clock.now(), DIAL
        )
        assert (attempt.decision.rule, attempt.sid) == ("us.order_service.call", "CAperson1")
        (call,) = telephony.calls
        assert (call["to"], call["sender"], call["amd"]) == (US, "+15125550100", "https://us/amd")
        assert call["events"] == ("initiated", "ringing", "answered", "completed")

    async def test_a_call_that_was_allowed_when_it_was_planned_is_not_dialled_any_more(
        self, shop: Shop, telephony: FakeTelephony
    ) -> None:
        asha = await eater(shop)
        async with shop.sessions() as session:
            planned = await gate().may_call(
                session, asha, Purpose.ORDER_SERVICE, Channel.CALL, shop.clock.now()
            )
        assert planned.allowed
        await answered(shop, US, Purpose.ORDER_SERVICE, False, asked=wording.OPT_OUT, at=shop.clock.now())
        attempt = await Outgoing(telephony, PLAYED, gate()).call_person(
            shop.sessions, asha, Purpose.ORDER_SERVICE, shop.clock.now(), DIAL
        )
        assert (attempt.decision.rule, attempt.sid, telephony.calls) == ("all.optout", None, [])

    async def test_a_refused_call_says_when_it_may_be_tried_again(
        self, shop: Shop, telephony: FakeTelephony
    ) -> None:
        asha = await eater(shop)
        attempt = await Outgoing(telephony, PLAYED, gate()).call_person(
            shop.sessions, asha, Purpose.ORDER_SERVICE, at("2026-03-02 22:00"), DIAL
        )
        assert attempt.decision.retry_at == at("2026-03-03 09:00")
        assert telephony.calls == []

    async def test_a_text_about_an_order_likewise(self, shop: Shop, telephony: FakeTelephony) -> None:
        outgoing, asha = Outgoing(telephony, PLAYED, gate()), await eater(shop)
        night = at("2026-03-02 22:00")
        sent = await outgoing.text_person(
            shop.sessions, asha, Purpose.ORDER_SERVICE, night, "It is ten minutes late.", line=LINE
        )
        assert (sent.decision.rule, sent.sid) == ("us.order_service.sms", "SM1")
        refused = await outgoing.text_person(
            shop.sessions, asha, Purpose.FEEDBACK, night, "How was it?", line=LINE
        )
        assert (refused.decision.allowed, refused.sid) == (False, None)
        assert telephony.texts == [(US, "It is ten minutes late.", LINE)]

    async def test_no_transaction_is_open_while_the_telephone_company_is_asked(self, shop: Shop) -> None:
        asha, opened = await eater(shop), []

        class Watching(FakeTelephony):
            async def send_sms(self, to: str, text: str, *, sender: str) -> str:
                opened.append(shop.sessions.kw["bind"].pool.checkedout())
                return await super().send_sms(to, text, sender=sender)

        await Outgoing(Watching(), PLAYED, gate()).text_person(
            shop.sessions, asha, Purpose.ORDER_SERVICE, shop.clock.now(), "hello", line=LINE
        )
        assert opened == [0]

    async def test_a_call_whose_answer_was_lost_can_be_looked_up(
        self, shop: Shop, telephony: FakeTelephony
    ) -> None:
        outgoing, asha = Outgoing(telephony, PLAYED, gate()), await eater(shop)
        assert await outgoing.calls_to(shop.sessions, asha, shop.clock.now()) == []
        await outgoing.call_person(shop.sessions, asha, Purpose.ORDER_SERVICE, shop.clock.now(), DIAL)
        (found,) = await outgoing.calls_to(shop.sessions, asha, shop.clock.now())
        assert found.sid == "CAperson1"

    async def test_without_a_gate_nobody_is_reached(self, shop: Shop, telephony: FakeTelephony) -> None:
        attempt = await telephony.outgoing().call_person(
            shop.sessions, await eater(shop), Purpose.ORDER_SERVICE, shop.clock.now(), DIAL
        )
        assert (attempt.decision.rule, telephony.calls) == ("unknown", [])


async def test_our_own_people_are_reported_of_once_when_it_is_over() -> None:
    telephony = FakeTelephony()
    await telephony.outgoing().ring(US, line=LINE, url="u", status_url="s", ring_seconds=30)
    assert (telephony.calls[0]["events"], telephony.calls[0]["amd"]) == (("completed",), None)
