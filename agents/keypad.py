"""The keys a caller presses: a code, the answer to what is open, zero for a person, nine for no more calls of ours."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agents import grammar
from agents.people import PutThrough
from compliance import wording
from errors import StoreDown
from tools.call import Call
from tools.calling_back import called_back
from tools.feedback import opt_out
from tools.proving import CODE

Tell = Callable[[str], Awaitable[None]]


@dataclass
class Keypad:
    """The keys of one call, and the person behind zero."""

    call: Call
    people: PutThrough | None
    take_text: Tell
    """A turn that was keyed: what is being said stops, and the model answers."""
    say_now: Tell
    """Speak ahead of whatever waits for a vendor."""

    async def pressed(self, digit: str) -> None:
        """What a key means. What it answers is a turn of the caller's; what answers nothing is not kept."""
        call = self.call
        code = grammar.keyed_code(call, digit)
        if code is not None:
            call.record("caller.pressed", digit=None, meaning=CODE)
            if code:
                await self.take_text(code)
            return
        if grammar.opts_out_by_key(call.state, digit):
            call.record("caller.pressed", digit=digit, meaning=grammar.NO_MORE_CALLS)
            call.later(opt_out(call, False))
            return
        meaning = grammar.meaning(call, digit)
        wanted = meaning is not None or digit == grammar.PERSON_DIGIT
        # A key that answers nothing is not kept: sixteen of them may be a card.
        call.record("caller.pressed", digit=digit if wanted else None, meaning=meaning)
        if meaning is None and digit == grammar.PERSON_DIGIT:
            call.later(self.person("the caller pressed zero", wording.CALL_BACK))
        elif meaning is not None:
            await self.take_text(meaning)

    async def not_understood(self) -> None:
        """Several turns in a row had no words."""
        self.call.later(self.person("the caller could not be understood", wording.NOT_UNDERSTOOD))

    async def person(self, reason: str, frame: str) -> None:
        """Put the caller through, or promise a call-back once it is written down. Raises StoreDown."""
        call = self.call
        place = await self.people.put_through(reason) if self.people else None
        if call.line is None:
            return
        if place is not None:
            await call.line.owe(wording.PUTTING_THROUGH.format(place=wording.queue_place(place)))
            return
        if call.phone is None:
            await call.line.owe(wording.NO_NUMBER)
            return
        try:
            promise = await called_back(call, reason)
        except StoreDown:
            await self.say_now(wording.NO_PROMISE)
            raise
        await call.line.owe(frame.format(promise=promise))
