"""An order only ever moves along its life cycle."""

import pytest

from domain.order import MOVES, OrderStatus, move
from errors import Conflict

S = OrderStatus


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
