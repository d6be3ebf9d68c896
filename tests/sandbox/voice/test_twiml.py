"""What the telephone network does with TwiML when audio ends, a key is pressed, or nobody answers."""

import httpx

from sandbox.box import Box
from tests.sandbox.voice.product import Product, running
from tests.sandbox.voice.test_calls import SHORT, ended

PRESSES = {**SHORT, "opening": None, "answers": [{"when": "press one", "keypad": "1", "interrupt": True}]}


async def phone(control: httpx.AsyncClient, product: Product, scenario: dict[str, object]) -> str:
    body = {"scenario": scenario, "webhook": f"{product.url}/twilio/voice"}
    return str((await control.post("/calls", json=body)).json()["sid"])


def forms(product: Product) -> list[dict[str, str]]:
    return [form for kind, form in product.forms if kind == "status"]


async def test_a_key_ends_what_is_being_said_and_goes_to_the_action(
    box: Box, control: httpx.AsyncClient
) -> None:
    long = "Press one. " + "This goes on and on and on for a very long time indeed. " * 8
    async with running(Product(box, "", lambda _: None)) as product:
        gather = f'<Gather numDigits="1" timeout="9" action="{product.url}/twilio/status"><Say>{long}</Say></Gather>'
        product.twiml = f"<Response>{gather}</Response>"
        sid = await phone(control, product, PRESSES)
        await product.until(lambda: forms(product))
        call = await ended(box, sid)
    assert forms(product)[0]["Digits"] == "1"
    assert len(call["turns"][0]["text"]) < len(long) / 2


async def test_without_a_key_the_next_verb_is_done(box: Box, control: httpx.AsyncClient) -> None:
    async with running(Product(box, "", lambda _: None)) as product:
        gather = (
            f'<Gather numDigits="1" timeout="1" action="{product.url}/twilio/amd"><Say>Two?</Say></Gather>'
        )
        product.twiml = (
            f"<Response>{gather}<Redirect>{product.url}/twilio/status</Redirect><Say>No</Say></Response>"
        )
        sid = await phone(control, product, PRESSES)
        await product.until(lambda: forms(product))
        await ended(box, sid)
    assert "Digits" not in forms(product)[0]
    assert "amd" not in product.kinds


async def test_a_media_socket_nobody_answers_ends_the_connect_not_the_call(
    box: Box, control: httpx.AsyncClient
) -> None:
    async with running(Product(box, "", lambda _: None)) as product:
        connect = f'<Connect action="{product.url}/twilio/status"><Stream url="ws://127.0.0.1:9/"/></Connect>'
        product.twiml = f"<Response>{connect}</Response>"
        sid = await phone(control, product, PRESSES)
        await product.until(lambda: forms(product))
        call = await ended(box, sid)
    assert forms(product)[0]["CallStatus"] == "in-progress"
    assert [event["what"] for event in call["events"]] == ["stream_refused"]


async def test_who_hangs_up_is_gone_when_the_audio_has_ended(box: Box, control: httpx.AsyncClient) -> None:
    async with running(Product(box, "Hello.", lambda _: "Hm.")) as product:
        media = product.url.replace("http://", "ws://") + "/media"
        connect = f'<Connect action="{product.url}/twilio/status"><Stream url="{media}"/></Connect>'
        product.twiml = f"<Response>{connect}</Response>"
        sid = await phone(control, product, {**SHORT, "opening": None})
        await product.until(lambda: product.marks)
        await control.post(f"/calls/{sid}/hangup")
        await product.until(lambda: forms(product))
    assert forms(product)[0]["CallStatus"] == "completed"
