"""Who speaks: the cast, by name."""

from agents.agent import Agent
from agents.customer_order import customer_order

AGENTS: dict[str, Agent] = {agent.name: agent for agent in (customer_order,)}

__all__ = ["AGENTS", "Agent"]
