"""How the cast does: calls, handoffs and their latency per agent, counted from rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, func, select

from db.models import AgentTransition, CallRow

COMPLETE = ("goodbye",)
"""Outcomes of a call that came to its own end."""


@dataclass
class Figures:
    """One agent since a moment."""

    calls: int = 0
    """Calls in which it was the last to speak."""
    complete: int = 0
    """Of these, those that were ended by a goodbye."""
    ended: int = 0
    """Of these, those that are over."""
    handed_in: dict[str, int] = field(default_factory=dict)
    handed_out: dict[str, int] = field(default_factory=dict)
    handoff_ms: float | None = None
    """Median from the handoff tool's call to this agent's first words; None before the first."""

    @property
    def success(self) -> float | None:
        """Share of ended calls that came to their own end; None before the first."""
        return self.complete / self.ended if self.ended else None


async def figures(session: AsyncSession, since: datetime) -> Mapping[str, Figures]:
    """Every agent that has spoken or been spoken to since then, by name."""
    found: dict[str, Figures] = {}
    calls = await session.execute(
        select(CallRow.agent, CallRow.outcome, col(CallRow.ended_at).is_not(None), func.count())
        .where(col(CallRow.started_at) >= since)
        .group_by(col(CallRow.agent), col(CallRow.outcome), col(CallRow.ended_at).is_not(None))
    )
    for agent, outcome, over, count in calls:
        one = found.setdefault(agent, Figures())
        one.calls += count
        one.ended += count if over else 0
        one.complete += count if outcome in COMPLETE else 0
    handed = await session.execute(
        select(AgentTransition.from_agent, AgentTransition.to_agent, func.count())
        .where(col(AgentTransition.at) >= since, col(AgentTransition.from_agent).is_not(None))
        .group_by(col(AgentTransition.from_agent), col(AgentTransition.to_agent))
    )
    for source, target, count in handed:
        found.setdefault(str(source), Figures()).handed_out[target] = count
        found.setdefault(target, Figures()).handed_in[str(source)] = count
    middle = await session.execute(
        select(
            AgentTransition.to_agent,
            func.percentile_cont(0.5).within_group(col(AgentTransition.latency_ms)),
        )
        .where(col(AgentTransition.at) >= since, col(AgentTransition.latency_ms).is_not(None))
        .group_by(col(AgentTransition.to_agent))
    )
    for agent, median in middle:
        found.setdefault(agent, Figures()).handoff_ms = round(median, 1)
    return found
