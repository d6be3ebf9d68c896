"""The line of a call that we began, for the behaviour beside the model: opening, tones, silence, last words."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pipecat.processors.aggregators.llm_context import LLMContextMessage

from agents.door import IDENTITY, SAID, TOLD, Patience
from agents.outgoing import Callee
from compliance.outgoing_words import Opening
from operations.outgoing import Begun
from pipelines.call import CallPipeline
from pipelines.doorstep import Doorstep
from pipelines.first_words import HELLO_SECS
from tools.call import Call
from tools.result import Spoken

LEFT = "left"
"""Why a call was hung up on that was not spoken to."""


@dataclass
class OutgoingLine:
    """`agents.door.Door`, over a running pipeline."""

    call: CallPipeline
    doorstep: Doorstep
    opening: Opening
    """In the callee's language."""
    leaving: Callable[[], None]
    """Told as soon as we hang up."""

    @property
    def parts(self) -> list[Spoken]:
        """What is said, with the mark behind each part; where nothing is told, all the rest is what counts."""
        opening = self.opening
        rest = [part for part in (opening.opt_out, opening.question) if part]
        told, rest = (opening.told, rest) if opening.told else (" ".join(rest), [])
        return [
            Spoken(opening.identity, IDENTITY),
            Spoken(told, TOLD),
            *(Spoken(part, SAID) for part in rest),
        ]

    def prepare(self) -> None:
        """Have the opening rendered while the telephone is lifted to an ear."""
        if not self.call.speaker.silent:
            for part in self.parts:
                self.call.phrases.begin(part.text)

    def shut(self, shut: bool) -> None:
        """See agents.door.Door."""
        self.doorstep.shut = shut

    async def begin(self) -> None:
        """The opening, in parts of which each can be heard or cut; from memory where the voice was quick.

        Prepared phrases overtake live speech, so either all parts are played from memory or none is.
        """
        call, known = self.call, not self.call.speaker.silent
        late = asyncio.get_running_loop().time() + HELLO_SECS
        for part in self.parts:
            left = max(0.0, late - asyncio.get_running_loop().time())
            known = known and await call.phrases.ready(part.text, left)
        for part in self.parts:
            await call.say(part.text, mark=part.mark, protected=part.mark == IDENTITY, urgent=known)

    async def say(self, text: str) -> None:
        """See agents.door.Door."""
        await self.call.say(text, urgent=self.call.prepared(text))

    async def press(self, key: str) -> None:
        """See agents.door.Door."""
        await self.call.press(key)

    async def hush(self) -> None:
        """See agents.door.Door."""
        await self.call.speaker.interrupt()

    async def take_turn(self, text: str) -> None:
        """See agents.door.Door."""
        await self.call.take_text(text)

    async def last_words(self, text: str, *, protected: bool = False) -> None:
        """See agents.door.Door."""
        self.leaving()
        await self.call.farewell(text, LEFT, protected=protected)

    async def leave(self) -> None:
        """See agents.door.Door."""
        self.leaving()
        await self.call.end(LEFT)


def reach(
    call: Call,
    pipeline: CallPipeline,
    doorstep: Doorstep,
    begun: Begun,
    patience: Patience,
    leaving: Callable[[], None],
) -> Callee:
    """Whoever picks up is met beside the model, which is told what the call is about."""
    door = OutgoingLine(pipeline, doorstep, begun.opening.to(call.state.language), leaving)
    callee = Callee(call, door, begun, patience)
    doorstep.on_voice, doorstep.on_words, doorstep.on_beep = callee.voice, callee.words, callee.beep
    call.facts(*door.opening.parts)
    note: LLMContextMessage = {"role": "developer", "content": callee.note(door.opening)}
    pipeline.context.add_message(note)
    door.prepare()
    return callee
