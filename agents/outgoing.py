"""Beside the model, in a call that we began: says what it is about once somebody is there, and is silent to machines.

Until a person has been recognised the callee's words are no turn of the conversation: a menu gets its key, a queue our
patience, a screening one sentence, an answering machine a message without anything of the order.
"""

from dataclasses import dataclass, field

from agents.detecting import Detection
from agents.door import NOTE, TOLD, At, Door, Patience, Waits
from agents.other_side import OtherSide
from agents.phone_menu import PhoneMenu
from compliance import outgoing_words as words
from compliance.outgoing_words import Opening
from domain.call_state import Level
from domain.callee import MACHINES, Heard, back_again, plainly_wrong, takes_back
from domain.calling import Kind
from domain.dialling import Outcome
from domain.optout import opts_out
from domain.saying import Saying
from domain.speech import say_phone
from operations import outgoing
from operations.outgoing import Begun
from tools import driving
from tools.call import Call

NOISE_SECS = 0.3
"""A shorter sound without words was a click, or a door."""
ASKS = (Heard.GREETING, Heard.WHO, Heard.AGAIN)
"""A person, and no answer: the opening is what they want to hear."""
MOST_OPENINGS = 3
"""So often the opening is begun again for somebody who spoke into it; then the model tells it."""
MACHINE, FAX = "machine", "fax"


