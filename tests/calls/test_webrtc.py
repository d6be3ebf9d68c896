"""Whole calls over WebRTC, typed and spoken, by a client that is no browser; afterwards the rows are compared."""

import httpx
import numpy as np
import pytest

from scripts.call_rows import Rows
from tests.calls.listening import DINNER, compared, converse, following, spoken
from tests.calls.webrtc_client import LOUD, calling

pytestmark = [pytest.mark.call, pytest.mark.timeout(400)]
NEWCOMER, ANOTHER = "+15125550192", "+15125550193"
PAUSE = 0.6
"""Seconds of silence after which a person takes the agent to have finished."""


async def test_an_order_is_typed_by_somebody_new(api: httpx.AsyncClient, rows: Rows) -> None:
    said: list[str] = []
    async with calling(api, NEWCOMER) as caller, following(api, caller.call) as listener:

        async def write(text: str) -> None:
            said.append(text)
            caller.write(text)

        await converse(
            listener,
            "Yes, two full paneer tikka, hot",
            say=write,
            quiet=lambda: caller.ear.quiet(PAUSE),
        )
    # Each turn is recorded once; the first one is also the answer to the question about recording.
    assert [data["text"] for data in listener.of("turn.user")] == said
    assert listener.of("consent.recording") == [{"granted": True}]
    expect = DINNER.model_copy(update={"consents": {"recording": True, "order_service": True}})
    await compared(expect, rows, api, caller.call, NEWCOMER)


async def test_an_order_is_spoken(api: httpx.AsyncClient, sandbox: httpx.AsyncClient, rows: Rows) -> None:
    said: list[str] = []
    async with calling(api, ANOTHER) as caller, following(api, caller.call) as listener:

        async def speak(text: str) -> None:
            said.append(text)
            caller.microphone.put(await spoken(sandbox, text))
            await caller.microphone.said()

        await converse(
            listener,
            "Hi, I'd like two full paneer tikka, hot, please.",
            say=speak,
            quiet=lambda: caller.ear.quiet(PAUSE),
            until="order.placed",
        )
    assert [data["text"] for data in listener.of("turn.user")] == said
    while_speaking, while_silent = np.array(caller.ear.while_speaking), np.array(caller.ear.while_silent)
    assert np.mean(while_speaking > LOUD) > 0.4
    assert np.mean(while_silent > LOUD) < 0.25
    await compared(DINNER.model_copy(update={"outcome": "dropped"}), rows, api, caller.call, ANOTHER)
