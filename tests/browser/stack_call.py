"""Holding the telephone of a whole running stack from Chromium: pick up, speak or type, read what came of it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.services import lacking

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it, and containers run as root
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
ANSWER_MS = 30_000
"""A reply is due within 8 s at the worst; a loaded machine, and the time it takes to say it, get some more."""
PAUSE_MS = 600
TURNS = "#transcript .turn:not(.pending)"
expect.set_options(timeout=ANSWER_MS)


def find_chromium() -> str:
    """The path of a Chromium; skips the test without one, fails it where all services are required."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        lacking("no Chromium on the path")
    return found


@asynccontextmanager
async def console(chromium: str, url: str, key: str, wav: Path | None = None) -> AsyncIterator[Page]:
    """The console of the stack at `url`, signed in; its microphone plays `wav` once (16-bit PCM), or beeps."""
    flags = [*FLAGS, *([f"--use-file-for-fake-audio-capture={wav}%noloop"] if wav else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        page = await browser.new_page()
        page.set_default_timeout(ANSWER_MS)
        await page.goto(url)
        await page.get_by_label("API key").fill(key)
        await page.keyboard.press("Enter")
        await expect(page.locator("#person option").nth(1)).to_be_attached()
        yield page
        await browser.close()


async def pick_up(page: Page, person: str, *, speak: bool) -> None:
    """Call as a customer of that name and wait until the agent has greeted: what is typed before would wait, too."""
    await page.get_by_label("Who is calling?").select_option(label=person)
    await page.get_by_role("button", name="Call with microphone" if speak else "Type instead").click()
    await answered(page, 0)


async def write(page: Page, text: str) -> str:
    """Type a sentence; what the agent answered, once it has been said to its end."""
    turns = await page.locator(TURNS).count()
    await send(page, text)
    await answered(page, turns + 1)
    return await said(page)


async def send(page: Page, text: str) -> None:
    """Type a sentence without waiting for the answer."""
    await page.get_by_label("Write to the agent").fill(text)
    await page.keyboard.press("Enter")


async def answered(page: Page, turns: int) -> None:
    """Wait until there is a turn of the agent's behind that many turns, and it speaks no more."""
    await page.wait_for_function(
        """([turns, last, pause]) => {
            const now = [...document.querySelectorAll(turns)];
            const speaks = document.getElementById("state").dataset.state === "speaking";
            const answer = now.length > last && now.at(-1).classList.contains("agent");
            window.quietSince = speaks || !answer ? null : window.quietSince ?? performance.now();
            return window.quietSince !== null && performance.now() - window.quietSince > pause;
        }""",
        arg=[TURNS, turns, PAUSE_MS],
        timeout=ANSWER_MS,
    )


async def said(page: Page) -> str:
    """Everything the agent has said since the caller's last turn."""
    turns = page.locator(TURNS)
    texts: list[str] = await turns.evaluate_all(
        """turns => {
            const last = turns.findLastIndex((turn) => turn.classList.contains("caller"));
            return turns.slice(last + 1).map((turn) => turn.querySelector(".said").textContent);
        }"""
    )
    return " ".join(texts)


async def listen(page: Page) -> None:
    """From now on measure how loud the agent's voice is."""
    await page.evaluate(
        """() => {
            const sound = new AudioContext();
            const analyser = sound.createAnalyser();
            sound.createMediaStreamSource(document.getElementById("voice").srcObject).connect(analyser);
            const samples = new Float32Array(analyser.fftSize);
            window.loudest = 0;
            setInterval(() => {
                analyser.getFloatTimeDomainData(samples);
                const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
                window.loudest = Math.max(window.loudest, Math.sqrt(power));
            }, 20);
        }"""
    )


async def loudest(page: Page) -> float:
    """The loudest moment since the last time this was asked, RMS between 0 and 1."""
    value: float = await page.evaluate("const was = window.loudest; window.loudest = 0; was")
    return value


async def heard(page: Page) -> list[str]:
    """What the record says the caller said."""
    return await page.locator("#transcript .turn.caller:not(.pending) .said").all_inner_texts()


async def cart(page: Page) -> list[str]:
    """The lines of the cart as drawn, each with its price."""
    return [" ".join(text.split()) for text in await page.locator("#cart li").all_inner_texts()]


async def hang_up(page: Page) -> None:
    """Put the receiver down and wait until the call's end is on record."""
    await page.get_by_role("button", name="Hang up").click()
    await expect(page.locator("#transcript .mark").last).to_contain_text(
        "The call has ended", timeout=ANSWER_MS
    )
