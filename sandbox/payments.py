"""A card network with the cards of Stripe's test page: intents, charges, refunds and what each may do next."""

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from sandbox.cards import BRANDS, DECLINE_MESSAGES, DECLINES, StripeError, invalid
from sandbox.past import past_payments

Object = dict[str, Any]

# The least a card can be charged, in minor units (Stripe's table of minimum amounts).
MINIMUM = {"usd": 50, "inr": 50}


def made_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:24]}"


def whole(params: Object, name: str) -> int:
    """A required amount in minor units."""
    value = str(params.get(name, ""))
    if not value:
        raise invalid(f"Missing required param: {name}.", "parameter_missing", name)
    if not value.isdigit() or int(value) < 1:
        raise invalid("Invalid positive integer", "parameter_invalid_integer", name)
    return int(value)


@dataclass
class Network:
    """Everything that was paid, held, given back or refused. `events` are what webhooks tell, oldest first."""

    intents: dict[str, Object] = field(default_factory=dict)
    charges: dict[str, Object] = field(default_factory=dict)
    refunds: dict[str, Object] = field(default_factory=dict)
    customers: dict[str, Object] = field(default_factory=dict)
    methods: dict[str, Object] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)

    def find(self, kind: str, key: str) -> Object:
        """An object by id; 404 like Stripe's when there is none."""
        store: dict[str, Object] = getattr(self, kind)
        if kind == "intents" and key not in store and key in past_payments():
            self._recall(key)
        if key not in store:
            name = {"intents": "payment_intent", "methods": "PaymentMethod"}.get(kind, kind.removesuffix("s"))
            raise invalid(f"No such {name}: '{key}'", "resource_missing", "id", 404)
        return store[key]

    def every_intent(self) -> dict[str, Object]:
        """All intents, those of earlier days first."""
        recalled = {key: self.find("intents", key) for key in past_payments()}
        return {**recalled, **self.intents}

    def create(self, params: Object) -> Object:
        """A new intent, charged at once when `confirm` says so."""
        amount, currency = whole(params, "amount"), str(params.get("currency", "")).lower()
        if not currency:
            raise invalid("Missing required param: currency.", "parameter_missing", "currency")
        if amount < MINIMUM.get(currency, 50):
            raise invalid("Amount must convert to at least 50 cents.", "amount_too_small", "amount")
        if customer := params.get("customer"):
            self.find("customers", customer)
        intent = self._intent(made_id("pi"), amount, currency, params)
        key = str(intent["id"])
        self._tell("payment_intent.created", intent)
        return self.confirm(key, params) if params.get("confirm") == "true" else intent

    def _intent(self, key: str, amount: int, currency: str, params: Object) -> Object:
        """A new intent, kept; nothing is charged yet."""
        intent: Object = {
            "id": key,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "currency": currency,
            "capture_method": params.get("capture_method", "automatic"),
            "confirmation_method": "automatic",
            "client_secret": f"{key}_secret_{uuid.uuid4().hex[:20]}",
            "created": int(time.time()),
            "canceled_at": None,
            "cancellation_reason": None,
            "customer": params.get("customer"),
            "description": params.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": params.get("metadata") or {},
            "next_action": None,
            "payment_method": params.get("payment_method"),
            "payment_method_types": ["card"],
            "statement_descriptor": None,
            "status": "requires_confirmation" if params.get("payment_method") else "requires_payment_method",
        }
        self.intents[key] = intent
        return intent

    def _recall(self, key: str) -> None:
        """A payment of an earlier day, taken in full; it comes to mind when somebody asks for it."""
        past = past_payments()[key]
        intent = self._intent(key, past.amount, past.currency, {"payment_method": past.method})
        charge = self._charge(intent, "succeeded", captured=True)
        intent |= {"status": "succeeded", "amount_received": past.amount, "latest_charge": charge["id"]}

    def confirm(self, key: str, params: Object) -> Object:
        """Charge or hold the money; raises the decline of the test card."""
        intent = self.find("intents", key)
        if intent["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
            raise self._unexpected(intent, "confirm")
        method = str(params.get("payment_method") or intent["payment_method"] or "")
        if not method:
            raise invalid(
                "You cannot confirm this PaymentIntent because it's missing a payment method.",
                "payment_intent_unexpected_state",
            )
        if not method.startswith("pm_card_") and method not in self.methods:
            raise invalid(f"No such PaymentMethod: '{method}'", "resource_missing", "payment_method")
        intent["payment_method"] = method
        card = str(self.methods.get(method, {}).get("test_card", method))
        if card == "pm_card_authenticationRequired" and params.get("off_session") != "true":
            intent["status"] = "requires_action"
            intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
            self._tell("payment_intent.requires_action", intent)
            return intent
        if card in DECLINES:
            raise self._declined(intent, *DECLINES[card])
        held = intent["capture_method"] == "manual"
        charge = self._charge(intent, "succeeded", captured=not held)
        intent |= {"latest_charge": charge["id"], "last_payment_error": None, "next_action": None}
        if held:
            intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
            self._tell("payment_intent.amount_capturable_updated", intent)
        else:
            intent |= {"status": "succeeded", "amount_received": intent["amount"]}
            self._tell("payment_intent.succeeded", intent)
        return intent

    def _charge(self, intent: Object, status: str, captured: bool) -> Object:
        brand, last4 = BRANDS.get(str(intent["payment_method"]), ("visa", "4242"))
        charge: Object = {
            "id": made_id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if captured else 0,
            "amount_refunded": 0,
            "captured": captured,
            "created": int(time.time()),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "metadata": intent["metadata"],
            "paid": status == "succeeded",
            "payment_intent": intent["id"],
            "payment_method": intent["payment_method"],
            "payment_method_details": {"type": "card", "card": {"brand": brand, "last4": last4}},
            "refunded": False,
            "status": status,
        }
        self.charges[charge["id"]] = charge
        return charge

    def _declined(self, intent: Object, code: str, decline_code: str) -> StripeError:
        charge = self._charge(intent, "failed", captured=False)
        message = DECLINE_MESSAGES.get(decline_code or code, "Your card was declined.")
        more = {"decline_code": decline_code} if decline_code else {}
        intent |= {"status": "requires_payment_method", "latest_charge": charge["id"]}
        method, intent["payment_method"] = intent["payment_method"], None
        intent["last_payment_error"] = {"type": "card_error", "code": code, "message": message, **more}
        self._tell("payment_intent.payment_failed", intent)
        shown = {"id": method, "object": "payment_method", "type": "card"}
        return StripeError(
            402,
            "card_error",
            message,
            code,
            charge=charge["id"],
            payment_intent=dict(intent),
            payment_method=shown,
            **more,
        )

    @staticmethod
    def _unexpected(intent: Object, verb: str) -> StripeError:
        message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
        return invalid(message, "payment_intent_unexpected_state", payment_intent=dict(intent))

    def capture(self, key: str, params: Object) -> Object:
        """Take what was held, or less."""
        intent = self.find("intents", key)
        if intent["status"] != "requires_capture":
            raise self._unexpected(intent, "capture")
        amount = (
            whole(params, "amount_to_capture")
            if params.get("amount_to_capture")
            else intent["amount_capturable"]
        )
        if amount > intent["amount_capturable"]:
            raise invalid(
                "The amount to capture is greater than the remaining amount.",
                "amount_too_large",
                "amount_to_capture",
            )
        self.charges[intent["latest_charge"]] |= {"captured": True, "amount_captured": amount}
        intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
        self._tell("payment_intent.succeeded", intent)
        return intent

    def cancel(self, key: str, params: Object) -> Object:
        """Let go of an intent and of what it holds."""
        intent = self.find("intents", key)
        if intent["status"] in ("succeeded", "canceled"):
            raise self._unexpected(intent, "cancel")
        if intent["status"] == "requires_capture":
            self.charges[intent["latest_charge"]] |= {"refunded": True, "amount_refunded": intent["amount"]}
        reason = params.get("cancellation_reason")
        intent |= {
            "status": "canceled",
            "amount_capturable": 0,
            "canceled_at": int(time.time()),
            "cancellation_reason": reason,
        }
        self._tell("payment_intent.canceled", intent)
        return intent

    def refund(self, params: Object) -> Object:
        """Give back all or a part of what was taken."""
        if key := params.get("payment_intent"):
            charge_id = self.find("intents", key)["latest_charge"]
        else:
            charge_id = params.get("charge")
        charge = self.find("charges", str(charge_id))
        left = charge["amount_captured"] - charge["amount_refunded"]
        if not charge["captured"]:
            raise invalid(
                "This charge has not been captured; cancel the PaymentIntent instead.",
                "charge_not_refundable",
            )
        if left == 0:
            raise invalid(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
        amount = whole(params, "amount") if params.get("amount") else left
        if amount > left:
            raise invalid(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                "charge_already_refunded",
                "amount",
            )
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        refund: Object = {
            "id": made_id("re"),
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "created": int(time.time()),
            "currency": charge["currency"],
            "metadata": params.get("metadata") or {},
            "payment_intent": charge["payment_intent"],
            "reason": params.get("reason"),
            "status": "succeeded",
        }
        self.refunds[refund["id"]] = refund
        self._tell("charge.refunded", charge)
        self._tell("refund.created", refund)
        return refund

    def customer(self, params: Object) -> Object:
        fields = {key: params.get(key) for key in ("email", "name", "phone", "description")}
        key = made_id("cus")
        made = {"id": key, "object": "customer", "created": int(time.time()), "livemode": False}
        customer = {**made, "metadata": params.get("metadata") or {}, **fields}
        self.customers[key] = customer
        return customer

    def method(self, key: str, customer: str | None = None) -> Object:
        """A saved card; a test id attached to a customer becomes a card of its own."""
        if key in self.methods:
            method = self.methods[key]
        elif key.startswith("pm_card_"):
            brand, last4 = BRANDS.get(key, ("visa", "4242"))
            card = {"brand": brand, "last4": last4, "exp_month": 12, "exp_year": 2034, "funding": "credit"}
            made = made_id("pm") if customer else key
            method = {
                "id": made,
                "object": "payment_method",
                "type": "card",
                "card": card,
                "customer": None,
                "test_card": key,
            }
        else:
            raise invalid(f"No such PaymentMethod: '{key}'", "resource_missing", "payment_method", 404)
        if customer:
            self.find("customers", customer)
            method["customer"] = customer
            self.methods[method["id"]] = method
        return method

    def _tell(self, kind: str, about: Object) -> None:
        event = {
            "id": made_id("evt"),
            "object": "event",
            "api_version": "2026-01-01",
            "created": int(time.time()),
        }
        data = {"object": {**about}}
        self.events.append({**event, "type": kind, "livemode": False, "pending_webhooks": 1, "data": data})
