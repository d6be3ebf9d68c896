"""Whole calls from the console's page in Chromium, typed and spoken; afterwards the rows are compared."""

import wave
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from scripts.call_rows import Rows
from scripts.stack import Stack
from tests.browser.stack_call import (
    ANSWER_MS,
    answered,
    cart,
    console,
    hang_up,
    heard,
    listen,
    loudest,
    pick_up,
    said,
    send,
    write,
)
from tests.calls.listening import ANSWERS, DINNER, compared, reply, spoken
from tests.calls.webrtc_client import RATE

pytestmark = [pytest.mark.call, pytest.mark.browser, pytest.mark.timeout(400)]
DANIEL = "+15125550113"
GREETING_SECONDS = 13
"""The microphone is silent until the greeting is over; a slow machine makes it a barge-in, which is as good."""
LOUD = 0.02
"""RMS of a voice; a line on which nobody speaks has next to nothing."""


async def newest_call(api: httpx.AsyncClient) -> str:
    """The id of the call that began last."""
    answer = await api.get("/calls", params={"limit": 1})
    return str(answer.json()["calls"][0]["id"])


async def test_an_order_is_typed_into_the_page(
    stack: Stack, chromium: str, api: httpx.AsyncClient, rows: Rows
) -> None:
    written = ["Two full paneer tikka, hot"]
    async with console(chromium, stack.url, stack.api_key) as page:
        await pick_up(page, "Daniel Okafor", speak=False)
        call = await newest_call(api)
        while "Shall I place it?" not in (now := await write(page, written[-1])):
            answer = reply(ANSWERS, now)
            assert answer
            written.append(answer)
        await send(page, "Yes, please.")
        placed = page.locator("#transcript .mark").filter(has_text="Order placed, $31.06")
        await expect(placed).to_be_visible(timeout=ANSWER_MS)
        assert await heard(page) == [*written, "Yes, please."]
        assert await cart(page) == ["2 full Paneer Tikka, hot $25.00"]
        await expect(page.locator("#cart .sum").last).to_have_text("Total$31.06")
        await hang_up(page)
    await compared(DINNER.model_copy(update={"outcome": "dropped"}), rows, api, call, DANIEL)


async def test_a_sentence_is_spoken_into_the_page(
    stack: Stack, chromium: str, sandbox: httpx.AsyncClient, tmp_path: Path
) -> None:
    sentence = "I'd like two full dal tadka, please."
    wav = tmp_path / "microphone.wav"
    with wave.open(str(wav), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(bytes(2 * RATE * GREETING_SECONDS) + await spoken(sandbox, sentence))
    async with console(chromium, stack.url, stack.api_key, wav) as page:
        await pick_up(page, "Layla Haddad", speak=True)
        await listen(page)  # the greeting is over: what is heard from here on is the answer
        await expect(page.locator("#transcript .turn.caller:not(.pending)")).to_have_count(
            1, timeout=ANSWER_MS
        )
        assert await heard(page) == [sentence]
        await answered(page, 2)
        assert "two full Dal Tadka" in await said(page)
        await expect(page.locator("#transcript .tool")).not_to_have_count(0)
        assert [line.partition(" $")[0] for line in await cart(page)] == ["2 full Dal Tadka"]
        assert await loudest(page) > LOUD
        await hang_up(page)
