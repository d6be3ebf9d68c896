"""Razorpay's API below /razorpay: payment links with a page to pay them on, payments, refunds, and control routes."""

import asyncio
import base64
import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.faults import Dropped
from sandbox.links import Links, Object, RazorpayError
from sandbox.webhooks import RazorpayPostman

ROOT = "/razorpay"
router = APIRouter(tags=["razorpay"])
CODES = {400: "BAD_REQUEST_ERROR", 401: "BAD_REQUEST_ERROR", 429: "BAD_REQUEST_ERROR", 502: "GATEWAY_ERROR"}
PAGE, MOST = 10, 100
SENDER = "RZRPAY"
KEY = re.compile(r"[A-Za-z0-9_-]{10,}")


@dataclass
class Razorpay:
    """The account: its links and payments, and its webhook endpoint."""

    postman: RazorpayPostman
    links: Links
    kept: dict[str, tuple[str, Object]] = field(default_factory=dict)
    """What was asked under a refund's key, and its first answer."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    told: int = 0

    def send_events(self) -> None:
        """Post what has happened since the last time."""
        for event in self.links.events[self.told :]:
            self.postman.post(event)
        self.told = len(self.links.events)


def account(request: Request) -> Razorpay:
    """The one account of this process, made at its first use."""
    state = request.app.state
    if not hasattr(state, "razorpay"):
        box = state.box
        postman = RazorpayPostman(box.keys["RAZORPAY_WEBHOOK_SECRET"])
        state.razorpay = Razorpay(postman, Links(f"{box.url}{ROOT}/l"))
    made = state.razorpay
    assert isinstance(made, Razorpay)
    return made


def refusal(status: int, description: str) -> JSONResponse:
    """An error as Razorpay words it."""
    code = CODES.get(status, "SERVER_ERROR")
    error = {"code": code, "description": description, "source": "business", "step": "NA", "reason": "NA"}
    return JSONResponse({"error": {**error, "metadata": {}}}, status)


async def answered(request: Request, act: Callable[[Links, Object], Object]) -> Response:
    """Run one API call the way Razorpay does: fault, key, the act, the events."""
    box, ours = request.app.state.box, account(request)
    params: Object = await request.json() if request.method == "POST" and await request.body() else {}
    params = {**dict(request.query_params), **params}
    box.log.add("razorpay", request.method, request.url.path, params, request.headers)
    fault = box.faults.take("razorpay", f"{request.method} {request.url.path}")
    if fault:
        await fault.hold()
        if fault.kind == "status":
            return refusal(fault.status, "Something went wrong, please try again after sometime.")
        if fault.kind == "drop":
            return Dropped()
    pair = f"{box.keys['RAZORPAY_KEY_ID']}:{box.keys['RAZORPAY_KEY_SECRET']}"
    if request.headers.get("authorization") != f"Basic {base64.b64encode(pair.encode()).decode()}":
        return refusal(401, "The api key provided is invalid")
    async with ours.lock:
        try:
            response: Response = JSONResponse(_once(request, ours, params, act))
        except RazorpayError as error:
            response = refusal(error.status, str(error))
    ours.send_events()
    return Dropped() if fault and fault.kind == "act_and_drop" else response


def _once(request: Request, ours: Razorpay, params: Object, act: Callable[[Links, Object], Object]) -> Object:
    """A refund's key gets its first answer again; a refusal is not kept."""
    key = request.headers.get("x-refund-idempotency")
    if key is None:
        return act(ours.links, params)
    if not KEY.fullmatch(key):
        raise RazorpayError("The idempotency key should be at least 10 characters long")
    asked = json.dumps([request.url.path, params], sort_keys=True)
    if key not in ours.kept:
        ours.kept[key] = asked, act(ours.links, params)
    before, answer = ours.kept[key]
    if before != asked:
        raise RazorpayError("Different request with the same idempotency key has already been processed.")
    return answer


def collection(objects: list[Object], params: Object) -> Object:
    """A page of objects, newest first, made between `from` and `to` (Unix seconds)."""
    first, last = int(params.get("from", 0)), int(params.get("to", 2**40))
    found = [one for one in reversed(objects) if first <= int(one["created_at"]) <= last]
    skip, count = int(params.get("skip", 0)), min(int(params.get("count", PAGE)), MOST)
    page = found[skip : skip + count]
    return {"entity": "collection", "count": len(page), "items": page}


def texted(request: Request, link: Object) -> None:
    """The customer's telephone gets the link from Razorpay's own sender."""
    said = f"{link['description']}: please pay {link['currency']} {link['amount'] / 100:.2f} at {link['short_url']}"
    contact = str(link["customer"].get("contact", ""))
    request.app.state.box.network.messages.send(SENDER, contact, said, None)


@router.post(f"{ROOT}/v1/payment_links")
async def create_link(request: Request) -> Response:
    def create(links: Links, params: Object) -> Object:
        made = links.create(params)
        if made["notify"].get("sms") and made["customer"].get("contact"):
            texted(request, made)
        return made

    return await answered(request, create)


@router.post(f"{ROOT}/v1/payment_links/{{key}}/notify_by/sms")
async def notify(request: Request, key: str) -> Response:
    def again(links: Links, _: Object) -> Object:
        texted(request, links.find(key))
        return {"success": True}

    return await answered(request, again)


