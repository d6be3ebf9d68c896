"""What is spoken must be true: a sentence that claims something is held to its end, and judged by the call's facts."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import re
import time
from collections.abc import Callable, Sequence

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from compliance.corrections import Corrections
from domain.claim import Claim
from domain.facts import Ledger, Told
from domain.truth import may_become_claim, may_claim
from pipelines.llm.switcher import CUT_SHORT, Cut
from pipelines.observers import Record
from pipelines.unsaid import UnsaidFrame

END = re.compile(r"(?:(?<=\w)(?<!\d)\.|[!?।]|(?<=\d)\.(?=\s)|(?<=\W)\.|…)[.!?…\"')\]]*(?=\s|$)|\n")
"""The end of a sentence; a full stop behind a figure counts once more has come: "12." may be "12.50"."""
SHORT = re.compile(r"\b(?:rs|mr|mrs|ms|dr|st|no|apt|approx|vs|etc|[ap]|[ap]\.m)\.$", re.IGNORECASE)
"""A full stop behind one of these ends nothing."""


class ClaimCheck(FrameProcessor):
    """Stands between the models and the voice; the system's own speech enters behind it.

    Text passes as it comes while its sentence claims nothing. From the first word that may begin a claim the
    sentence is held to its end: it passes when `facts` or the caller's own words bear it out. Otherwise a template
    of the newest fitting fact is said, or that it is being checked, and the model answers once more; a second time
    in one turn it is a person who is offered, when `reachable`.

    When a fault has cut an answer, the model that goes on is told what of it went to the voice. What was held of the
    cut sentence is dropped; the next model says it anew.

    Records `claim.checked` (ms held) for a held sentence that is true, `claim.refused` (kind, instead, ms) for one
    that is not; neither holds a word of it.
    """

    def __init__(
        self,
        context: LLMContext,
        facts: Callable[[], Sequence[str]],
        wording: Corrections,
        record: Record,
        *,
        language: Callable[[], str] = lambda: "en",
        reachable: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__()
        self._context = context
        self._facts = facts
        self._wording = wording
        self._record = record
        self._language = language
        self._reachable = reachable
        self._sentence = ""
        self._passed = 0
        """So many characters of the sentence have been sent on."""
        self._held_at: float | None = None
        self._answer = ""
        """What has been sent on of the answer under way."""
        self._like = LLMTextFrame("")
        self._silenced = False
        """The rest of this answer stands on what was not true."""
        self._note: str | None = None
        self._called = False
        self._turn = -1
        self._asked_again = False
        self._corrected: set[str] = set()
        self._read_facts: dict[str, Told] = {}

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Hold back what may not be true."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.UPSTREAM:
            await self.push_frame(frame, direction)
            return
        match frame:
            case LLMTextFrame():
                await self._read(frame)
                return
            case InterruptionFrame() | CancelFrame():
                self._forget()
            case LLMFullResponseStartFrame():
                self._begin()
            case FunctionCallsStartedFrame():
                self._called = True
            case FunctionCallInProgressFrame():
                await self._finish()
            case LLMFullResponseEndFrame() if CUT_SHORT in frame.metadata:
                self._cut_short(frame.metadata[CUT_SHORT])
            case LLMFullResponseEndFrame():
                await self._finish()
                await self.push_frame(frame, direction)
                await self._ask_again()
                return
            case EndFrame():
                await self._finish()
            case _:
                pass
        await self.push_frame(frame, direction)

    def _forget(self) -> None:
        """The caller barged in: what was held is not said, and nobody is asked again about it."""
        self._sentence, self._passed, self._held_at = "", 0, None
        self._silenced, self._note, self._called = False, None, False
        self._answer = ""

    def _cut_short(self, cut: Cut) -> None:
        """A fault has cut the answer; tell what went to the voice of it, in whole words.

        Where another model goes on, its first word is another word of the same sentence; where nobody does, the
        sentence is over, and nothing of it comes into the next one.
        """
        if not cut.goes_on:
            self._forget()
            return
        begun = _whole_words(self._sentence[: self._passed])
        self._sentence = f"{begun} " if begun else ""
        self._passed, self._held_at = len(self._sentence), None
        self._add_note()
        cut.passed_on(_whole_words(self._answer))

    def _begin(self) -> None:
        turn = sum(
            isinstance(message, dict) and message.get("role") == "user"
            for message in self._context.get_messages()
        )
        if turn != self._turn:
            self._turn, self._asked_again = turn, False
            self._corrected.clear()
            self._sentence, self._passed, self._held_at = "", 0, None
        self._silenced, self._answer = False, ""

    async def _read(self, frame: LLMTextFrame) -> None:
        if self._silenced:
            return
        self._like = frame
        self._sentence += frame.text
        while (end := _end(self._sentence)) is not None:
            rest = self._sentence[end:]
            await self._judge(self._sentence[:end])
            self._sentence, self._passed, self._held_at = "" if self._silenced else rest, 0, None
        if self._held_at is None and may_claim(self._sentence):
            self._held_at = time.monotonic()
        if self._held_at is None:
            new, self._passed = self._sentence[self._passed :], len(self._sentence)
            await self._send(new)

    async def _finish(self) -> None:
        """Nothing more comes of the sentence at hand."""
        sentence, self._sentence = self._sentence, ""
        if sentence:
            await self._judge(sentence)
        self._passed, self._held_at = 0, None

    async def _judge(self, sentence: str) -> None:
        new = sentence[self._passed :]
        if not may_claim(sentence):
            await self._send(new)
            return
        ledger = Ledger(self._facts(), self._heard(), self._read_facts)
        claim = ledger.unfounded(sentence)
        held_ms = round((time.monotonic() - self._held_at) * 1000, 1) if self._held_at else 0.0
        if claim is None:
            await self._send(new)
            if self._held_at is not None:
                self._record("claim.checked", ms=held_ms)
            return
        if sentence[: self._passed].strip():
            self._answer = self._answer.removesuffix(sentence[: self._passed])
            await self.push_frame(UnsaidFrame(text=sentence[: self._passed]))
        instead = self._wording.instead(claim, sentence, ledger, self._language())
        self._record(
            "claim.refused", kind=claim.kind, instead=await self._correct(claim, instead), ms=held_ms
        )

    async def _correct(self, claim: Claim, instead: str | None) -> str:
        """Say something true in its place; what was done: fact, check, person, or nothing for what is said already."""
        wording = self._wording.of(self._language())
        if instead is not None:
            if instead in self._corrected:
                return "nothing"
            self._corrected.add(instead)
            await self._send(f" {instead} ")
            return "fact"
        self._silenced = True
        if not self._asked_again:
            self._asked_again = True
            self._note = self._wording.note_on(claim, self._language())
            await self._send(f" {wording.check} ")
            return "check"
        await self._send(f" {wording.person if self._reachable() else wording.nobody} ")
        return "person"

    async def _ask_again(self) -> None:
        """The model answers once more; where it has called a tool it is asked anyway, when that has answered."""
        called, self._called = self._called, False
        if self._add_note() and not called:
            await self.push_frame(LLMContextFrame(context=self._context), FrameDirection.UPSTREAM)

    def _add_note(self) -> bool:
        note, self._note = self._note, None
        if note is not None:
            self._context.add_message({"role": "developer", "content": note})
        return note is not None

    async def _send(self, text: str) -> None:
        """On to the voice: the frame as it came where it is neither cut nor joined."""
        self._answer += text
        if text == self._like.text:
            await self.push_frame(self._like)
        elif text:
            piece = LLMTextFrame(text)
            piece.skip_tts, piece.append_to_context = self._like.skip_tts, self._like.append_to_context
            await self.push_frame(piece)

    def _heard(self) -> list[str]:
        """The caller's own words."""
        said = (
            message.get("content")
            for message in self._context.get_messages()
            if isinstance(message, dict) and message.get("role") == "user"
        )
        return [text for text in said if isinstance(text, str)]


def _whole_words(text: str) -> str:
    """A text without a last word that may be half of one that claims something: "Your order is pla"."""
    head, space, word = text.rpartition(" ")
    return head.rstrip() if may_become_claim(word) else f"{head}{space}{word}".rstrip()


def _end(sentence: str) -> int | None:
    """Where the first sentence of a text ends; None while it may go on."""
    for found in END.finditer(sentence):
        if sentence[: found.start()].strip() and not SHORT.search(sentence[: found.end()]):
            return found.end()
    return None
