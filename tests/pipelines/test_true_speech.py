"""A whole call with a model that lies: no word of a false claim is spoken, or kept as said."""

import pytest

from compliance.corrections import corrections
from pipelines.claim_check import ClaimCheck
from tests.pipelines.conftest import Desk, greeted
from tests.pipelines.phone import Phone
from tests.pipelines.speech import speech

pytestmark = pytest.mark.call

LIE = "All done. Your order is placed, it costs one dollar. Enjoy your meal!"
WORDING = corrections().en


@pytest.fixture
def checked(desk: Desk) -> Desk:
    """A desk whose model's answers are judged by these facts."""
    check = ClaimCheck(
        desk.context,
        lambda: ["total: $24.36"],
        corrections(),
        lambda type, /, **data: desk.note(type, data),
    )
    desk.checks, desk.greet = (check,), greeted
    desk.knobs.texts = ["place it"]
    return desk


async def talk(desk: Desk, answers: int) -> None:
    """One turn of the caller, until the agent has ended so many answers."""

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        phone.speak(speech("Place it please"))
        await desk.until("turn.agent", count=answers + 1, seconds=30)

    await desk.phone(script)


def spoken(desk: Desk) -> str:
    return " ".join(" ".join(desk.knobs.tts_said).split())


def kept(desk: Desk) -> str:
    """What the conversation holds as said by the agent."""
    messages = [one for one in desk.context.get_messages() if isinstance(one, dict)]
    return " ".join(str(one["content"]) for one in messages if one["role"] == "assistant")


async def test_a_model_that_lies_twice_is_never_heard(checked: Desk) -> None:
    checked.knobs.claude = [LIE, LIE]
    await talk(checked, 2)
    assert spoken(checked) == f"All done. {WORDING.check} All done. {WORDING.person}"
    for false in ("placed", "dollar", "Your order"):
        assert false not in spoken(checked)
        assert false not in kept(checked)
    assert [data["instead"] for data in checked.of("claim.refused")] == ["check", "person"]
    notes = [one for one in checked.knobs.claude_requests[1]["messages"] if "not spoken" in str(one)]
    assert len(notes) == 1
    assert len(checked.knobs.claude_requests) == 2


async def test_a_model_that_is_told_tells_the_truth(checked: Desk) -> None:
    checked.knobs.claude = [LIE, "I still need your yes. Shall I place it?"]
    await talk(checked, 2)
    assert spoken(checked).endswith(f"{WORDING.check} I still need your yes. Shall I place it?")


async def test_a_true_amount_is_spoken_as_it_stands(checked: Desk) -> None:
    checked.knobs.claude = ["That comes to $24.36. Shall I place it?"]
    await talk(checked, 1)
    assert spoken(checked) == "That comes to $24.36. Shall I place it?"
    assert checked.of("claim.refused") == []


async def test_a_false_amount_is_spoken_as_the_true_one(checked: Desk) -> None:
    checked.knobs.claude = ["Sure. The total is nine dollars. Shall I place it?"]
    await talk(checked, 1)
    said = "Sure. The total is twenty-four dollars and thirty-six cents. Shall I place it?"
    assert spoken(checked) == said
    assert " ".join(kept(checked).split()).endswith(said)


async def test_a_sentence_cut_by_a_fault_is_judged_with_its_end(checked: Desk) -> None:
    checked.knobs.claude = [("cut", "Sure. Your total is nine")]
    checked.knobs.gpt = ["nine dollars. Shall I place it?"]
    await talk(checked, 2)
    assert "nine" not in spoken(checked)
    assert "twenty-four dollars and thirty-six cents" in spoken(checked)
    (told,) = [one["content"] for one in checked.knobs.gpt_requests[0]["messages"] if "cut off" in str(one)]
    assert "'Sure. Your total is'" in told