@router.get(f"{ROOT}/v1/payment_links")
async def list_links(request: Request) -> Response:
    def matching(links: Links, params: Object) -> Object:
        wanted = params.get("reference_id")
        found = [one for one in links.all() if wanted in (None, one["reference_id"])]
        return {"payment_links": list(reversed(found))}

    return await answered(request, matching)


@router.get(f"{ROOT}/v1/payment_links/{{key}}")
async def get_link(request: Request, key: str) -> Response:
    return await answered(request, lambda links, _: links.find(key))


@router.post(f"{ROOT}/v1/payment_links/{{key}}/cancel")
async def cancel_link(request: Request, key: str) -> Response:
    return await answered(request, lambda links, _: links.cancel(key))


@router.get(f"{ROOT}/v1/payments")
async def list_payments(request: Request) -> Response:
    return await answered(request, lambda links, params: collection(list(links.payments.values()), params))


@router.get(f"{ROOT}/v1/payments/{{key}}")
async def get_payment(request: Request, key: str) -> Response:
    return await answered(request, lambda links, _: links.payment(key))


@router.post(f"{ROOT}/v1/payments/{{key}}/refund")
async def create_refund(request: Request, key: str) -> Response:
    return await answered(request, lambda links, params: links.refund(key, params))


@router.get(f"{ROOT}/v1/payments/{{key}}/refunds")
async def refunds_of(request: Request, key: str) -> Response:
    def mine(links: Links, params: Object) -> Object:
        links.payment(key)
        return collection([one for one in links.refunds.values() if one["payment_id"] == key], params)

    return await answered(request, mine)


@router.get(f"{ROOT}/v1/refunds")
async def list_refunds(request: Request) -> Response:
    return await answered(request, lambda links, params: collection(list(links.refunds.values()), params))


@router.get(f"{ROOT}/l/{{key}}")
async def link_page(request: Request, key: str) -> HTMLResponse:
    """What the customer sees who opens the link: what is to be paid, and a button."""
    ours = account(request)
    try:
        link = ours.links.find(key)
    except RazorpayError as unknown:
        raise HTTPException(404, "no such link") from unknown
    ours.send_events()
    said = html.escape(f"{link['description']}: {link['currency']} {link['amount'] / 100:.2f}")
    button = '<form method="post"><button>Pay</button></form>' if link["status"] == "created" else ""
    state = html.escape(str(link["status"]))
    return HTMLResponse(f"<!doctype html><title>Pay</title><h1>{said}</h1><p>{state}</p>{button}")


@router.post(f"{ROOT}/l/{{key}}")
async def pay_on_page(request: Request, key: str) -> HTMLResponse:
    """The customer presses the button."""
    await _paid(request, key, Paying())
    return await link_page(request, key)


class Paying(BaseModel):
    """How a link is paid. `late`: by a customer whose bank took its time, so that the link was over meanwhile."""

    model_config = ConfigDict(extra="forbid")

    late: bool = False
    method: str = "upi"


async def _paid(request: Request, key: str, how: Paying) -> Object:
    ours = account(request)
    async with ours.lock:
        try:
            payment = ours.links.pay(key, late=how.late, method=how.method)
        except RazorpayError as error:
            raise HTTPException(error.status if error.status != 400 else 409, str(error)) from error
    ours.send_events()
    return payment


@router.post("/control/razorpay/links/{key}/pay")
async def pay(request: Request, key: str, how: Paying) -> Object:
    """Let the customer pay a link, by its id or its reference; the payment. 409 when it cannot be paid any more."""
    return await _paid(request, key, how)


class BackOut(BaseModel):
    """A refund that came back from the bank."""

    model_config = ConfigDict(extra="forbid")

    refund: str


@router.post("/control/razorpay/refunds/fail")
async def fail_refund(request: Request, which: BackOut) -> Object:
    """A refund that was processed comes back: refund.failed."""
    ours = account(request)
    failed = ours.links.fail_refund(which.refund)
    ours.send_events()
    return failed


@router.get("/control/razorpay/links")
async def links(request: Request) -> list[Object]:
    """Every payment link, oldest first."""
    return account(request).links.all()


@router.get("/control/razorpay/payments")
async def payments(request: Request) -> list[Object]:
    """Every payment, oldest first."""
    return list(account(request).links.payments.values())


@router.get("/control/razorpay/refunds")
async def refunds(request: Request) -> list[Object]:
    """Every refund, oldest first."""
    return list(account(request).links.refunds.values())


class RazorpayEndpoint(BaseModel):
    """Where webhooks go; `copies` delivers every event that often."""

    model_config = ConfigDict(extra="forbid")

    url: str
    copies: int = Field(default=1, ge=1, le=5)


@router.post("/control/razorpay/webhook")
async def set_webhook(request: Request, endpoint: RazorpayEndpoint) -> RazorpayEndpoint:
    """Post events to this address from now on; an empty one stops them."""
    postman = account(request).postman
    postman.url, postman.copies = endpoint.url, endpoint.copies
    return endpoint


@router.get("/control/razorpay/webhook")
async def deliveries(request: Request) -> list[Object]:
    """Every delivery tried, with the HTTP status it got; 0 when nobody answered."""
    return account(request).postman.delivered


@router.post("/control/razorpay/resend")
async def resend(request: Request) -> list[str]:
    """Post every event once more, newest first: at-least-once and out of order. Returns the event ids."""
    ours = account(request)
    for event in reversed(ours.links.events):
        ours.postman.post(event)
    return [event["id"] for event in reversed(ours.links.events)]
