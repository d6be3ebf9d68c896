"""The console in a real browser: signing in, typing and speaking to an agent, reading, keyboard, dark, phone."""

import re

import pytest
from playwright.async_api import Browser, Page, Request, expect

from tests.browser.fake_server import ANSWER, ASHA, GREETING, KEY, FakeServer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("calls")]


async def open_console(browser: Browser, server: FakeServer, **options: object) -> Page:
    """The page, signed in; anything it says to another host, or any script error, fails the test."""
    context = await browser.new_context(**options)  # type: ignore[arg-type]
    page = await context.new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: pytest.fail(f"the page raised {error}"))

    def only_ours(request: Request) -> None:
        assert request.url.startswith((server.url, "data:", "blob:")), request.url

    page.on("request", only_ours)
    await page.goto(server.url)
    await page.get_by_label("API key").fill(KEY)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Who is calling?").locator("option")).to_have_count(3)
    return page


async def test_a_wrong_key_is_refused_in_plain_words(browser: Browser, server: FakeServer) -> None:
    page = await browser.new_page()
    await page.goto(server.url)
    await page.get_by_label("API key").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.locator("#door-problem")).to_have_text("This is not a key of this server.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("API key")).to_be_visible()


async def test_a_typed_call_from_the_keyboard_alone(browser: Browser, server: FakeServer) -> None:
    page = await open_console(browser, server)
    await page.get_by_label("Who is calling?").focus()
    await page.keyboard.type("Asha")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Type instead")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_label("Write to the agent")).to_be_focused()
    transcript = page.get_by_role("log")
    await expect(transcript.locator(".turn.agent")).to_have_text(re.compile(re.escape(GREETING)))
    assert server.calls[0].asked == {"as": ASHA}

    await page.keyboard.type("Two full paneer tikka, hot, and a garlic naan")
    await page.keyboard.press("Enter")
    await expect(transcript.locator(".turn.caller .said")).to_have_text(
        "Two full paneer tikka, hot, and a garlic naan"
    )
    await expect(transcript.locator(".turn.agent .said").last).to_have_text(ANSWER)
    await expect(transcript.locator(".turn.agent .who").last).to_have_text("Tiffin · customer order")
    await expect(transcript.locator(".tool summary")).to_have_text(re.compile(r"search menu\s*38 ms"))
    await expect(page.locator("#cart li").first).to_have_text("2 full Paneer Tikka, hot$25.00")
    await expect(page.locator("#cart .sum")).to_have_text("Items$28.50")
    await expect(page.get_by_role("button", name="Mute")).to_be_hidden()

    await page.get_by_role("button", name="Hang up").press("Enter")
    await expect(page.get_by_role("button", name="New call")).to_be_focused()
    await expect(transcript).to_contain_text("The call has ended")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Call with microphone")).to_be_focused()


async def test_a_spoken_call_mutes_and_presses_keys(browser: Browser, server: FakeServer) -> None:
    page = await open_console(browser, server)
    await page.get_by_role("button", name="Call with microphone").click()
    await expect(page.locator("#state")).to_have_attribute("data-state", "live")
    assert server.calls[0].asked == {}
    muted = page.get_by_role("button", name="Mute")
    await muted.click()
    await expect(page.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Keypad").click()
    await page.keyboard.press("4")
    await page.get_by_role("group", name="Keypad").get_by_role("button", name="#").click()
    await expect(page.get_by_role("log").locator(".mark")).to_have_text(["Key 4", "Key #"])
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Keypad")).to_be_focused()
    assert server.calls[0].keys == ["4", "#"]
    # The agent's sound is on: the fake sends the caller's own voice back.
    heard = "document.getElementById('voice').srcObject?.getAudioTracks()[0]?.readyState === 'live'"
    await page.wait_for_function(heard)


async def test_the_other_side_hangs_up(browser: Browser, server: FakeServer) -> None:
    page = await open_console(browser, server)
    await page.get_by_role("button", name="Type instead").click()
    await expect(page.get_by_role("log").locator(".turn")).to_have_count(1)
    worker = server.calls[0].worker
    assert worker
    await worker.cancel()
    await expect(page.get_by_role("button", name="New call")).to_be_visible()
    await expect(page.get_by_role("log")).to_contain_text("The call has ended: hung up")


async def test_a_refused_microphone_is_explained(browser: Browser, server: FakeServer) -> None:
    page = await open_console(browser, server)
    refuse = "async () => { throw new DOMException('no', 'NotAllowedError') }"
    await page.evaluate(f"navigator.mediaDevices.getUserMedia = {refuse}; null")
    await page.get_by_role("button", name="Call with microphone").click()
    await expect(page.get_by_role("alert").first).to_contain_text("may not use the microphone")
    await expect(page.get_by_role("button", name="Type instead")).to_be_enabled()
    assert server.calls == []


async def test_a_refused_call_says_why(browser: Browser, server: FakeServer) -> None:
    server.refuse = (429, "All lines are busy; try again in a minute.")
    page = await open_console(browser, server)
    await page.get_by_role("button", name="Type instead").click()
    await expect(page.get_by_role("alert").first).to_have_text("All lines are busy; try again in a minute.")
    await expect(page.locator("#state")).to_have_attribute("data-state", "failed")


async def test_a_server_that_is_not_ready_is_named(browser: Browser, server: FakeServer) -> None:
    server.ready = False
    page = await open_console(browser, server)
    await expect(page.get_by_role("alert").first).to_have_text(
        "The server cannot take a call yet: redis not ready."
    )


async def test_a_past_call_is_read_from_the_same_events(browser: Browser, server: FakeServer) -> None:
    page = await open_console(browser, server)
    await page.get_by_role("link", name="Calls").click()
    await expect(page.get_by_text("No calls yet.")).to_be_visible()
    await page.get_by_role("link", name="Orders").click()
    await expect(page.get_by_text("No orders yet.")).to_be_visible()
    await page.get_by_role("link", name="Phone").click()
    await page.get_by_role("button", name="Type instead").click()
    await page.get_by_label("Write to the agent").fill("paneer")
    await page.keyboard.press("Enter")
    await expect(page.locator("#cart li")).to_have_count(2)
    await page.get_by_role("link", name="Calls").click()
    await page.get_by_role("link", name=re.compile("customer order")).click()
    read = page.locator("#page-one")
    await expect(read.locator(".turn")).to_have_count(3)
    await expect(read.locator(".cart li")).to_have_count(2)
    await expect(read.locator(".part")).to_have_text(["transcription 130 ms", "llm inference 240 ms"])
    await expect(read.locator(".turn.caller .who")).to_have_text("Caller")


@pytest.mark.parametrize(("scheme", "least", "most"), [("light", 225, 255), ("dark", 0, 45)])
async def test_the_page_follows_the_colour_scheme(
    browser: Browser, server: FakeServer, scheme: str, least: int, most: int
) -> None:
    page = await open_console(browser, server, color_scheme=scheme)
    colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert all(least <= int(part) <= most for part in re.findall(r"\d+", colour))


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_nothing_sticks_out_at_any_width(browser: Browser, server: FakeServer, width: int) -> None:
    page = await open_console(browser, server, viewport={"width": width, "height": 800})
    await page.get_by_role("button", name="Type instead").click()
    await page.get_by_label("Write to the agent").fill("paneer")
    await page.keyboard.press("Enter")
    await expect(page.locator("#cart li")).to_have_count(2)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
