"""Who speaks: the cast, by name."""

from agents.agent import Agent
from agents.cast import Cast
from agents.customer_order import customer_order
from agents.customer_support import customer_support
from agents.delivery_tracking import delivery_tracking

AGENTS = Cast((customer_order, delivery_tracking, customer_support))

__all__ = ["AGENTS", "Agent", "Cast"]
