"""The card network through Stripe's own SDK, lost answers and repeated webhooks included."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe
from fastapi import FastAPI, Request

from sandbox.server import loopback_socket, make_server
from tests.sandbox.brain.house import House, in_thread


def wanted(**more: Any) -> Any:
    base = {
        "amount": 3106,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": True,
        "off_session": True,
    }
    return {**base, **more}


async def pay(house: House, key: str = "", **more: Any) -> stripe.PaymentIntent:
    options: Any = {"idempotency_key": key} if key else None
    return await in_thread(lambda: house.stripe().v1.payment_intents.create(wanted(**more), options))


async def charges(house: House) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(timeout=30) as web:
        found: list[dict[str, Any]] = (await web.get(f"{house.url}/control/stripe/charges")).json()
    return found


async def test_held_then_captured_then_given_back(house: House) -> None:
    held = await pay(house, capture_method="manual", metadata={"order": "ord_1"})
    assert (held.status, held.amount_capturable, held.metadata["order"]) == (
        "requires_capture",
        3106,
        "ord_1",
    )
    taken = await in_thread(
        lambda: house.stripe().v1.payment_intents.capture(held.id, {"amount_to_capture": 3000})
    )
    assert (taken.status, taken.amount_received) == ("succeeded", 3000)
    await in_thread(lambda: house.stripe().v1.refunds.create({"payment_intent": held.id, "amount": 1000}))
    with pytest.raises(stripe.InvalidRequestError) as over:
        await in_thread(lambda: house.stripe().v1.refunds.create({"payment_intent": held.id, "amount": 2001}))
    assert over.value.code == "charge_already_refunded"
    (charge,) = await charges(house)
    assert (charge["amount_captured"], charge["amount_refunded"]) == (3000, 1000)


async def test_a_hold_is_released_once(house: House) -> None:
    held = await pay(house, capture_method="manual")
    released = await in_thread(lambda: house.stripe().v1.payment_intents.cancel(held.id))
    assert released.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as late:
        await in_thread(lambda: house.stripe().v1.payment_intents.capture(held.id))
    assert late.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("card", "code", "decline"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_authenticationRequired", "authentication_required", "authentication_required"),
    ],
)
async def test_declines(house: House, card: str, code: str, decline: str | None) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await pay(house, payment_method=card)
    error = refused.value
    assert (error.http_status, error.code) == (402, code)
    assert error.error is not None
    assert error.error.payment_intent is not None
    assert error.error.payment_intent.status == "requires_payment_method"
    assert getattr(error.error, "decline_code", None) == decline


async def test_a_lost_answer_is_asked_for_again_and_charges_once(house: House) -> None:
    house.fault("stripe", "act_and_drop")
    paid = await pay(house)
    assert paid.status == "succeeded"
    assert len(await charges(house)) == 1


async def test_a_lost_answer_without_retries_still_charged(house: House) -> None:
    house.fault("stripe", "act_and_drop")
    with pytest.raises(stripe.APIConnectionError):
        await in_thread(lambda: house.stripe(0).v1.payment_intents.create(wanted(), {"idempotency_key": "k"}))
    again = await pay(house, "k")
    (charge,) = await charges(house)
    assert charge["payment_intent"] == again.id


async def test_a_key_gets_its_first_answer_again(house: House) -> None:
    assert (await pay(house, "one")).id == (await pay(house, "one")).id
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            await pay(house, "two", payment_method="pm_card_chargeDeclined")
    with pytest.raises(stripe.IdempotencyError):
        await pay(house, "one", amount=9999)
    assert [charge["status"] for charge in await charges(house)] == ["succeeded", "failed"]


async def test_lists_and_what_is_not_there(house: House) -> None:
    made = [await pay(house) for _ in range(3)]
    page = await in_thread(lambda: house.stripe().v1.payment_intents.list({"limit": 2}))
    assert [one.id for one in page.data] == [made[2].id, made[1].id]
    assert page.has_more
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await in_thread(lambda: house.stripe().v1.payment_intents.retrieve("pi_none"))
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.AuthenticationError):
        await in_thread(lambda: house.stripe(key="sk_test_wrong").v1.payment_intents.list())


@pytest.fixture
async def inbox() -> AsyncIterator[tuple[str, asyncio.Queue[tuple[bytes, str]]]]:
    """A webhook endpoint that keeps what it is sent, and refuses the first delivery."""
    app, received = FastAPI(), asyncio.Queue[tuple[bytes, str]]()
    seen: list[bytes] = []

    @app.post("/hook", status_code=200)
    async def hook(request: Request) -> None:
        body = await request.body()
        seen.append(body)
        assert len(seen) > 1
        await received.put((body, request.headers["stripe-signature"]))

    listener = loopback_socket()
    server = make_server(app)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook", received
    server.should_exit = True
    await task
    listener.close()


async def test_webhooks_are_signed_and_repeated_until_taken(
    house: House, inbox: tuple[str, asyncio.Queue[tuple[bytes, str]]]
) -> None:
    url, received = inbox
    async with httpx.AsyncClient(timeout=30) as web:
        await web.post(f"{house.url}/control/stripe/webhook", json={"url": url})
    await pay(house)
    secret = house.box.keys["STRIPE_WEBHOOK_SECRET"]
    kinds = set()
    for _ in range(2):
        body, signature = await asyncio.wait_for(received.get(), 30)
        kinds.add(stripe.Webhook.construct_event(body, signature, secret).type)
    assert kinds == {"payment_intent.created", "payment_intent.succeeded"}
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, secret)
