"""What the caller has to hear is said until they have heard it, and never over them."""

import pytest

from pipelines.owed import AT_MOST, Owed
from tests.pipelines.conftest import Desk, greeted
from tests.pipelines.phone import Phone
from tests.pipelines.speech import speech

PROMISE = "Nobody is free just now. A person will call you back within half an hour, on this number."
LONG = "That is two lassi and one pizza, to Juniper Lane, for thirty dollars."


class Line:
    """A line on which the caller hears or cuts what is said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self.owed = Owed(self.say, self.notes.append)

    async def say(self, text: str, *, mark: str | None = None) -> None:
        assert mark is not None
        self.said.append((text, mark))

    @property
    def mark(self) -> str:
        return self.said[-1][1]


async def test_what_was_heard_is_not_said_again() -> None:
    line = Line()
    await line.owed.say(PROMISE)
    assert line.owed.heard(line.mark)
    await line.owed.pay()
    assert not line.owed.cut(line.mark)
    assert [text for text, _ in line.said] == [PROMISE]


async def test_what_was_cut_again_and_again_is_left_to_the_model() -> None:
    line = Line()
    await line.owed.say(PROMISE)
    for _ in range(AT_MOST):
        assert line.owed.cut(line.mark)
        await line.owed.pay()
    assert [text for text, _ in line.said] == [PROMISE] * AT_MOST
    assert len({mark for _, mark in line.said}) == AT_MOST
    (note,) = line.notes
    assert PROMISE in note
    await line.owed.pay()
    assert len(line.notes) == 1


async def test_other_marks_are_none_of_these() -> None:
    assert not Line().owed.heard("greeting")
    assert not Line().owed.cut("greeting")


@pytest.mark.call
async def test_a_promise_made_while_the_caller_speaks_is_said_after_their_turn(desk: Desk) -> None:
    desk.knobs.texts = ["no wait"]

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        await desk.call.say(LONG, mark="total")
        await phone.next_audio()
        phone.speak(speech("No wait, one more") * 2)
        await desk.until("cut", "total")
        await desk.call.owe(PROMISE)
        await desk.until("cut", "owed.1")
        assert not desk.of("turn.user")
        await desk.until("turn.user")
        await desk.until("turn.agent", count=3)

    desk.greet = greeted
    await desk.phone(script)
    assert desk.of("turn.agent")[2]["text"].startswith(PROMISE)
    assert desk.of("cut") == ["total", "owed.1"]


@pytest.mark.call
async def test_a_promise_that_the_caller_spoke_into_is_said_again(desk: Desk) -> None:
    desk.knobs.texts = ["no wait"]

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        await desk.call.owe(PROMISE)
        await phone.next_audio()
        phone.speak(speech("No wait, one more"))
        await desk.until("cut", "owed.1")
        await desk.until("turn.user")
        await desk.until("turn.agent", count=3)
        assert desk.of("turn.agent")[1]["interrupted"]

    desk.greet = greeted
    await desk.phone(script)
    assert desk.of("turn.agent")[2]["text"].startswith(PROMISE)


@pytest.mark.call
async def test_a_promise_cut_by_typed_text_is_said_again_at_once(desk: Desk) -> None:
    desk.knobs.claude = ["Which size?"]

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        await desk.call.owe(PROMISE)
        await phone.next_audio()
        await desk.call.take_text("a pizza please")
        await desk.until("cut", "owed.1")
        await desk.until("turn.agent", count=3)

    desk.greet = greeted
    await desk.phone(script)
    assert PROMISE in " ".join(said["text"] for said in desk.of("turn.agent")[2:])
