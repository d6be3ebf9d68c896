"""The turns of a scenario, in the words of `pipecat.evals`: what the caller types and which events must follow."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pipecat.evals.scenario import (
    EvalExpectation,
    EvalFunctionCall,
    EvalScriptScenario,
    EvalScriptTurn,
    EvalSendAfter,
)
from pydantic import BeforeValidator, Field, model_validator

from domain.speech import say_code
from scripts.shape import Shape

Event = Literal["response", "function_call", "function_call_stopped", "llm_started", "bot_interrupted"]
CODE = re.compile(r"\{code of (\w+)\}")
REPLY = "llm_response"
"""What `response` is when nothing is spoken aloud."""


class Asked(Shape):
    """A tool the agent must call, with the arguments that matter."""

    name: str
    args: dict[str, Any] | None = None


def named(value: object) -> object:
    """A tool's name alone means any arguments."""
    return {"name": value} if isinstance(value, str) else value


def heard(value: object) -> object:
    """A sentence alone means an answer that contains it."""
    return {"event": "response", "text_contains": value} if isinstance(value, str) else value


class Expectation(Shape):
    """One event that must follow (or, with `absent`, must not come within `within_ms`)."""

    event: Event
    within_ms: int | None = Field(default=None, gt=0)
    text_contains: str | None = None
    """Searched with its capitals, spaces alike, in everything said since the last expectation."""
    text_excludes: str | None = None
    calls: list[Annotated[Asked, BeforeValidator(named)]] | None = None
    absent: bool = False
    check_from: Literal["previous", "turn_start"] = "previous"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        says = self.text_contains or self.text_excludes
        if self.calls and self.event not in ("function_call", "function_call_stopped"):
            raise ValueError(f"calls: do not go with {self.event}")
        if says and self.event != "response":
            raise ValueError(f"a text does not go with {self.event}")
        if self.absent and (says or self.calls or self.within_ms is None):
            raise ValueError("absent: takes within_ms and nothing else")
        return self

    def built(self) -> EvalExpectation:
        """The same for the harness."""
        calls = None
        if self.event in ("function_call", "function_call_stopped") and not self.absent:
            calls = [EvalFunctionCall(asked.name, asked.args) for asked in self.calls or []] or [
                EvalFunctionCall()
            ]
        return EvalExpectation(
            event=REPLY if self.event == "response" else self.event,
            within_ms=self.within_ms,
            text_contains=self.text_contains,
            text_excludes=self.text_excludes,
            calls=calls,
            check_from=self.check_from,
            absent=self.absent,
        )


class SendAfter(Shape):
    """When the caller does not wait for the end of what is being said."""

    event: str | None = None
    delay_ms: int = Field(default=0, ge=0)


class Turn(Shape):
    """What the caller types or presses, or nothing; and what must come of it. Without `expect`: any answer.

    `{code of today}` in what they type is the six digits of the given order `today`, spoken one by one.
    """

    user: str | None = None
    dtmf: str | None = Field(default=None, pattern=r"^[0-9*#]+$")
    send_after: SendAfter | None = None
    expect: list[Annotated[Expectation, BeforeValidator(heard)]] = Field(
        default_factory=lambda: [Expectation(event="response")]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.user is not None and self.dtmf is not None:
            raise ValueError("user: or dtmf:, not both")
        return self

    @property
    def codes(self) -> list[str]:
        """The orders whose codes are typed."""
        return CODE.findall(self.user or "")

    def told(self, codes: Mapping[str, str]) -> "Turn":
        """The turn with the codes in it, by the names of their orders."""
        if self.user is None:
            return self
        return self.model_copy(update={"user": CODE.sub(lambda found: say_code(codes[found[1]]), self.user)})

    def built(self) -> EvalScriptTurn:
        """The same for the harness."""
        after = self.send_after
        return EvalScriptTurn(
            user=self.user,
            dtmf=self.dtmf,
            send_after=EvalSendAfter(after.event, after.delay_ms) if after else None,
            expect=[each.built() for each in self.expect],
        )


def script(name: str, turns: list[Turn]) -> EvalScriptScenario:
    """A scenario for the harness, by text both ways; the greeting is waited for unless a turn asks about it."""
    first = turns[0].user is None and turns[0].dtmf is None
    begun = turns if first else [Turn(), *turns]
    return EvalScriptScenario(name=name, turns=[turn.built() for turn in begun])
