"""Who speaks: the cast, by name."""

from agents.agent import Agent
from agents.cast import Cast
from agents.customer_order import customer_order
from agents.customer_support import customer_support
from agents.delivery_tracking import delivery_tracking
from agents.driver_assignment import driver_assignment
from agents.post_delivery import post_delivery
from agents.restaurant_coordination import restaurant_coordination

AGENTS = Cast(
    (
        customer_order,
        delivery_tracking,
        customer_support,
        driver_assignment,
        post_delivery,
        restaurant_coordination,
    )
)

__all__ = ["AGENTS", "Agent", "Cast"]
