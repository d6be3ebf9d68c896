"""The cast as the operator sees it: who may do what, who hands over to whom, and how it goes."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from agents import AGENTS, Agent
from agents.registry import TOOLS
from api.keys import needs
from api.request import runtime_of
from api.schemas import Database, Shown
from errors import NotFound
from operations.casting import Figures, figures
from tools.tool import SYSTEM

router = APIRouter(prefix="/agents", tags=["agents"], dependencies=[Depends(needs("read"))])
Hours = Annotated[int, Query(ge=1, le=24 * 90, description="Figures of the last so many hours.")]


class ShownHandoff(Shown):
    """A way to another agent."""

    to: str
    tool: str = Field(examples=["transfer_to_customer_support"])
    when: str


class ShownFigures(Shown):
    """What happened since `hours` ago."""

    calls: int = Field(description="Calls in which this agent spoke last.")
    ended: int
    success: float | None = Field(
        description="Share of ended calls closed by a goodbye; null before the first."
    )
    handed_in: dict[str, int] = Field(description="Handoffs from each agent.")
    handed_out: dict[str, int] = Field(description="Handoffs to each agent.")
    handoff_ms: float | None = Field(description="Median from the tool's call to this agent's first words.")


class ListedAgent(Shown):
    """One agent of the cast."""

    name: str
    serves: list[str] = Field(description="customer, restaurant, driver")
    tools: list[str]
    handoffs: list[ShownHandoff]
    figures: ShownFigures


class Registry(Shown):
    """Everybody, and for every tool who may call it."""

    agents: list[ListedAgent]
    tools: dict[str, list[str]] = Field(
        description="Tool to its callers: agents, and `system` for the platform's own work."
    )


class ShownTool(Shown):
    """A tool as a model sees it."""

    name: str
    description: str
    parameters: dict[str, Any] = Field(description="JSON Schema of each argument.")
    required: list[str]
    callers: list[str] = Field(description="Agents, and `system` for the platform's own work.")
    has_effect: bool = Field(description="Changes something; happens exactly once.")
    timeout_seconds: float


class ShownAgent(ListedAgent):
    """One agent with its prompt and its tools in full."""

    prompt: str
    fillers: list[str]
    registry: list[ShownTool]


@router.get("")
async def list_agents(request: Request, session: Database, hours: Hours = 24) -> Registry:
    """The whole cast in its order."""
    known = await _figures(request, session, hours)
    callers = (*AGENTS, SYSTEM)
    tools = {name: [one for one in callers if one in tool.callers] for name, tool in TOOLS.items()}
    for agent in AGENTS.values():
        for handoff in agent.handoffs:
            tools.setdefault(handoff.name, []).append(agent.name)
    listed = [ListedAgent(**_listed(agent, known)) for agent in AGENTS.values()]
    return Registry(agents=listed, tools=dict(sorted(tools.items())))


@router.get("/{name}")
async def show_agent(request: Request, session: Database, name: str, hours: Hours = 24) -> ShownAgent:
    """One agent."""
    agent = AGENTS.get(name)
    if agent is None:
        raise NotFound(f"there is no agent {name}; there are: {', '.join(AGENTS)}")
    known = await _figures(request, session, hours)
    registry = []
    for tool in agent.tools:
        schema = tool.schema()
        registry.append(
            ShownTool(
                name=tool.name,
                description=tool.description,
                parameters=schema.properties,
                required=schema.required,
                callers=list(tool.callers),
                has_effect=tool.effect is not None,
                timeout_seconds=tool.timeout_seconds,
            )
        )
    return ShownAgent(
        **_listed(agent, known), prompt=agent.prompt, fillers=list(agent.fillers), registry=registry
    )


async def _figures(request: Request, session: Database, hours: int) -> dict[str, Figures]:
    since = runtime_of(request).clock.now() - timedelta(hours=hours)
    return dict(await figures(session, since))


def _listed(agent: Agent, known: dict[str, Figures]) -> dict[str, Any]:
    one = known.get(agent.name, Figures())
    return {
        "name": agent.name,
        "serves": list(agent.serves),
        "tools": list(agent.tool_names),
        "handoffs": [
            ShownHandoff(to=handoff.to, tool=handoff.name, when=handoff.when) for handoff in agent.handoffs
        ],
        "figures": ShownFigures(
            calls=one.calls,
            ended=one.ended,
            success=one.success,
            handed_in=one.handed_in,
            handed_out=one.handed_out,
            handoff_ms=one.handoff_ms,
        ),
    }
