"""The scenarios of `data/scenarios` as the launcher and the sandbox read them, and what the launcher refuses."""

from pathlib import Path

import pytest

from db.seeding.catalogue import read_catalogue
from errors import ConfigError
from scripts.call import choose
from scripts.call_expect import SCENARIOS, load_plans, runnable

PLANS = load_plans()


def test_every_file_is_a_scenario_named_like_its_file() -> None:
    assert "plain" in PLANS
    assert set(PLANS) == {file.stem for file in SCENARIOS.glob("*.yaml")}


@pytest.mark.parametrize("name", sorted(PLANS))
def test_what_is_expected_can_be_true(name: str) -> None:
    """An order in cash leaves no card ledger, a declined card is attempted first, and so on."""
    expect = PLANS[name].expect
    assert bool(expect.lines) == bool(expect.payments)
    assert not expect.lines or expect.payments[-1] == expect.payment_status
    assert expect.payments[::2] == ["attempted"] * (len(expect.payments) // 2)


def test_the_default_scenario_looks_at_everything() -> None:
    expect = PLANS["plain"].expect
    assert None not in (expect.total, expect.address, expect.consents, expect.outcome)
    assert "order.placed" in expect.events


def test_an_order_without_a_total_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text('{title: A, from: "+1", expect: {lines: [{name: Naan}]}}')
    with pytest.raises(ConfigError, match=r"a\.yaml: expect: .*an order needs its total"):
        load_plans(tmp_path)


@pytest.mark.parametrize(
    ("expect", "complaint"),
    [
        ("refunds: [{order: monday, amount: 1}]", "there is no given order monday"),
        ("stars: {monday: 4}", "there is no given order monday"),
        ("complaints: [{kind: late, order: monday}]", "there is no given order monday"),
        ("complaints: [{kind: rude}]", "complaints"),
        ("handoffs: [customer_support]", "handoffs"),
        ("given: {monday: {restaurant: A, status: delivered, dishes: [{dish: B}]}}", "delivered_minutes_ago"),
        ("given: {monday: {restaurant: A, of: somebody, dishes: [{dish: B}]}}", "is the caller's own"),
    ],
)
def test_what_no_given_order_can_bring_is_refused(tmp_path: Path, expect: str, complaint: str) -> None:
    (tmp_path / "a.yaml").write_text(f'{{title: A, from: "+1", expect: {{{expect}}}}}')
    with pytest.raises(ConfigError, match=complaint):
        load_plans(tmp_path)


def test_given_orders_fit_the_city() -> None:
    world = read_catalogue()
    customers = {person.phone for person in world.people.customers}
    given = [(plan, order) for plan in PLANS.values() for order in plan.expect.given.values()]
    assert given
    for plan, order in given:
        assert plan.phone in customers
        assert order.misfits(world, customers) == []


def test_one_call_speaks_with_four_agents() -> None:
    expect = PLANS["four_agents"].expect
    spoken = [name for crossed in expect.handoffs or [] for name in crossed.split(" > ")]
    assert len(set(spoken)) == 4
    assert all((expect.lines, expect.complaints, expect.refunds, expect.stars))


def test_some_scenario_asks_for_each_thing_to_do_with_what_is_sold_out() -> None:
    assert {"call_me", "refund"} <= {plan.expect.substitution for plan in PLANS.values() if plan.expect.lines}


def test_all_leaves_out_who_only_calls_back() -> None:
    names = choose(["all"], PLANS)
    assert "hangs_up" in names
    assert "calls_back" not in names
    assert PLANS["hangs_up"].phone == PLANS["calls_back"].phone
    assert runnable(PLANS) == names


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no scenario dinner; there are: .*plain"):
        choose(["dinner"], PLANS)


def test_every_mistake_of_every_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text('{title: A, from: "+1", expect: {total: much, colour: red}}')
    (tmp_path / "b.yaml").write_text('{title: B, from: "+1", expect: {then: nobody}}')
    with pytest.raises(ConfigError) as caught:
        load_plans(tmp_path)
    told = "\n".join(caught.value.problems)
    assert "a.yaml: expect.total" in told
    assert "a.yaml: expect.colour" in told
    assert "b.yaml: expect.then: there is no scenario nobody" in told
