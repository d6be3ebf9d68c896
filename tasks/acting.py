"""The platform's own tool calls: through the same registry as a model's, and every one of them in the audit."""

from collections.abc import Mapping
from typing import Any, cast

from db.menu_index import MenuIndex
from db.models import Audit
from domain.call_state import CallState
from domain.ids import new_id
from errors import NotFound
from tasks.work import Tools, Work
from tools.call import Call
from tools.result import Result
from tools.system import run_as_system
from tools.tool import Tool

SOURCE = "job"
MOST_SHOWN = 10
"""Of a list in a result so many entries are kept: who was nearest matters, not the whole city."""


class Actor:
    """One job's hand on the tools; `subject` of what it does is an id, or the city it works for."""

    def __init__(self, work: Work, market: str, city: str) -> None:
        """Raises NotFound where the market has no rules."""
        tools = work.tools
        if market not in tools.markets:
            raise NotFound(f"there is no market {market}")
        self._name, self._tools = f"system:{work.kind}"[:80], tools
        self._events: list[tuple[str, dict[str, Any]]] = []
        self._call = _call(tools, market, city, self._record)

    async def run(self, tool: Tool, subject: str, /, **arguments: Any) -> Result:
        """Run a tool of the system's, and keep that in the audit, refused or not.

        Raises what `run_as_system` does.
        """
        self._events.clear()
        try:
            return await run_as_system(tool, self._call, **arguments)
        finally:
            await self._audit(tool, subject)

    def _record(self, kind: str, /, **data: Any) -> None:
        self._events.append((kind, data))

    async def _audit(self, tool: Tool, subject: str) -> None:
        found = dict(self._events)
        ended = next((kind for kind in found if kind != "tool.called"), "tool.broken_off")
        async with self._tools.transaction() as session:
            session.add(
                Audit(
                    actor=self._name,
                    action=f"tool.{tool.name}"[:60],
                    subject=subject[:80],
                    source=SOURCE,
                    at=self._tools.clock.now(),
                    data={
                        "ended": ended,
                        "arguments": found.get("tool.called", {}).get("arguments", {}),
                        **shortened(found.get(ended, {})),
                    },
                )
            )


def shortened(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit keeps of an outcome: of long lists the first entries and how many there were."""
    kept = {name: value for name, value in data.items() if name in ("error", "result")}
    result = kept.get("result")
    if isinstance(result, Mapping):
        counts = {f"{name}_count": len(value) for name, value in result.items() if isinstance(value, list)}
        firsts = {
            name: value[:MOST_SHOWN] if isinstance(value, list) else value for name, value in result.items()
        }
        kept["result"] = firsts | counts
    return kept


def _call(tools: Tools, market: str, city: str, record: Any) -> Call:
    """A call that nobody holds: what a system's tool may ask of it."""
    id = new_id()
    state = CallState(
        call_id=id,
        cart_call_id=id,
        channel="system",
        line="",
        market=market,
        city=city,
        started_at=tools.clock.now(),
    )

    def later(coroutine: Any) -> None:
        coroutine.close()
        raise TypeError("a job ends when it has ended: nothing runs in its background")

    return Call(
        state=state,
        sessions=tools.sessions,
        menu=cast(MenuIndex, None),  # no tool of the system's looks for dishes
        maps=tools.maps,
        cards=None,
        market=tools.markets[market],
        clock=tools.clock,
        record=record,
        changed=lambda _: None,
        later=later,
        policies=tools.policies,
        dispatch=tools.dispatch,
    )
