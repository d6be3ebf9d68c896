"""Who plays the language model, and which prompt prefixes it has cached: shared by both model vendors."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from sandbox.hostile import obey
from sandbox.policy.brain import answer
from sandbox.policy.request import ModelRequest, Reply, ToolCall

# Both from Anthropic's page on prompt caching: what is shorter is not cached, what is not used is forgotten.
CACHE_MINIMUM_TOKENS = 1024
CACHE_SECONDS = 300.0
# The usual rule of thumb for English; vendors count exactly, nobody here needs that.
CHARACTERS_PER_TOKEN = 4


class ScriptedCall(BaseModel):
    """A tool call of a script."""

    model_config = ConfigDict(extra="forbid")

    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class Casting(BaseModel):
    """Who answers from now on, and the script for the policies that read one.

    A step is a text, or a list of tool calls made at once. Requests that offer no tools use up no step.
    """

    model_config = ConfigDict(extra="forbid")

    policy: Literal["polite", "hostile", "script"] = "polite"
    script: list[str | list[ScriptedCall]] = Field(default_factory=list)


@dataclass
class Usage:
    """Tokens of one request, the cached ones apart."""

    fresh: int
    cache_written: int
    cache_read: int

    @property
    def total(self) -> int:
        return self.fresh + self.cache_written + self.cache_read


def tokens(text: str) -> int:
    """An estimate of the tokens in a text, at least one."""
    return max(1, len(text) // CHARACTERS_PER_TOKEN)


@dataclass
class Models:
    """The cast and the prompt cache of this process."""

    casting: Casting = field(default_factory=Casting)
    cached: dict[str, float] = field(default_factory=dict)

    def cast(self, casting: Casting) -> None:
        self.casting = casting.model_copy(deep=True)

    def reply(self, request: ModelRequest) -> Reply:
        """The next words or calls; with parallel calls forbidden only the first is made."""
        reply = self._reply(request)
        return reply if request.parallel else Reply(reply.text, reply.calls[:1])

    def _reply(self, request: ModelRequest) -> Reply:
        policy = "hostile" if request.model.endswith("-hostile") else self.casting.policy
        if policy != "polite" and request.tools and self.casting.script:
            step = self.casting.script.pop(0)
            if isinstance(step, str):
                return Reply(step)
            return Reply(calls=tuple(ToolCall(call.name, call.arguments) for call in step))
        if policy == "hostile":
            return obey(request)
        if policy == "script":
            return Reply("That is the end of the script.")
        return answer(request)

    def account(self, segments: Iterable[tuple[str, bool]]) -> Usage:
        """Count a prompt given as (text, is there a cache breakpoint after it), as the Messages API bills it.

        The longest prefix seen in the last five minutes is read, what follows up to the last breakpoint is written.
        """
        now = time.monotonic()
        self.cached = {key: at for key, at in self.cached.items() if now - at < CACHE_SECONDS}
        digest, counted, read, marked = hashlib.sha256(), 0, 0, 0
        fresh_keys = []
        for text, breakpoint_after in segments:
            digest.update(text.encode())
            counted += tokens(text)
            if breakpoint_after and counted >= CACHE_MINIMUM_TOKENS:
                key = digest.copy().hexdigest()
                marked = counted
                read = counted if key in self.cached else read
                fresh_keys.append(key)
        self.cached.update(dict.fromkeys(fresh_keys, now))
        return Usage(counted - marked, marked - read, read)


def models(request: Request) -> Models:
    """The one desk of this process, made at its first use."""
    state = request.app.state
    if not hasattr(state, "models"):
        state.models = Models()
    desk = state.models
    assert isinstance(desk, Models)
    return desk


def pieces(text: str, size: int = 12) -> list[str]:
    """A text in the parts a vendor streams it in: by words for speech, by characters where there are none."""
    parts: list[str] = []
    while text:
        cut = text.find(" ", size - 4, size + 12) + 1 or size
        parts.append(text[:cut])
        text = text[cut:]
    return parts
