"""Stripe: off-session payment intents on saved cards, authorised now and captured later."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import stripe as sdk
from stripe.params import (
    PaymentIntentCaptureParams,
    PaymentIntentCreateParams,
    PaymentIntentListParams,
    RefundCreateParams,
    RefundListParams,
)

from domain.money import Money
from errors import AlreadyTaken, PaymentDeclined, VendorError, VendorTimeout
from vendors.payments import LATER, Authorisation, Moved, Movement

TIMEOUT_SECONDS = 6.0
RETRIES = (
    2  # StripeClient retries connection errors and 5xx with one idempotency key; its own default is none
)
# Answers that leave open whether a request under the same key has acted. Stripe: "treat the result of a 500
# request as indeterminate"; 409 is a key whose first request still runs.
CONFLICT, FAULT = 409, 500
MOVED_ON = "payment_intent_unexpected_state"
HELD, TAKEN, LET_GO = "requires_capture", "succeeded", "canceled"
ALREADY = {"charge_already_refunded": "already refunded"}
NOT_GIVEN = {"failed", "canceled", "requires_action"}
INTENTS = {HELD: Moved.HELD, TAKEN: Moved.TAKEN, LET_GO: Moved.RELEASED}
"""The others hold nothing: refused, or never confirmed."""
PAGE = 100  # the most Stripe lists at once; one payment never has as many refunds
FRESH_SECONDS = 300
"""Of a webhook's signature: Stripe's own recommendation, and its SDK's default."""
unanswered: ContextVar[bool] = ContextVar("unanswered", default=False)
"""True when a try of the request that is under way may have acted without telling us."""


class Listening(sdk.HTTPXClient):
    """The SDK's client; it notes a lost answer, which the SDK forgets when its next try is refused."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One try, of several perhaps. Raises APIConnectionError."""
        try:
            content, status, answered = await super().request_async(method, url, headers, post_data)
        except sdk.APIConnectionError:
            unanswered.set(True)
            raise
        if status == CONFLICT or status >= FAULT:
            unanswered.set(True)
        return content, status, answered


