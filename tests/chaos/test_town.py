"""A town whose processes, stores and vendors die: nothing is lost, nothing is done twice. And that this is noticed."""

import pytest

from scripts.chaos_check import flat
from scripts.chaos_plan import DIAL, STRIPE_PAY, Fault, plan
from tests.chaos.conftest import Town

pytestmark = [pytest.mark.db, pytest.mark.services, pytest.mark.timeout(1200)]

LOST_ANSWERS = {"vendor": "stripe", "kind": "act_and_drop", "match": STRIPE_PAY, "times": 3}
"""Three in a row: the SDK asks as often, and then nobody knows whether money is held."""


async def test_a_bank_that_is_asked_with_another_key_each_time_is_noticed(town: Town) -> None:
    lived = await town(1, 1, [Fault(0, "vendor", LOST_ANSWERS)], change="tests.chaos.changes:keys_by_chance")
    assert lived.rules["the bank's books are the ledger"] != []


async def test_the_same_faults_break_no_rule_while_the_key_is_the_orders_own(town: Town) -> None:
    doubled = {"vendor": "twilio", "kind": "double_dial", "seconds": 0.2, "times": 2}
    lost = {"vendor": "twilio", "kind": "act_and_drop", "match": DIAL}
    faults = [Fault(0, "vendor", how) for how in (LOST_ANSWERS, doubled, lost)]
    lived = await town(1, 1, faults)
    assert flat(lived.rules) == []


async def test_twenty_orders_while_every_process_and_store_is_killed(town: Town) -> None:
    faults = plan(seed=1, orders=20)
    lived = await town(20, 1, faults)
    assert flat(lived.rules) == []
    assert {"web", "relay", "worker"} <= lived.deaths.keys()
    assert [fault.words for fault in faults if not fault.done] == []
