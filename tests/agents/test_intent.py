"""The classifier beside the conversation: it decides nothing, and everything it thinks is written down."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from pipecat.classifiers.base_classifier import (
    BaseClassifier,
    ChoiceQuestion,
    ChoiceResult,
    ClassifierError,
    ClassifierImage,
    ClassifierQuestion,
    ClassifierResult,
)
from pipecat.processors.aggregators.llm_context import LLMContext

from agents.intent import STAYS, IntentWatch
from tests.agents.test_handoff import CAST
from tests.fakes.call import Talk

COMPLAINT = "the food was cold again"


class FakeClassifier(BaseClassifier):
    """Answers with what it is told to; a None is a failure."""

    def __init__(self, choice: str | None, confidence: float = 0.9) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.choice_made, self.confidence = choice, confidence
        self.asked: list[tuple[Any, ChoiceQuestion]] = []
        self.meanwhile: list[Any] = []

    async def _ask(
        self,
        state: str | dict[str, Any] | list[Any],
        questions: Mapping[str, ClassifierQuestion],
        images: Sequence[ClassifierImage] = (),
    ) -> tuple[dict[str, ClassifierResult], None]:
        (question,) = questions.values()
        assert isinstance(question, ChoiceQuestion)
        self.asked.append((state, question))
        for happen in self.meanwhile:
            happen()
        if self.choice_made is None:
            raise ClassifierError("down")
        shares = {self.choice_made: self.confidence}
        return {
            "agent": ChoiceResult(choice=self.choice_made, probabilities=shares, confidence=self.confidence)
        }, None


def watch(talk: Talk, classifier: FakeClassifier) -> tuple[IntentWatch, LLMContext]:
    context = LLMContext()
    return IntentWatch(classifier, CAST, talk.call, context), context


async def test_a_plain_change_of_subject_is_proposed_and_written_down(bare: Talk) -> None:
    reader, context = watch(bare, FakeClassifier("customer_support"))
    await reader.read(COMPLAINT)
    (event,) = bare.recorded("intent.read")
    assert (event["agent"], event["target"], event["proposed"]) == (
        "customer_order",
        "customer_support",
        True,
    )
    (note,) = context.get_messages()
    assert isinstance(note, dict)
    assert note["role"] == "developer"
    assert "transfer_to_customer_support" in str(note["content"])
    assert (bare.state.intent, bare.state.agent) == ("customer_support", "customer_order")


@pytest.mark.parametrize(
    ("choice", "confidence"), [("customer_order", 0.99), ("customer_support", 0.4)], ids=["stays", "unsure"]
)
async def test_what_stays_or_is_unsure_is_only_written_down(
    bare: Talk, choice: str, confidence: float
) -> None:
    reader, context = watch(bare, FakeClassifier(choice, confidence))
    await reader.read(COMPLAINT)
    assert [event["proposed"] for event in bare.recorded("intent.read")] == [False]
    assert context.get_messages() == []


async def test_an_answer_that_comes_after_the_next_turn_proposes_nothing(bare: Talk) -> None:
    classifier = FakeClassifier("customer_support")
    classifier.meanwhile.append(lambda: setattr(bare.state, "turns", bare.state.turns + 1))
    reader, context = watch(bare, classifier)
    await reader.read(COMPLAINT)
    assert [event["proposed"] for event in bare.recorded("intent.read")] == [False]
    assert context.get_messages() == []


async def test_an_answer_after_a_handoff_proposes_nothing(bare: Talk) -> None:
    classifier = FakeClassifier("customer_support")
    classifier.meanwhile.append(lambda: setattr(bare.state, "agent", "customer_support"))
    reader, context = watch(bare, classifier)
    await reader.read(COMPLAINT)
    assert context.get_messages() == []


async def test_a_classifier_that_fails_leaves_a_record_and_nothing_else(bare: Talk) -> None:
    reader, context = watch(bare, FakeClassifier(None))
    await reader.read(COMPLAINT)
    assert (len(bare.recorded("intent.failed")), context.get_messages()) == (1, [])


async def test_short_answers_are_not_asked_about(bare: Talk) -> None:
    classifier = FakeClassifier("customer_support")
    reader, _ = watch(bare, classifier)
    for text in ("yes", "the large", ""):
        reader.heard(text)
    reader.heard(COMPLAINT)
    await bare.settle()
    ((asked, question),) = classifier.asked
    assert asked == {"speaks_with": "customer_order", "caller_says": COMPLAINT}
    assert question.options == {"customer_order": STAYS, "customer_support": "the caller complains"}
