"""What a denied caller's file had told the model leaves the conversation."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest
from pipecat.processors.aggregators.llm_context import LLMContext

from compliance import wording
from operations import resuming
from tests.fakes.call import Talk, asked
from tools import tool as tools
from tools.caller import not_this_person
from tools.forgetting import LATE, OF_THEIRS, ONLY, SPEECH_FORGOTTEN, UNANSWERED, forget, of_theirs
from tools.orders import get_order_status
from tools.tool import handle

SECRET = "12 Juniper Lane"


def exchange(call_id: str, tool: str, result: object, **arguments: str) -> list[Any]:
    function = {"name": tool, "arguments": json.dumps(arguments)}
    call = {"id": call_id, "type": "function", "function": function}
    content = result if isinstance(result, str) else json.dumps(result)
    answer = {"role": "tool", "tool_call_id": call_id, "content": content}
    return [{"role": "assistant", "tool_calls": [call]}, answer]


def said(role: str, text: str) -> dict[str, str]:
    return {"role": role, "content": text}


def forgotten(*messages: Any) -> str:
    """What is left of a conversation, in one text."""
    context = LLMContext(messages=list(messages))
    forget(context)
    assert len(context.get_messages()) == len(messages)
    return json.dumps(context.get_messages())


def test_only_what_tells_of_them_is_replaced() -> None:
    text = forgotten(
        said("assistant", "Hello, what can I do for you?"),
        *exchange("a", "get_customer_profile", {"first_name": "Asha"}),
        *exchange("b", "search_menu", {"name": "Naan"}),
        said("user", "I am not her"),
    )
    assert "Asha" not in text
    assert text.count("forgotten") == 1
    assert "Naan" in text
    assert "what can I do for you" in text
    assert "I am not her" in text
    assert text.count("tool_call_id") == 2


def results() -> Iterable[list[Any]]:
    yield exchange("a", "verify_address", {"spoken": SECRET}, saved="address-1")
    yield exchange("a", "verify_address", {"spoken": SECRET}, flat="9")
    yield exchange("a", "set_allergies", {"say": SECRET})
    yield exchange("a", "add_to_order", {"error": f"{SECRET} contains peanut, and the caller is allergic."})
    yield exchange("a", "transfer_to_customer_support", {"summary": SECRET})
    for name in sorted({*OF_THEIRS} - {*ONLY}):
        yield exchange("a", name, {"told": SECRET})
        yield [said("developer", LATE.format(tool=name, result=json.dumps({"told": SECRET})))]
    yield [said("developer", f"{resuming.LINE_LOST} and the caller is back. It goes to {SECRET}.")]


@pytest.mark.parametrize("told", [*results()])
def test_it_is_forgotten_with_what_was_said_about_it(told: list[Any]) -> None:
    text = forgotten(
        *told,
        said("assistant", f"To {SECRET}, on your Visa?"),
        said("user", "Which one?"),
        said("developer", f"Note: the system has just said: {SECRET}"),
        said("assistant", f"The one at {SECRET}."),
    )
    assert SECRET not in text
    assert "Which one?" in text


def test_what_the_caller_gave_themselves_stays() -> None:
    text = forgotten(
        *exchange("a", "verify_address", {"spoken": SECRET}, text=SECRET),
        *exchange("b", "add_to_order", {"line": "line-1"}),
        said("assistant", "Two naan."),
    )
    assert SECRET in text
    assert "line-1" in text
    assert "Two naan." in text


def test_what_was_said_about_the_language_stays() -> None:
    hindi = wording.SPEAK_NOTE["hi"]
    text = forgotten(*exchange("a", "get_order_status", {"code": "1234"}), said("developer", hindi))
    assert json.dumps(hindi)[1:-1] in text


@pytest.mark.parametrize("waiting", UNANSWERED)
def test_a_result_that_is_still_to_come_keeps_its_place(waiting: str) -> None:
    assert waiting in forgotten(*exchange("a", "get_order_status", waiting))


async def test_a_barge_in_into_the_pause_before_the_answer_does_not_undo_it(
    bare: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "LEAST_SECONDS", 30)
    question = asked(bare.call, not_this_person, {})
    question.params.context.set_messages(exchange("a", "get_customer_profile", {"first_name": "Asha"}))
    done = asyncio.Event()
    bare.call.changed = lambda _: done.set()
    handler = asyncio.create_task(handle(not_this_person, question.params))
    await done.wait()
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler
    assert "Asha" not in json.dumps(question.notes)
    assert question.results == []


async def test_what_is_still_being_read_when_they_say_so_is_not_told(bare: Talk) -> None:
    async def read(call: Any) -> dict[str, str]:
        bare.state.denied = True
        return {"code": "1234"}

    slow = tools.Tool(**{**vars(get_order_status), "run": read, "arguments": not_this_person.arguments})
    question = asked(bare.call, slow, {})
    await handle(slow, question.params)
    assert question.result == {"status": "forgotten"}
    assert not of_theirs("search_menu", {}, "")
    assert SPEECH_FORGOTTEN not in json.dumps(question.notes)