class Stripe:
    """One Stripe account."""

    name = "stripe"

    def __init__(self, key: str, base_url: str | None = None) -> None:
        addresses: dict[str, str] = {"api": base_url} if base_url else {}
        self._http = Listening(timeout=TIMEOUT_SECONDS)
        self._client = sdk.StripeClient(
            key,
            base_addresses=addresses,  # type: ignore[arg-type]
            http_client=self._http,
            max_network_retries=RETRIES,
        )

    async def authorise(
        self, amount: Money, *, method: str, customer: str | None, key: str, order_code: str
    ) -> Authorisation:
        """See CardPayments."""
        params: PaymentIntentCreateParams = {
            "amount": amount.amount,
            "currency": amount.currency.lower(),
            "payment_method": method,
            "confirm": True,
            "off_session": True,
            "capture_method": "manual",
            "metadata": {"order_code": order_code},
        }
        if customer:
            params["customer"] = customer
        async with translated():
            intent = await self._client.v1.payment_intents.create_async(params, {"idempotency_key": key})
        if intent.status != HELD:
            raise PaymentDeclined(self.name, intent.status, intent.id)
        return Authorisation(intent.id, amount)

    async def capture(self, reference: str, amount: Money | None = None, *, key: str) -> Money:
        """See CardPayments. Looked at first: the answer to an earlier capture may have been lost."""
        params: PaymentIntentCaptureParams = {"amount_to_capture": amount.amount} if amount else {}
        intents = self._client.v1.payment_intents
        async with translated():
            intent = await intents.retrieve_async(reference)
        if intent.status == HELD:
            async with translated():
                try:
                    intent = await intents.capture_async(reference, params, {"idempotency_key": key})
                except sdk.InvalidRequestError as refusal:
                    if refusal.code != MOVED_ON:
                        raise
                    intent = await intents.retrieve_async(reference)
        if intent.status != TAKEN:
            raise VendorError(self.name, f"nothing was taken, the hold is {intent.status}")
        return Money(intent.amount_received, intent.currency.upper())

    async def cancel(self, reference: str, *, key: str) -> None:
        """See CardPayments. After a day Stripe has forgotten the key, and refuses what it did before."""
        intents = self._client.v1.payment_intents
        async with translated():
            try:
                await intents.cancel_async(reference, options={"idempotency_key": key})
            except sdk.InvalidRequestError as refusal:
                if refusal.code != MOVED_ON:
                    raise
                intent = await intents.retrieve_async(reference)
                if intent.status == TAKEN:
                    currency = intent.currency.upper()
                    raise AlreadyTaken(self.name, intent.amount_received, currency) from refusal
                if intent.status != LET_GO:
                    raise

    async def refund(self, reference: str, amount: Money, *, key: str) -> str:
        """See Books. Looked up first, as Stripe forgets an idempotency key after a day."""
        async with translated():
            before = await self._client.v1.refunds.list_async({"payment_intent": reference, "limit": PAGE})
        made = next((one for one in before.data if key_of(one) == key), None)
        if made is None:
            params: RefundCreateParams = {
                "payment_intent": reference,
                "amount": amount.amount,
                "metadata": {"key": key},
            }
            async with translated():
                made = await self._client.v1.refunds.create_async(params, {"idempotency_key": key})
        if made.status in NOT_GIVEN:
            raise VendorError(self.name, f"refund {made.status}")
        return made.id

    async def movements(self, since: datetime, until: datetime) -> Sequence[Movement]:
        """See Books."""
        window = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        found: list[Movement] = []
        intents: PaymentIntentListParams = {"created": window, "limit": PAGE}  # type: ignore[typeddict-item]
        refunds: RefundListParams = {"created": window, "limit": PAGE}  # type: ignore[typeddict-item]
        async with translated():
            async for intent in (
                await self._client.v1.payment_intents.list_async(intents)
            ).auto_paging_iter():
                if (status := INTENTS.get(intent.status)) is not None:
                    amount = intent.amount_received if status is Moved.TAKEN else intent.amount
                    found.append(movement(intent.id, status, amount, intent.currency, intent.created))
            async for one in (await self._client.v1.refunds.list_async(refunds)).auto_paging_iter():
                status = Moved.FAILED if one.status in NOT_GIVEN else Moved.GIVEN
                found.append(movement(one.id, status, one.amount, one.currency, one.created))
        return found

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Stripe's errors in ours: a refused card, an unknown outcome, or a failure before anything was done."""
    mark = unanswered.set(False)
    try:
        yield
    except sdk.CardError as error:
        intent = getattr(error.error, "payment_intent", None)
        reference = getattr(intent, "id", None)
        code = getattr(error.error, "decline_code", None) or error.code or "card_declined"
        raise PaymentDeclined(Stripe.name, code, reference) from error
    except sdk.APIConnectionError as error:
        raise VendorTimeout(Stripe.name, "no answer") from error
    except sdk.StripeError as error:
        status = error.http_status or 0
        if unanswered.get() or isinstance(error, sdk.IdempotencyError):
            raise VendorTimeout(Stripe.name, f"status {status}") from error
        said = ALREADY.get(error.code or "", f"status {status}")
        raise VendorError(Stripe.name, said, retryable=status in LATER) from error
    finally:
        unanswered.reset(mark)


def signed(body: bytes, header: str, secret: str) -> bool:
    """Whether Stripe has sent these bytes within the last 300 seconds, real time."""
    try:
        sdk.WebhookSignature.verify_header(body.decode("utf-8", "replace"), header, secret, FRESH_SECONDS)
    except sdk.SignatureVerificationError:
        return False
    return True


def key_of(refund: sdk.Refund) -> str | None:
    """The key we sent with a refund; none for one that somebody made by hand."""
    key = refund.metadata.to_dict().get("key") if refund.metadata else None
    return str(key) if key else None


def movement(reference: str, status: Moved, amount: int, currency: str, created: int) -> Movement:
    """An intent or refund in our words; `created` in Unix seconds."""
    return Movement(reference, status, Money(amount, currency.upper()), datetime.fromtimestamp(created, UTC))
