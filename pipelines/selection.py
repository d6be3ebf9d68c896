"""Which turns are simple enough for a cheaper model: rules of the YAML, and what no rule may ever allow."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from pipecat.processors.aggregators.llm_context import LLMContext
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.call_state import CallState

PRIMARY = "primary"
"""The reason when no rule fits."""
WEIGHTY_TOOLS = frozenset({
    "calculate_total", "read_back_order", "place_order", "ask_contact_consent", "set_allergies", "verify_address",
    "process_refund", "file_complaint", "propose_change", "carry_out", "send_code", "prove", "not_this_person",
    "confirm_delivery", "stop_calls", "ask_about_unavailable", "decide_unavailable",
})  # fmt: skip
"""Money, consent, health, identity: what one of these tells is told by the primary."""
HANDOFF = "transfer_to_"
WEIGHTY_QUESTIONS = frozenset({"read_back", "change", "code", "address", "contact", "offer"})
WEIGHTY_WORDS = re.compile(
    r"\b(?:refund|money|charge[ds]?|paid|pay(?:ment)?|card|cash|cancel\w*|complain\w*|wrong|missing|cold|spilled|"
    r"never came|allerg\w*|code|otp|pin|not me|wrong (?:number|person)|not \w+ (?:speaking|here)|manager|human|person|"
    r"sick|hurt|accident|emergency|police|ambulance|address|place (?:it|the order)|paisa|paise|wapas|galat)\b|पैसे|वापस",
    re.IGNORECASE,
)
"""In the caller's turn they keep the primary, whatever has been asked."""


class Rule(BaseModel):
    """One kind of simple turn. Everything that is written must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Recorded with every turn it decides."""
    agents: list[str] = []
    """Who speaks; everybody when left out."""
    caller_words: Annotated[int, Field(ge=1, le=40)]
    """The longest turn of the caller, in words."""
    answers: Literal["choice"] | None = None
    """The turn only names one of the sizes or choices that were asked for."""
    after: list[str] = []
    """Only these tools have answered since the caller's words, all with something to speak as it stands."""

    @field_validator("after")
    @classmethod
    def _nothing_weighty(cls, tools: list[str]) -> list[str]:
        if weighty := sorted(WEIGHTY_TOOLS.intersection(tools)):
            raise ValueError(f"never for the cheaper model: {', '.join(weighty)}")
        return tools

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.after) is bool(self.answers):
            raise ValueError("say either `answers` or `after`")
        return self


class Selection(BaseModel):
    """Who answers the simple turns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    """The `settings.model` of an entry of `llm`, not the first."""
    rules: Annotated[list[Rule], Field(min_length=1)]
    """The first that fits decides; when none fits, the primary answers."""


@dataclass(frozen=True)
class Moment:
    """Where a conversation stands when a model is about to be asked."""

    agent: str
    question: str | None = None
    options: tuple[str, ...] = ()
    weighty: bool = False
    """Something waits that only the primary may handle: a read-back, a proposed change, a doubt who speaks."""


@dataclass(frozen=True)
class Told:
    """The end of a conversation: the caller's last words, and what tools have answered since."""

    words: str
    results: list[tuple[str, Mapping[str, Any] | None]] = field(default_factory=list)
    """Tool and result; None for a result that is none yet."""


Preference = Callable[[LLMContext], str | None]
"""The reason why the next answer may come from the cheaper model; None when it may not."""


def moment(state: CallState) -> Moment:
    """The moment of a call."""
    read = state.read_back
    offered = any(not (offer.done or offer.withdrawn) for offer in state.offers.values())
    waiting = read is not None and state.placed_version(read.cart_version) is None
    return Moment(
        agent=state.agent,
        question=state.open_question,
        options=tuple(state.open_options),
        weighty=waiting or offered or state.denied,
    )


def reason(rules: Sequence[Rule], now: Moment, told: Told) -> str | None:
    """The `why` of the first rule that fits; None for the primary."""
    if now.weighty or now.question in WEIGHTY_QUESTIONS or WEIGHTY_WORDS.search(told.words):
        return None
    if any(tool in WEIGHTY_TOOLS or tool.startswith(HANDOFF) for tool, _ in told.results):
        return None
    return next((rule.why for rule in rules if _fits(rule, now, told)), None)


def told_of(context: LLMContext) -> Told:
    """Read the end of a conversation; without the caller's words nothing of it counts as simple."""
    names: dict[str, str] = {}
    found: list[tuple[str, Mapping[str, Any] | None]] = []
    said: list[str] = []
    for entry in reversed(context.get_messages()):
        if not isinstance(entry, dict):
            continue
        message: dict[str, Any] = dict(entry)
        role = message["role"]
        if role == "user":
            said.append(str(message.get("content") or ""))
        elif said:
            break
        elif role == "tool":
            found.append((str(message.get("tool_call_id")), _result(message.get("content"))))
        elif role == "assistant":
            for call in message.get("tool_calls") or ():
                names[str(call["id"])] = str(call.get("function", {}).get("name"))
    return Told(" ".join(reversed(said)), [(names.get(id, ""), result) for id, result in reversed(found)])


def _fits(rule: Rule, now: Moment, told: Told) -> bool:
    words = re.findall(r"[^\W_]+", told.words.casefold())
    if not 0 < len(words) <= rule.caller_words or (rule.agents and now.agent not in rule.agents):
        return False
    if rule.answers:
        names = (re.findall(r"[^\W_]+", option.casefold()) for option in now.options)
        return not told.results and sum(set(name) <= set(words) for name in names if name) == 1
    spoken = (tool in rule.after and speakable(result) for tool, result in told.results)
    return bool(told.results) and all(spoken)


def speakable(result: Mapping[str, Any] | None) -> bool:
    """Whether a result, or the one order in it, is only to be spoken: neither a fault nor something to do next."""
    if result is None or {"error", "next"}.intersection(result):
        return False
    orders = result.get("orders")
    return "say" in result or (isinstance(orders, list) and len(orders) == 1 and "say" in orders[0])


def _result(content: object) -> Mapping[str, Any] | None:
    try:
        found = json.loads(content) if isinstance(content, str) else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