@dataclass
class Callee(OtherSide):
    """Whoever picked up one call of ours."""

    call: Call
    door: Door
    begun: Begun
    patience: Patience
    at: At = At.LISTENING
    answered: bool = False
    """A person has said something after the opening, or pressed a key."""
    ended: Outcome | None = None
    """What became of it, where that is not for the callee to decide any more."""
    _told: bool = False
    _openings: int = 0
    _said: str = ""
    _speaking: bool = False
    _back: bool = False
    """Somebody has come back to the line, and is about to be spoken to."""
    _machine: bool = False
    """Detection says so, and no word has told yet what kind."""
    _offer: str | None = None
    _decided: tuple[str, bool, str] | None = None
    """The newest turn, whether it was taken, and who has asked about it so far."""
    _waits: Waits = field(default_factory=Waits)
    _detection: Detection | None = None
    _menu: PhoneMenu = field(init=False)

    def __post_init__(self) -> None:
        self._menu = PhoneMenu(self.kind)

    @property
    def outcome(self) -> Outcome:
        """What the try has come to."""
        if self.ended is not None:
            return self.ended
        return Outcome.TALKED if self.answered else Outcome.HUNG_UP

    @property
    def waits(self) -> bool:
        """Whether nothing is to be said to whoever is on the line."""
        return self.at in (At.LISTENING, At.WAITING, At.RECORDING, At.LEAVING)

    @property
    def kind(self) -> Kind:
        """Whom we called."""
        return Kind(self.call.state.caller)

    def note(self, opening: Opening) -> str:
        """For the model, which is asked once somebody has answered."""
        state = self.call.state
        about = f" ({next(iter(state.orders))})" if state.orders else ""
        return NOTE.format(who=state.caller, about=f"{state.topic}{about}", opening=opening.text)

    def start(self) -> bool:
        """Somebody has picked up: listen."""
        self._waits.then(self.patience.silent, self.open)
        self._waits.until(self.patience.hold, self._too_long)  # a voice that never ends
        self._detection = Detection(self.call, self.patience.every, self.detected)
        return True

    async def close(self) -> None:
        """The call is over."""
        if self.ended is Outcome.WRONG_PERSON:
            self.call.state.denied = True
        await self._waits.close()
        if self._detection is not None:
            await self._detection.close()

    # What is heard while the door is shut.

    async def voice(self, speaking: bool) -> None:
        """A voice begins or ends; nothing is said into one."""
        self._speaking = speaking
        if speaking:
            self._waits.stop()
        elif self.at is At.RECORDING:
            self._waits.then(self.patience.announcement, self._leave_message)
        elif self.at is At.WAITING and self._menu.told:
            self._waits.then(self.patience.menu, self._press)

    async def words(self, text: str, seconds: float) -> None:
        """An utterance is over; "" where nobody understood it. Within a conversation only machines are of interest."""
        if self.at is At.OPENED:
            heard = self._menu.hears(text)
            if heard in MACHINES and heard is not Heard.HOLD:  # whoever has us wait has had their turn
                self.call.record("turn.user", text=text)
                await self.door.hush()
                await self._act(heard, text)
        elif self.at in (At.LISTENING, At.WAITING, At.RECORDING):
            if text:
                self.call.record("turn.user", text=text)
            await (self._first(text, seconds) if self.at is At.LISTENING else self._machine_says(text))

    async def beep(self) -> None:
        """A machine records from now on."""
        if self.at is At.RECORDING:
            await self._leave_message()

    # What is heard in the conversation.

    def own_words(self, text: str) -> tuple[str, bool] | None:
        """What the system says to a turn; nothing, and nobody else does, where it is not the conversation's."""
        return ("", True) if self.takes(text, "words") else None

    def takes(self, text: str, asker: str) -> bool:
        """Whether a turn is for nobody but this. Two ask about each, in either order: it is decided once."""
        decided, self._decided = self._decided, None
        if decided is not None and decided[0] == text and decided[2] != asker:
            return decided[1]
        taken = self._turn(text)
        self._decided = (text, taken, asker)
        return taken

    def keyed(self) -> None:
        """A key was pressed: machines press none."""
        if self.at is At.LEAVING:
            return
        shut = self.at is not At.OPENED and self.at is not At.TALKING
        self._person()
        if shut:
            self.door.shut(False)
            if not self._openings:
                self.call.later(self._open_at(At.TALKING))

    def heard(self, mark: str) -> None:
        """A part of the opening was played to its end."""
        if mark == TOLD and not self._told:
            self._told = True
            if self._offer is not None:
                self.call.heard(self._offer)
            self.call.record("opening.told", topic=self.call.state.topic)
            if outgoing.to_be_noted(self.call.state):
                self.call.later(self._write_told())

    def cut(self, mark: str) -> None:
        """The callee spoke into the opening."""
        if mark == TOLD and self._offer is not None:
            self.call.cut(self._offer)

    def kept_the_line(self) -> None:
        """They spoke into a goodbye: the call goes on. The wrong person stays that until they take it back."""
        if self.at is At.LEAVING:
            self.at = At.TALKING
            if self.ended is not Outcome.WRONG_PERSON:
                self.ended = None

    def farewell(self, text: str) -> str:
        """A last sentence, with what the law wants said before the end."""
        state = self.call.state
        if state.market != "US" or self.kind is not Kind.CUSTOMER:
            return text
        return words.CALL_US.format(farewell=text, number=say_phone(state.line, state.language))

    def gone(self) -> Saying:
        """Nobody has answered the last nudge."""
        self.at = At.LEAVING
        return words.NOBODY_THERE

    # What it does.

    async def open(self) -> None:
        """Say what we called about: whoever it is has heard who we are."""
        await self._open_at(At.OPENED)

    async def _open_at(self, at: At) -> None:
        self._waits.stop()
        self._waits.rest()
        if self.begun.opening.settled:
            self.at = At.LEAVING
            await self.door.last_words(self.begun.opening.text)
            return
        self.at, self._said, self._menu.told = at, "", ""
        self._machine = self._back = False
        self._openings += 1
        self.call.record("call.greeted", text=self.begun.opening.to(self.call.state.language).text)
        if self.begun.offered is not None:
            self._offer = driving.put(self.call, self.begun.offered).mark
        self.door.shut(False)
        await self.door.begin()

    async def _first(self, text: str, seconds: float) -> None:
        """Nobody has been spoken to yet: it is the opening's turn, unless this is no person."""
        if not text and seconds < NOISE_SECS:
            self._waits.then(self.patience.silent, self.open)
            return
        self._said = f"{self._said} {text}".strip()
        heard = self._menu.hears(self._said) if self._said else Heard.OTHER
        if heard in MACHINES or heard is Heard.WRONG:
            await self._act(heard, self._said)
        else:
            pause = self.patience.prelude if heard is Heard.PRELUDE else self.patience.settle
            self._waits.then(pause, self.open)

    async def _machine_says(self, text: str) -> None:
        """On hold, in a menu, or during an announcement: only a person is spoken to."""
        if not text:
            if self._back:
                self._spoken_to()
            return
        heard = self._menu.hears(text)
        if heard in MACHINES or heard is Heard.WRONG:
            if self.at is At.RECORDING and not self._machine and heard is not Heard.UNREACHABLE:
                return  # "press one to leave a number" is still the announcement
            await self._act(heard, text)
        elif self.at is At.RECORDING:
            if self._machine and heard in ASKS:
                self._spoken_to()  # detection was wrong
        elif heard in ASKS:
            self._spoken_to()
        elif heard is Heard.OTHER and back_again(text):
            if self._told:
                self._person()
                self.door.shut(False)
                await self.door.take_turn(text)
            else:
                self._spoken_to()
        elif self._menu.told and not self._speaking:
            self._menu.add(text)
            self._waits.then(self.patience.menu, self._press)

    def _spoken_to(self) -> None:
        self._back = True
        self._waits.then(self.patience.settle, self.open)

    def _turn(self, text: str) -> bool:
        """Whether a turn of the conversation is no person's answer to the opening."""
        if self.at is At.TALKING and self.ended is Outcome.WRONG_PERSON:
            return self._still_wrong(text)
        if self.at is not At.OPENED:
            return self.at is not At.TALKING
        heard = self._menu.hears(text)
        if heard is Heard.WRONG and self._told and not plainly_wrong(text, self.begun.opening.name):
            heard = Heard.OTHER  # "the food is not ready" answers us
        if heard in MACHINES or heard is Heard.WRONG:
            self.call.later(self._act(heard, text))
            return True
        again = heard in ASKS and self._openings < MOST_OPENINGS
        if self._told or not again:
            self._person()
        if again:
            self.call.later(self._open_at(self.at))
        return again

    def _still_wrong(self, text: str) -> bool:
        """After the apology: nobody else gets the conversation; a wish not to be called is heard whoever has it."""
        if takes_back(text, self.begun.opening.name):
            self.ended = None
            return False
        if opts_out(text, called=True):
            return False
        self.at = At.LEAVING
        self.call.later(self.door.last_words(words.SORRY_WRONG, protected=True))
        return True

    def _person(self) -> None:
        """Somebody has answered: now they are who we called, unless they say otherwise."""
        state = self.call.state
        self._waits.stop()
        self._waits.rest()
        self.at, self._machine = At.TALKING, False
        self._menu.left()
        if not self.answered:
            self.answered = True
            self.call.record("callee.answered")
        if self.kind is Kind.CUSTOMER and state.level is Level.NOBODY:
            state.level = Level.NUMBER
            self.call.save()

    async def _act(self, heard: Heard, text: str) -> None:
        """What a machine, or the wrong person, gets from us."""
        self.call.record("callee.heard", kind=heard)
        self._said, self._machine, self._back = "", False, False
        self._waits.stop()
        if self.at is At.LISTENING:
            self._waits.rest()  # a queue has our patience from its first word on
        match heard:
            case Heard.MENU:
                self._holds()
                self._menu.add(text)
                if not self._speaking:
                    self._waits.then(self.patience.menu, self._press)
            case Heard.HOLD:
                self._holds()
                if self._menu.told and not self._speaking:  # "or please stay on the line"
                    self._waits.then(self.patience.menu, self._press)
            case Heard.SCREENING:
                self._holds()
                about = words.ABOUT_ORDER if self.kind is Kind.CUSTOMER else words.ABOUT_WORK
                await self.door.say(about)
            case Heard.VOICEMAIL:
                self._record()
            case Heard.WRONG:
                self.at, self.ended = At.LEAVING, Outcome.WRONG_PERSON
                self.door.shut(False)
                await self.door.last_words(words.SORRY_WRONG)
            case Heard.FAX:
                await self._hang_up(Outcome.FAX)
            case _:
                await self._hang_up(Outcome.NO_ANSWER)

    def _holds(self) -> None:
        """Wait in silence, within reason."""
        self.at = At.WAITING
        self.door.shut(True)
        self._waits.until(self.patience.hold, self._too_long)

    def _record(self) -> None:
        """An announcement runs: its end is waited for."""
        self.at, self._menu.told = At.RECORDING, ""
        self.door.shut(True)
        self._waits.until(self.patience.hold, self._too_long)
        if not self._speaking:
            self._waits.then(self.patience.announcement, self._leave_message)

    async def _press(self) -> None:
        """The menu is over."""
        key = self._menu.key(self.call.state.language)
        self.call.record("callee.menu", pressed=key)
        if key is not None:
            await self.door.press(key)

    async def _leave_message(self) -> None:
        """Who called, and nothing of the order."""
        self._waits.stop()
        self._waits.rest()
        self.at, self.ended = At.LEAVING, Outcome.VOICEMAIL
        state = self.call.state
        number = say_phone(state.line, state.language)
        await self.door.last_words(words.voicemail(state.market, number), protected=True)

    async def _too_long(self) -> None:
        """Nobody has come to the telephone."""
        await self._hang_up(Outcome.VOICEMAIL if self.at is At.RECORDING else Outcome.ON_HOLD)

    async def _hang_up(self, outcome: Outcome) -> None:
        self._waits.stop()
        self.at, self.ended = At.LEAVING, outcome
        await self.door.leave()

    async def _write_told(self) -> None:
        """The order's event. Raises StoreDown."""
        async with self.call.transaction() as session:
            await outgoing.heard(session, self.call.state, self.call.clock.now())

    async def detected(self, said: str) -> None:
        """The verdict: a person is believed by their words only, a machine unless words have told what it is."""
        self.call.record("callee.detected", verdict=said)
        if self.answered or self.at not in (At.LISTENING, At.OPENED):
            return
        if said.startswith(FAX):
            await self._hang_up(Outcome.FAX)
        elif said.startswith(MACHINE):
            if self.at is At.OPENED:
                await self.door.hush()
            self._machine = True
            self._record()
