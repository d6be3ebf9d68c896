"""An order only ever moves along its life cycle."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.order import MOVES, PAID, OrderStatus, PaymentStatus, move, pay
from errors import Conflict

S, P = OrderStatus, PaymentStatus


@pytest.mark.parametrize(
    "path",
    [
        "awaiting_payment placed confirmed preparing ready picked_up delivered closed",
        "awaiting_payment scheduled placed rejected closed",
        "awaiting_payment cancelled closed",
        "awaiting_payment placed confirmed preparing ready picked_up failed closed",
    ],
)
def test_a_life_is_a_chain_of_moves(path: str) -> None:
    first, *rest = [OrderStatus(name) for name in path.split()]
    for status in rest:
        first = move(first, status)
    assert first is S.CLOSED


@pytest.mark.parametrize(
    ("current", "to"),
    [
        (S.AWAITING_PAYMENT, S.CONFIRMED),  # nobody cooks what is not paid for
        (S.PICKED_UP, S.CANCELLED),
        (S.DELIVERED, S.CANCELLED),
        (S.CANCELLED, S.PLACED),
        (S.PLACED, S.PLACED),
        (S.CLOSED, S.PLACED),
    ],
)
def test_a_forbidden_move_names_the_allowed_ones(current: OrderStatus, to: OrderStatus) -> None:
    with pytest.raises(Conflict) as refused:
        move(current, to)
    assert all(status in refused.value.message for status in MOVES[current])


def test_every_state_is_reached_and_every_life_ends() -> None:
    assert set(MOVES) == set(S)
    reached = {S.AWAITING_PAYMENT}.union(*MOVES.values())
    assert reached == set(S)
    alive = {status for status in S if S.CLOSED not in MOVES[status] and status is not S.CLOSED}
    assert all(MOVES[status] for status in alive)


@given(st.lists(st.sampled_from(list(S)), max_size=30))
def test_whatever_is_tried_in_whatever_order_a_life_goes_forward_and_what_is_over_stays_over(
    tries: list[OrderStatus],
) -> None:
    """A refused move changes nothing, no state comes back, and nothing is cooked or brought that was not paid for."""
    life = [S.AWAITING_PAYMENT]
    for to in tries:
        try:
            life.append(move(life[-1], to))
        except Conflict:
            assert to not in MOVES[life[-1]]
    assert len(life) == len(set(life))
    assert all(to in MOVES[before] for before, to in pairwise(life))
    if S.DELIVERED in life:
        needed = [S.PLACED, S.CONFIRMED, S.PREPARING, S.READY, S.PICKED_UP, S.DELIVERED]
        assert [status for status in life if status in needed] == needed
    if {S.REJECTED, S.CANCELLED, S.FAILED} & set(life):
        assert S.DELIVERED not in life


@pytest.mark.parametrize(
    ("current", "to"),
    [
        (P.CAPTURED, P.AUTHORISED),
        (P.CAPTURED, P.RELEASED),  # what was taken is given back, not let go of
        (P.AUTHORISED, P.REFUNDED),
        (P.AUTHORISED, P.PENDING),
        (P.REFUNDED, P.RELEASED),
        (P.PENDING, P.REFUNDED),
    ],
)
def test_money_does_not_move_otherwise_than_money_moves(current: PaymentStatus, to: PaymentStatus) -> None:
    with pytest.raises(Conflict):
        pay(current, to)


@given(st.lists(st.sampled_from(list(P)), max_size=30))
def test_nothing_is_given_back_that_was_not_taken(tries: list[PaymentStatus]) -> None:
    way = [P.PENDING]
    for to in tries:
        try:
            way.append(pay(way[-1], to))
        except Conflict:
            assert to not in PAID[way[-1]]
    for before, to in pairwise(way):
        assert to is not P.REFUNDED or before in (P.CAPTURED, P.REFUNDED)


def test_every_state_of_money_is_reached() -> None:
    assert set(PAID) == set(P)
    assert {P.PENDING}.union(*PAID.values()) == set(P)
