"""Who may be texted or dialled: test numbers only where the telephone is real, and nobody in doubt."""

import pytest

from compliance.may_text import Outgoing, Reach
from errors import Refused
from settings import Settings
from tests.fakes.telephony import FakeTelephony

US, INDIA = "+15125550110", "+911000000110"
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
