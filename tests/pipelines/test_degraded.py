"""While the model in reserve answers, whoever asks the call is told."""

import pytest

from tests.pipelines.conftest import Desk, greeted
from tests.pipelines.phone import Phone
from tests.pipelines.speech import speech


@pytest.mark.call
async def test_a_call_knows_that_its_first_model_has_failed(desk: Desk) -> None:
    desk.knobs.texts = ["two naan.", "two naan."]
    desk.knobs.claude = ["Which naan?", 529]
    degraded: list[bool] = []

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        for n in range(2):
            phone.speak(speech("Two mango lassi please"))
            await desk.until("turn.agent", count=n + 2)
            degraded.append(desk.call.degraded)

    desk.greet = greeted
    await desk.phone(script)
    assert degraded == [False, True]
