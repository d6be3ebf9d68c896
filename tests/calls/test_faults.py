"""Vendors and stores that fail while people are on the phone, and people who say nothing or the wrong thing."""

import base64
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from scripts.stack import Stack
from tests.calls.phone_client import LINE, House
from tests.calls.test_hostile import ordering
from tests.calls.test_resume import CHECKOUT

pytestmark = [pytest.mark.call, pytest.mark.timeout(400)]

ASHA, BEN, GRACE, SAM = "+15125550110", "+15125550111", "+15125550114", "+15125550117"
WAYS_ON = "press zero"
APOLOGY = "trouble on my side"


@pytest.fixture
async def rested(house: House) -> House:
    """A server that has not seen a model fail lately: whoever failed is left alone for half a minute."""
    await house.crash()
    return house


# -- models


@pytest.mark.parametrize("kind", ["status", "hang"])
async def test_the_first_model_is_down_for_a_whole_call(rested: House, kind: str) -> None:
    await rested.fault("anthropic", kind, status=529, times=None)
    async with rested.chat(BEN) as chat:
        await chat.answer("No thanks. Two chana masala please.", CHECKOUT, "order.placed")
        failover = chat.told.all("failover")[0]
        assert failover["failed"].startswith("Claude")
        assert failover["target"].startswith("Gpt")
        assert chat.told.all("usage.tts") == []  # the second model writes to a caller who reads, too
        assert {used["model"] for used in chat.told.all("usage.llm")} == {"gpt-4o-mini"}
        (order,) = await rested.orders(chat.told.call_id)
    assert await rested.lines(order) == [("Chana Masala", None, 2)]
    assert order.status == "placed"


async def test_both_models_are_down_for_a_turn(rested: House) -> None:
    """The caller hears an apology and the way on; the call lives, and the next turn is answered."""
    await rested.fault("anthropic", "status", status=529, times=None)
    await rested.fault("openai", "status", status=500, times=None, match="chat")
    wishes = {"name": "hopeful", "from": GRACE, "opening": "No thanks, two chana masala please."}
    sid, told = await rested.phone(
        wishes | {"answers": [{"when": WAYS_ON, "say": "Two chana masala please.", "times": 1}]}
    )
    await told.until("models.failed")
    await told.until("dead_air")
    await told.said(APOLOGY)
    await rested.mend()
    await told.until("cart.changed")
    await told.said("anything else")
    heard = " ".join(turn["text"] for turn in (await rested.line_of(sid))["turns"] if turn["who"] == "system")
    assert APOLOGY in heard.lower()
    assert WAYS_ON in heard.lower()
    await rested.drop(sid)
    await rested.closed(told)


# -- speech


async def test_the_recogniser_refuses_at_first(house: House) -> None:
    """The greeting does not wait for it, and what was said meanwhile is heard afterwards."""
    await house.fault("deepgram", "status", status=429, times=3, match="listen")
    caller = {"name": "patient", "from": SAM, "opening": "No thanks, two samosa please."}
    sid, told = await house.phone(caller)
    await told.until("cart.changed")
    assert told.all("fault")
    kinds = [event["type"] for event in told.events]
    assert kinds.index("greeting.heard") < kinds.index("turn.user")
    assert "samosa" in told.all("turn.user")[0]["text"].lower()
    await house.drop(sid)
    await house.closed(told)


async def test_the_voice_breaks_off_in_the_middle_of_a_sentence(house: House) -> None:
    """What was not heard is said again."""
    await house.fault("elevenlabs", "drop", after_events=1, times=1, match="multi-stream-input")
    sid, told = await house.phone(
        {"name": "listening", "from": SAM, "opening": "No thanks, two samosa please."}
    )
    await told.until("speech.lost")
    await told.until("cart.changed")

    async def heard() -> bool:
        line = await house.line_of(sid)
        told_so_far = [turn["text"] for turn in line["turns"] if turn["who"] == "system"] + [line["hearing"]]
        return "anything else" in " ".join(told_so_far).lower()

    await house.until(heard)
    await house.drop(sid)
    await house.closed(told)


# -- the caller


