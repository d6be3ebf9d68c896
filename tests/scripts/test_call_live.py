"""The live transcript: what is printed of a call's events, and how a broken stream goes on."""

import io
import json
from collections.abc import Iterator

import httpx
import pytest
from rich.console import Console

from scripts.call_live import Transcript, follow, shortened


class Breaking(httpx.AsyncByteStream):
    """An event stream that ends with an error instead of an end."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        yield self._text.encode()
        raise httpx.RemoteProtocolError("peer closed connection")


def event(seq: int, kind: str, **data: object) -> dict[str, object]:
    return {"call": "cal_1", "seq": seq, "type": kind, "data": data}


def wire(*events: dict[str, object]) -> str:
    return "".join(f"id: x.{each['seq']}\ndata: {json.dumps(each)}\n\n" for each in events)


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    with io.StringIO() as out:
        yield out


async def test_a_broken_stream_goes_on_after_the_last_event() -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("Last-Event-ID"))
        if len(asked) == 1:
            return httpx.Response(200, stream=Breaking(wire(event(1, "call.started"), event(2, "turn.user"))))
        return httpx.Response(200, text=wire(event(3, "call.ended"), event(4, "late")))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://server") as api:
        seen = [each["seq"] async for each in follow(api, "cal_1")]
    assert seen == [1, 2, 3]
    assert asked == [None, "x.2"]


def test_who_said_what_and_how_long_a_tool_took(printed: io.StringIO) -> None:
    transcript = Transcript(Console(file=printed, width=40), caller="Ben")
    transcript.tell(event(1, "turn.user", text="Two paneer tikka, please, as hot as they come."), 61.25)
    transcript.tell(event(2, "tool.called", id="t1", tool="search_menu", arguments={"query": "tikka"}), 62.0)
    transcript.tell(
        event(3, "tool.result", id="t1", tool="search_menu", result={"dishes": []}, ms=42.4), 62.1
    )
    transcript.tell(event(4, "turn.latency", ms=240.4), 62.5)
    said = {"agent": "customer_order", "text": "Which size"}
    transcript.tell(event(5, "turn.agent", **said, interrupted=True), 63.0)
    transcript.tell(event(6, "caller.barged_in"), 63.2)
    assert printed.getvalue().splitlines() == [
        "01:01.2  Ben               Two paneer tikka, please, as hot as they come.",
        "01:02.1                    search_menu(query=tikka)  42 ms",
        "01:03.0  customer_order    Which size ...  [240 ms]",
        "01:03.2                    - caller barged_in",
    ]
    assert transcript.last == "- caller barged_in"


def test_a_handoff_is_one_line_and_the_next_agent_has_its_name(printed: io.StringIO) -> None:
    transcript = Transcript(Console(file=printed, width=40), caller="Ben")
    change = {
        "source": "customer_order",
        "target": "delivery_tracking",
        "reason": "asks for his order",
        "ms": 12,
    }
    transcript.tell(event(1, "agent.handoff", **change), 5.0)
    transcript.tell(event(2, "turn.agent", agent="delivery_tracking", text="It is on its way."), 6.0)
    assert printed.getvalue().splitlines() == [
        "00:05.0                    - customer_order -> delivery_tracking (asks for his order)  12 ms",
        "00:06.0  delivery_tracking It is on its way.",
    ]


def test_an_answer_has_its_own_latency_and_not_an_earlier_ones(printed: io.StringIO) -> None:
    transcript = Transcript(Console(file=printed, width=40), caller="Ben")
    transcript.tell(event(1, "turn.latency", ms=900), 1.0)
    transcript.tell(event(2, "turn.user", text="Hello?"), 2.0)
    transcript.tell(event(3, "turn.agent", agent="customer_order", text="Yes."), 3.0)
    assert "900" not in printed.getvalue()


def test_an_intent_is_told_when_something_comes_of_it(printed: io.StringIO) -> None:
    transcript = Transcript(Console(file=printed, width=40), caller="Ben")
    transcript.tell(event(1, "model.spoke", agent="customer_order"), 1.0)
    transcript.tell(event(2, "intent.read", target="customer_order", proposed=False), 1.0)
    assert printed.getvalue() == ""
    transcript.tell(event(3, "intent.read", target="customer_support", proposed=True), 2.0)
    assert "intent read target=customer_support" in printed.getvalue()


def test_a_refused_tool_shows_what_the_model_was_told(printed: io.StringIO) -> None:
    transcript = Transcript(Console(file=printed, width=40), caller="Ben", label="[plain] ")
    transcript.tell(event(1, "tool.result", id="t", tool="place_order", result={"error": "Wait."}), 5.0)
    assert printed.getvalue() == "[plain] 00:05.0                    place_order()  -> Wait.\n"


def test_long_arguments_are_cut_and_empty_ones_left_out() -> None:
    assert shortened({"size": None, "choices": ["hot"], "quantity": 2}) == 'choices=["hot"] quantity=2'
    assert len(shortened({"text": "x" * 500})) == 110
