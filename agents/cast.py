"""The cast: every agent by name, and the tools of each as one object for the whole process."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema

from agents.agent import Agent
from agents.handoff import Stage, transfer_schema
from operations.feedback import PROMOTION


class Cast(Mapping[str, Agent]):
    """Agents by name, in their written order."""

    def __init__(self, agents: Iterable[Agent]) -> None:
        self._agents = {agent.name: agent for agent in agents}
        self._tools = {name: self._schema(agent) for name, agent in self._agents.items()}
        self._plain = {
            name: self._without(agent, self._tools[name])
            for name, agent in self._agents.items()
            if agent.offers
        }

    def __getitem__(self, name: str) -> Agent:
        return self._agents[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._agents)

    def __len__(self) -> int:
        return len(self._agents)

    def tools(self, name: str, purpose: str = PROMOTION) -> ToolsSchema:
        """An agent's tools and handoffs with their handlers, as far as the call's purpose lets them exist.

        Always the same object, so that these stay registered and the prompt cache holds. Raises KeyError.
        """
        return self._tools[name] if purpose == PROMOTION else self._plain.get(name, self._tools[name])

    def stage(self, name: str, purpose: str = PROMOTION) -> Stage | None:
        """All that a handoff to this agent puts in place; None for a name that is not of the cast."""
        agent = self._agents.get(name)
        return Stage(name, agent.prompt, self.tools(name, purpose), agent.fillers) if agent else None

    def _without(self, agent: Agent, every: ToolsSchema) -> ToolsSchema:
        """An agent's tools in a call that may offer nothing."""
        return ToolsSchema(
            standard_tools=[one for one in every.standard_tools if one.name not in agent.offers]
        )

    def _schema(self, agent: Agent) -> ToolsSchema:
        handoffs = [
            transfer_schema(agent.name, handoff, partial(self.stage, handoff.to))
            for handoff in agent.handoffs
        ]
        return ToolsSchema(standard_tools=[*(tool.schema() for tool in agent.tools), *handoffs])
