"""Who speaks: the cast, by name."""

from agents.agent import Agent
from agents.cast import Cast
from agents.customer_order import customer_order

AGENTS = Cast((customer_order,))

__all__ = ["AGENTS", "Agent", "Cast"]
