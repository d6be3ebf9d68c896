"""Claude's prompt cache, proven by the usage it reports: within a call, and from one call to the next."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pipecat.frames.frames import Frame, LLMContextFrame, MetricsFrame
from pipecat.metrics.metrics import LLMTokenUsage, LLMUsageMetricsData
from pipecat.processors.aggregators.llm_context import LLMContext

from agents import AGENTS
from pipelines.config import shipped
from pipelines.providers import model
from pipelines.shared import Shared, Vendors
from tests.fakes.sandbox import Sandbox, running
from tests.pipelines.feed import feed

CLAUDE = next(llm for llm in shipped()["phone"].llm if llm.service == "anthropic_llm")
GREETING: Any = {"role": "assistant", "content": "Hello, this is an assistant. What can I get you?"}


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The vendor; each test has a prompt of its own, so that nothing is cached yet."""
    with running(tmp_path_factory.mktemp("vendor")) as found:
        yield found


@pytest.fixture
def mark() -> str:
    """What makes a test's prompts its own."""
    return uuid4().hex


@pytest.fixture
async def real(vendor: Sandbox, tmp_path: Path) -> AsyncIterator[Shared]:
    """Shared clients that reach that vendor."""
    vendors = Vendors(
        deepgram_key="d",
        elevenlabs_key="e",
        anthropic_key=vendor.keys["ANTHROPIC_API_KEY"],
        openai_key="o",
        anthropic_url=vendor.base_urls["ANTHROPIC"],
    )
    opened = await Shared.open(vendors, tmp_path / "phrases")
    try:
        yield opened
    finally:
        await opened.close()


def usage(frames: Sequence[Frame]) -> list[LLMTokenUsage]:
    """What the requests of these frames used."""
    return [
        data.value
        for frame in frames
        if isinstance(frame, MetricsFrame)
        for data in frame.data
        if isinstance(data, LLMUsageMetricsData)
    ]


async def ask(shared: Shared, mark: str, agent: str, *messages: Any) -> LLMTokenUsage:
    """One request with an agent's prompt and tools, by a service of its own, as each call has one."""
    claude = model(CLAUDE, shared, f"{AGENTS[agent].prompt}\n{mark}")
    context = LLMContext([GREETING, *messages], tools=AGENTS.tools(agent))
    counted: dict[str, int] = {"enable_metrics": True, "enable_usage_metrics": True}
    down, _ = await feed(claude, LLMContextFrame(context), usage, rates=counted)
    (used,) = usage(down)
    return used


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def asked(vendor: Sandbox, mark: str) -> list[dict[str, Any]]:
    """The requests of one test, as they arrived."""
    bodies = [entry["body"] for entry in vendor.requests("anthropic")]
    return [body for body in bodies if mark in json.dumps(body["system"])]


def prefix(body: dict[str, Any]) -> str:
    """What Claude caches first: tools, then the system prompt."""
    return json.dumps([body["tools"], body["system"]])


@pytest.mark.parametrize("agent", sorted(AGENTS))
async def test_the_next_turn_and_the_next_call_read_the_prompt_from_the_cache(
    real: Shared, vendor: Sandbox, mark: str, agent: str
) -> None:
    first = await ask(real, mark, agent, user("No thanks."))
    said = (user("No thanks."), {"role": "assistant", "content": "What can I get you?"})
    second = await ask(real, mark, agent, *said, user("Which dishes have you?"))
    other = await ask(real, mark, agent, user("Hello, my name is Bo."))
    bodies = asked(vendor, mark)
    assert len({prefix(body) for body in bodies}) == 1, "the same bytes in every request"
    fixed = (
        len(prefix(bodies[0])) // 5
    )  # a token is about four characters; the JSON around them is not counted
    assert not first.cache_read_input_tokens
    for used in (second, other):
        assert (used.cache_read_input_tokens or 0) > fixed


async def test_another_agents_prompt_is_not_read_from_the_first_ones(real: Shared, mark: str) -> None:
    await ask(real, mark, "customer_order", user("Hello."))
    other = await ask(real, mark, "delivery_tracking", user("Hello."))
    assert not other.cache_read_input_tokens


async def test_the_kept_prompt_is_asked_to_live_an_hour(real: Shared, vendor: Sandbox, mark: str) -> None:
    await ask(real, mark, "customer_order", user("Hello."))
    (body,) = asked(vendor, mark)
    assert body["system"][-1]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
