"""Reads beside the conversation what a caller wants, and proposes the agent who should have them.

It is never on a turn's path: the answer comes when it comes, and what it proposes is a note the model may follow
at its next turn. Routing stays with the active agent's own handoff tools.
"""

from pipecat.classifiers.base_classifier import BaseClassifier, ChoiceQuestion, ClassifierError
from pipecat.processors.aggregators.llm_context import LLMContext

from agents.cast import Cast
from tools.call import Call

LEAST_WORDS = 3  # "yes", "the large one" and "no thanks" answer a question; they do not change the subject
SURE = 0.7
"""Below this a proposal is only recorded. A model's own probabilities are not calibrated."""
QUESTION = (
    "Whose business are the caller's words? Keep the agent who speaks unless they plainly are another's."
)
STAYS = "An answer to a question, small talk, or anything that belongs to the agent who speaks now."


class IntentWatch:
    """The intent classifier of one call."""

    def __init__(self, classifier: BaseClassifier, cast: Cast, call: Call, context: LLMContext) -> None:
        self._classifier, self._cast, self._call, self._context = classifier, cast, call, context

    def heard(self, text: str) -> None:
        """A turn of the caller is over. Returns at once."""
        if len(text.split()) >= LEAST_WORDS:
            self._call.later(self.read(text))

    async def read(self, text: str) -> None:
        """Classify one turn, write the decision down, propose a handoff when it is plain and still of use."""
        state = self._call.state
        agent, turn = state.agent, state.turns
        handoffs = {handoff.to: handoff for handoff in self._cast[agent].handoffs}
        question = ChoiceQuestion(
            instructions=QUESTION,
            options={agent: STAYS, **{name: handoff.when for name, handoff in handoffs.items()}},
        )
        asked = {"speaks_with": agent, "caller_says": text}
        try:
            found = (await self._classifier.choice(asked, {"agent": question}))["agent"]
        except ClassifierError:
            self._call.record("intent.failed", agent=agent)
            return
        state.intent = found.choice
        fresh = (state.agent, state.turns) == (agent, turn)
        proposed = fresh and found.choice in handoffs and found.confidence >= SURE
        self._call.record(
            "intent.read", agent=agent, target=found.choice, confidence=found.confidence, proposed=proposed
        )
        if proposed:
            note = (
                f"Note: the caller's last words may be the business of {found.choice}. "
                f"If they are, call {handoffs[found.choice].name} and say nothing."
            )
            self._context.add_message({"role": "developer", "content": note})
