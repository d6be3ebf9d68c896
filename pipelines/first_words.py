"""The first words of a call: personal when the voice is quick, and in time whatever the voice does."""

from compliance.greetings import Greeting
from pipelines.call import CallPipeline

HELLO_SECS = 0.3
"""How long the first sound waits for the caller's name; a second's audio takes a vendor 0.1-0.2 s."""
QUESTION_SECS = 1.5
"""How long the question about a waiting cart may take: less than the notice before it lasts (2.2 s)."""


class FirstWords:
    """The greeting of one call. `begin` as soon as it is known, `say` when somebody listens."""

    def __init__(self, call: CallPipeline, greeting: Greeting) -> None:
        self._call = call
        self._greeting = greeting

    def begin(self) -> None:
        """Have what is said to this caller only rendered, while the line is being connected."""
        if self._call.speaker.silent:
            return
        if self._greeting.hello:
            self._call.phrases.begin(self._greeting.hello)
        if self._greeting.plain_question is not None:
            self._call.phrases.begin(self._greeting.question)

    async def say(self, mark: str) -> Greeting:
        """Queue the greeting; what is said of it. `mark` ends the question.

        Without the fixed notice in memory (the first minute of a process whose voice is down) all of it is left
        to the live voices.
        """
        call, greeting = self._call, self._greeting
        known = call.prepared(greeting.notice) and not call.speaker.silent
        if known and greeting.hello:
            if await call.phrases.ready(greeting.hello, HELLO_SECS):
                call.phrases.join(greeting.hello, greeting.notice)
            else:
                greeting = greeting.nameless
        await call.say(greeting.opening, protected=True, urgent=known)
        if known and greeting.plain_question is not None:
            in_time = await call.phrases.ready(greeting.question, QUESTION_SECS)
            greeting = greeting if in_time else greeting.plain
        await call.say(greeting.question, mark=mark, urgent=known and call.prepared(greeting.question))
        return greeting
