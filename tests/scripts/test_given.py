"""Orders that can stand before a call."""

from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from domain.order import MOVES, OrderStatus
from scripts.given import GivenOrder, way_to

ORDER: dict[str, Any] = {"restaurant": "Spice Route, Old Mill", "dishes": [{"dish": "Samosa"}]}
LATER = sorted(set(OrderStatus) - {OrderStatus.AWAITING_PAYMENT, OrderStatus.SCHEDULED, OrderStatus.PLACED})


@pytest.mark.parametrize("status", LATER)
def test_every_status_is_reached_by_moves_that_are_allowed(status: OrderStatus) -> None:
    way = [OrderStatus.PLACED, *way_to(status)]
    assert way[-1] is status
    assert all(following in MOVES[before] for before, following in pairwise(way))


@pytest.mark.parametrize("status", [OrderStatus.PLACED, OrderStatus.SCHEDULED])
def test_an_order_that_has_just_begun_has_no_way_behind_it(status: OrderStatus) -> None:
    assert way_to(status) == []


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"status": "delivered"}, "delivered_minutes_ago goes with"),
        ({"delivered_minutes_ago": 5}, "delivered_minutes_ago goes with"),
        ({"status": "delivered", "minutes_ago": 5, "delivered_minutes_ago": 9}, "before it was placed"),
        ({"status": "scheduled"}, "wanted_in_minutes"),
        ({"wanted_in_minutes": 60}, "wanted_in_minutes"),
        ({"status": "awaiting_payment"}, "belongs to the call"),
        ({"payment": "bitcoin"}, "pattern"),
        ({"address": "somewhere"}, "pattern"),
        ({"substitution": "guess"}, "substitution"),
        ({"delivery": {}}, "delivery goes with"),
        ({"status": "preparing", "delivery": {"status": "picked_up"}}, "only an order that is ready"),
        ({"status": "ready", "delivery": {"status": "lost"}}, "delivery.status"),
    ],
)
def test_times_that_cannot_be_are_refused(more: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        GivenOrder.model_validate(ORDER | more)
