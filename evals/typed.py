"""A caller who types like a person listens: nothing is sent before the last answer has been given to its end.

By text the harness sees an answer when it has passed the claim check, before it has passed the pipeline. Whoever
answers then barges in on words that nobody has heard yet, and a read-back counts as not heard.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from pipecat.evals.matcher import ExpectationMatcher
from pipecat.evals.results import EvalAssertionFailure
from pipecat.evals.script import EvalExpectation
from pipecat.evals.script_driver import EvalScriptDriver
from pipecat.evals.script_session import EvalScriptSession
from pipecat.evals.session import EvalSessionParams

from evals.scenario import Scenario
from evals.turns import REPLY, script

Settled = Callable[[list[str]], Awaitable[None]]
"""Waits until the product has given these answers to their end."""


class Worded(ExpectationMatcher):
    """The harness's matcher, for which a model that only calls a tool has answered, too, with no words."""

    async def _match_one(
        self, expectation: EvalExpectation, deadline: float, turn_idx: int, exp_idx: int, since: int
    ) -> EvalAssertionFailure | None:
        while True:
            failure = await super()._match_one(expectation, deadline, turn_idx, exp_idx, since)
            if failure or expectation.event != REPLY or self.last_match_text.strip():
                return failure


class Patient(EvalScriptDriver):
    """The harness's driver, which by text thinks that the bot is always quiet."""

    settled: Settled
    _answered = 0

    def match_with(self, matcher: ExpectationMatcher) -> None:
        """Judge the events by this."""
        self._matcher = matcher

    async def _await_bot_quiet(self) -> None:
        await super()._await_bot_quiet()
        fresh = self._stream.events_seen[self._answered :]
        self._answered += len(fresh)
        await self.settled([str(event["text"]) for event in fresh if event["type"] == REPLY])


class Typed(EvalScriptSession):
    """One scenario's conversation, by text both ways."""

    def __init__(self, scenario: Scenario, door: str, answer_ms: int, settled: Settled) -> None:
        written = script(scenario.name, scenario.turns)
        super().__init__(written, door, params=EvalSessionParams(default_timeout_ms=answer_ms))
        driver = Patient(
            scenario=written,
            default_timeout_ms=answer_ms,
            client=self._client,
            stream=self._stream,
            judge=None,
            trace=self._trace,
            progress=self._progress,
        )
        driver.settled = settled
        driver.match_with(Worded(stream=self._stream, judge=None, trace=self._trace))
        self._driver = driver


def spoken_to_the_end(texts: list[str], events: list[tuple[str, dict[str, Any]]]) -> bool:
    """Whether every answer stands in the call's events, and a read-back or proposal among them was heard."""
    said = squeezed(" ".join(str(data["text"]) for kind, data in events if kind == "turn.agent"))
    if not all(squeezed(text) in said for text in texts):
        return False
    waiting = False
    for kind, data in events:
        if kind == "tool.result":
            waiting = waiting or (data.get("result") or {}).get("status") in ("reading", "proposed")
        elif (kind.endswith(".heard") and kind != "greeting.heard") or kind in ("turn.user", "speech.cut"):
            waiting = False
    return not waiting


def squeezed(text: str) -> str:
    """A text without its spaces, which differ between what is made and what is kept."""
    return "".join(text.split())
