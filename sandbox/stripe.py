"""Stripe's API: payment intents, refunds, customers, idempotency keys, and control routes for tests."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from sandbox.cards import StripeError, invalid
from sandbox.faults import Dropped
from sandbox.payments import Network, Object, made_id
from sandbox.webhooks import Postman

router = APIRouter(tags=["stripe"])

STATUS_ERRORS = {
    400: ("invalid_request_error", "Bad request."), 401: ("invalid_request_error", "Invalid API Key provided."),
    429: ("invalid_request_error", "Too many requests hit the API too quickly."),
}  # fmt: skip
PAGE = 10


@dataclass
class Kept:
    """The first answer to an idempotency key."""

    asked: str
    status: int
    body: Object


@dataclass
class Stripe:
    """The account: its network, its idempotency keys and its webhook endpoint."""

    postman: Postman
    network: Network = field(default_factory=Network)
    kept: dict[str, Kept] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    told: int = 0

    def send_events(self) -> None:
        """Post what has happened since the last time."""
        for event in self.network.events[self.told :]:
            self.postman.post(event)
        self.told = len(self.network.events)


def account(request: Request) -> Stripe:
    """The one account of this process, made at its first use."""
    state = request.app.state
    if not hasattr(state, "stripe"):
        state.stripe = Stripe(Postman(state.box.keys["STRIPE_WEBHOOK_SECRET"]))
    made = state.stripe
    assert isinstance(made, Stripe)
    return made


def nested(pairs: list[tuple[str, str]]) -> Object:
    """Form fields with brackets as objects: `metadata[order]=1` is {"metadata": {"order": "1"}}."""
    params: Object = {}
    for name, value in pairs:
        keys = [key for key in re.split(r"[\[\]]+", name) if key]
        inner = params
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value
    return params


async def answered(request: Request, act: Callable[[Network, Object], Object]) -> Response:
    """Run one API call the way Stripe does: fault, key, idempotency, the act, the events."""
    box, stripe = request.app.state.box, account(request)
    form = await request.form() if request.method == "POST" else request.query_params
    params = nested([(name, str(value)) for name, value in form.multi_items()])
    box.log.add("stripe", request.method, request.url.path, params, request.headers)
    fault = box.faults.take("stripe", f"{request.method} {request.url.path}")
    if fault:
        await fault.hold()
        if fault.kind == "status":
            kind, message = STATUS_ERRORS.get(fault.status, ("api_error", "Something went wrong at Stripe."))
            return JSONResponse({"error": {"type": kind, "message": message}}, fault.status)
        if fault.kind == "drop":
            return Dropped()
    if request.headers.get("authorization") != f"Bearer {box.keys['STRIPE_API_KEY']}":
        kind, message = STATUS_ERRORS[401]
        return JSONResponse({"error": {"type": kind, "message": message}}, 401)
    async with stripe.lock:
        kept, replayed = _once(request, stripe, params, act)
    stripe.send_events()
    if fault and fault.kind == "act_and_drop":
        return Dropped()
    headers = {"request-id": made_id("req"), **({"idempotent-replayed": "true"} if replayed else {})}
    return JSONResponse(kept.body, kept.status, headers)


def _once(
    request: Request, stripe: Stripe, params: Object, act: Callable[[Network, Object], Object]
) -> tuple[Kept, bool]:
    """The answer and whether it was replayed: a key gets its first answer again, a refusal too."""
    asked = json.dumps([request.method, request.url.path, params], sort_keys=True)
    key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
    if key in stripe.kept and key:
        kept = stripe.kept[key]
        if kept.asked == asked:
            return kept, True
        message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        return Kept(asked, 400, {"error": {"type": "idempotency_error", "message": message}}), False
    try:
        kept = Kept(asked, 200, json.loads(json.dumps(act(stripe.network, params))))
    except StripeError as error:
        kept = Kept(asked, error.status, json.loads(json.dumps(error.body)))
    if key:
        stripe.kept[key] = kept
    return kept, False


def listed(objects: dict[str, Object], params: Object, url: str) -> Object:
    """A page of objects, newest first, filtered by the fields Stripe filters by."""
    found = list(reversed(objects.values()))
    for name in ("customer", "payment_intent", "charge"):
        if wanted := params.get(name):
            found = [one for one in found if one.get(name) == wanted]
    created = params.get("created") or {}
    bounds: dict[str, Callable[[int, int], bool]] = {
        "gte": int.__ge__, "gt": int.__gt__, "lte": int.__le__, "lt": int.__lt__,
    }  # fmt: skip
    for name, holds in bounds.items():
        if isinstance(created, dict) and name in created:
            found = [one for one in found if holds(int(one["created"]), int(created[name]))]
    if after := params.get("starting_after"):
        ids = [one["id"] for one in found]
        if after not in ids:
            raise invalid(f"No such object: '{after}'", "resource_missing", "starting_after")
        found = found[ids.index(after) + 1 :]
    limit = int(params.get("limit", PAGE))
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": found[:limit]}


@router.post("/v1/payment_intents")
async def create_intent(request: Request) -> Response:
    return await answered(request, lambda network, params: network.create(params))


@router.get("/v1/payment_intents")
async def list_intents(request: Request) -> Response:
    return await answered(
        request, lambda network, params: listed(network.every_intent(), params, "/v1/payment_intents")
    )


@router.get("/v1/payment_intents/{key}")
async def get_intent(request: Request, key: str) -> Response:
    return await answered(request, lambda network, _: network.find("intents", key))


@router.post("/v1/payment_intents/{key}/confirm")
async def confirm_intent(request: Request, key: str) -> Response:
    return await answered(request, lambda network, params: network.confirm(key, params))


@router.post("/v1/payment_intents/{key}/capture")
async def capture_intent(request: Request, key: str) -> Response:
    return await answered(request, lambda network, params: network.capture(key, params))


@router.post("/v1/payment_intents/{key}/cancel")
async def cancel_intent(request: Request, key: str) -> Response:
    return await answered(request, lambda network, params: network.cancel(key, params))


@router.post("/v1/refunds")
async def create_refund(request: Request) -> Response:
    return await answered(request, lambda network, params: network.refund(params))


@router.get("/v1/refunds")
async def list_refunds(request: Request) -> Response:
    return await answered(request, lambda network, params: listed(network.refunds, params, "/v1/refunds"))


@router.get("/v1/refunds/{key}")
async def get_refund(request: Request, key: str) -> Response:
    return await answered(request, lambda network, _: network.find("refunds", key))


@router.get("/v1/charges/{key}")
async def get_charge(request: Request, key: str) -> Response:
    return await answered(request, lambda network, _: network.find("charges", key))


@router.post("/v1/customers")
async def create_customer(request: Request) -> Response:
    return await answered(request, lambda network, params: network.customer(params))


@router.get("/v1/customers/{key}")
async def get_customer(request: Request, key: str) -> Response:
    return await answered(request, lambda network, _: network.find("customers", key))


@router.get("/v1/customers/{key}/payment_methods")
async def customer_methods(request: Request, key: str) -> Response:
    url = f"/v1/customers/{key}/payment_methods"
    return await answered(
        request, lambda network, params: listed(network.methods, {**params, "customer": key}, url)
    )


@router.get("/v1/payment_methods/{key}")
async def get_method(request: Request, key: str) -> Response:
    return await answered(request, lambda network, _: network.method(key))


@router.post("/v1/payment_methods/{key}/attach")
async def attach_method(request: Request, key: str) -> Response:
    return await answered(
        request, lambda network, params: network.method(key, str(params.get("customer", "")))
    )


@router.get("/v1/events")
async def list_events(request: Request) -> Response:
    def events(network: Network, params: Object) -> Object:
        return listed({event["id"]: event for event in network.events}, params, "/v1/events")

    return await answered(request, events)


class Endpoint(BaseModel):
    """Where webhooks go; `copies` delivers every event that often."""

    model_config = ConfigDict(extra="forbid")

    url: str
    copies: int = Field(default=1, ge=1, le=5)


@router.post("/control/stripe/webhook")
async def set_webhook(request: Request, endpoint: Endpoint) -> Endpoint:
    """Post events to this address from now on; an empty one stops them."""
    postman = account(request).postman
    postman.url, postman.copies = endpoint.url, endpoint.copies
    return endpoint


@router.get("/control/stripe/webhook")
async def deliveries(request: Request) -> list[Object]:
    """Every delivery tried, with the HTTP status it got; 0 when nobody answered."""
    return account(request).postman.delivered


@router.post("/control/stripe/resend")
async def resend(request: Request) -> list[str]:
    """Post every event once more, newest first: at-least-once and out of order. Returns the event ids."""
    stripe = account(request)
    for event in reversed(stripe.network.events):
        stripe.postman.post(event)
    return [event["id"] for event in reversed(stripe.network.events)]


@router.get("/control/stripe/charges")
async def charges(request: Request) -> list[Object]:
    """Every charge, failed ones too, oldest first."""
    return list(account(request).network.charges.values())
