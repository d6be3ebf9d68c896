"""Stripe's test cards, and its errors as an exception that knows its HTTP body."""

from typing import Any

# https://docs.stripe.com/testing: test id -> (error code, decline code).
DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedLostCard": ("card_declined", "lost_card"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", ""),
    "pm_card_chargeDeclinedProcessingError": ("processing_error", ""),
    "pm_card_authenticationRequired": ("authentication_required", "authentication_required"),
}
DECLINE_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "This payment requires additional user action before it can be completed.",
}
BRANDS = {
    "pm_card_mastercard": ("mastercard", "4444"),
    "pm_card_amex": ("amex", "8431"),
    "pm_card_visa": ("visa", "4242"),
}


class StripeError(Exception):
    """An answer that is no success: HTTP status, error type and code, and what else the body holds."""

    def __init__(self, status: int, kind: str, message: str, code: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        coded = (
            {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
            if code
            else {}
        )
        self.body = {"error": {"type": kind, "message": message, **coded, **more}}


def invalid(message: str, code: str = "", param: str = "", status: int = 400, **more: Any) -> StripeError:
    return StripeError(
        status, "invalid_request_error", message, code, **({"param": param} if param else {}), **more
    )