async def test_speaking_while_a_card_is_charged_changes_nothing(house: House) -> None:
    """A barge-in: the order is placed once, the model learns of it, and asking again tells the same."""
    before = len(await house.charges())
    async with ordering(house, ASHA) as typed:
        now = int((await typed.tool("calculate_total"))["cart_version"])
        await typed.socket.close()
        assert await house.closed(typed.told) == "dropped"
    place = [{"name": "place_order", "arguments": {"cart_version": now, "payment": "card-1"}}]
    read_back = [{"name": "read_back_order", "arguments": {"payment": "card-1"}}]
    await house.cast("script", [read_back, place, "I am still at it.", place, "It is all done."])
    await house.fault("stripe", "delay", seconds=5.0, match="payment_intents")
    answers = [
        {"when": "one moment|just a second", "say": "Hello is it done?", "interrupt": True, "times": 1},
        {"when": "shall we go on", "say": "That's all thank you.", "times": 1},
        {"when": "shall i place it", "say": "Yes please.", "times": 1},
        {"when": "still at it", "say": "Please look again.", "times": 1},
    ]
    sid, told = await house.phone({"name": "impatient", "from": ASHA, "answers": answers})
    await told.until("tool.interrupted", lambda data: data["tool"] == "place_order" and data["still_running"])
    assert told.all("order.placed") == []
    await told.said("all done")
    await house.drop(sid)
    await house.closed(told)
    (order,) = await house.orders(typed.told.call_id)
    assert (order.status, order.payment_status) == ("placed", "authorised")
    assert await house.ledger(order) == ["attempted", "authorised"]
    assert [charge["amount"] for charge in (await house.charges())[before:]] == [order.total]
    late, again = told.all("tool.result", lambda data: data["tool"] == "place_order")
    assert (late["late"], late["result"]["code"], again["result"]["code"]) == (True, order.code, order.code)
    note = json.dumps(f"Its outcome is now known: {json.dumps(late['result'])}")
    asked = [*await house.seen("anthropic"), *await house.seen("openai")]
    assert any(note[1:-1] in json.dumps(request["body"]) for request in asked)


async def test_a_caller_who_says_nothing_is_asked_twice_and_let_go(house: House) -> None:
    sid, told = await house.phone(
        {"name": "mute", "from": "+15125550119", "silence_after": 0, "patience": 90}
    )
    assert await house.closed(told) == "gone"
    said = [turn["text"] for turn in told.all("turn.agent")]
    assert [text.startswith("Are you still there") for text in said[-3:]] == [True, True, False]
    assert "hang up now" in said[-1]
    line = await house.eventually_over(sid)
    assert (line["state"], line["ended_by"]) == ("completed", "system")
    assert told.all("tool.called") == []


async def test_zero_books_a_person(house: House) -> None:
    pressing = {
        "name": "zero",
        "from": SAM,
        "answers": [{"when": "record|get you", "keypad": "0", "times": 1}],
    }
    sid, told = await house.phone(pressing)
    await told.until("person.booked")
    await told.said("call you back")
    await house.drop(sid)
    await house.closed(told)
    (callback,) = await house.callbacks(told.call_id)
    assert callback.phone == SAM
    assert callback.promised_at > callback.created_at


# -- the wire and the stores


async def test_garbage_on_the_media_socket_ends_no_call(house: House, stack: Stack) -> None:
    """Neither a stranger's garbage at the door nor broken messages inside a stream reach anybody's call."""
    garbage: list[str | bytes] = [
        "hello",
        "{}",
        "[]",
        '{"event":"start"}',
        b"\x00\xff",
        json.dumps({"event": "media", "media": 7}),
    ]
    url = stack.url.replace("http", "ws") + "/twilio/media"
    async with ordering(house, BEN) as chat:
        for message in garbage:
            async with connect(url) as socket:
                await socket.send(message)
                with suppress(ConnectionClosed):
                    while True:
                        await socket.recv()
                assert socket.close_code == 1008
        assert (await chat.tool("calculate_total"))["cart_version"] == 2
    async with house.media(SAM, LINE) as (socket, told):
        await told.until("call.greeted")
        for message in [
            *garbage,
            '{"event":"media","media":{"payload":"%%%"}}',
            '{"event":"dtmf","dtmf":{}}',
        ]:
            await socket.send(message)
        sound = base64.b64encode(b"\xff" * 160).decode()
        await socket.send(json.dumps({"event": "media", "media": {"payload": sound, "track": "inbound"}}))
        await socket.send(json.dumps({"event": "dtmf", "dtmf": {"digit": "0"}}))
        await told.until("person.booked")
    assert await house.closed(told) == "dropped"


async def test_the_database_goes_away_for_a_while(house: House, stack: Stack) -> None:
    """The caller is told politely; afterwards the order is placed, and no event is missing."""
    async with ordering(house, BEN) as chat:
        now = await chat.read_back("cash")
        with no_database(stack.pids["postgres"]):
            failed = await chat.place(now, "cash")
            assert "on our side" in failed["error"]
        await house.database_is_back()
        placed = await chat.place(now, "cash")
        assert placed["status"] == "placed"
    written = await house.numbers(chat.told.call_id)
    assert written == list(range(1, len(chat.told.events) + 1))
    (order,) = await house.orders(chat.told.call_id)
    assert (order.code, await house.ledger(order)) == (placed["code"], ["attempted", "cash_due"])


@contextmanager
def no_database(postmaster: int) -> Iterator[None]:
    """Its connections break, and nobody answers at its door until the block ends."""
    os.kill(postmaster, signal.SIGSTOP)
    try:
        for backend in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
            os.kill(int(backend), signal.SIGKILL)
        yield
    finally:
        os.kill(postmaster, signal.SIGCONT)
