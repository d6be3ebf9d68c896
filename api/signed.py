"""What comes from Twilio, and is believed only with its signature."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

import structlog
from fastapi import Depends, HTTPException, Request
from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm

from api.request import runtime_of
from runtime import Runtime

log = structlog.get_logger(__name__)

LARGEST_FORM = 64 * 1024


async def signed_form(request: Request) -> dict[str, str]:
    """The posted form, once its signature proves that Twilio sent it to our public address.

    Raises HTTPException: 413 for a form no webhook has, 403 for a signature that is missing or wrong.
    """
    runtime = runtime_of(request)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise HTTPException(413, "this form is too large")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
    token = runtime.settings.twilio_auth_token
    if token is None or not signed(request, runtime, Form(pairs), token.get_secret_value()):
        runtime.counts["twilio.bad_signature"] += 1
        log.warning(
            "twilio.bad_signature", path=request.url.path, count=runtime.counts["twilio.bad_signature"]
        )
        raise HTTPException(403, "bad signature")
    return dict(pairs)


class Form(dict[str, str]):
    """A form whose repeated fields all count in the signature."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def getlist(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self._pairs if key == name]


def signed(request: Request, runtime: Runtime, form: Mapping[str, str], token: str) -> bool:
    """Whether the signature fits the form and the public URL with its query."""
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{runtime.settings.public}{request.url.path}{query}"
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER, ""))
    signature = request.headers.get("X-Twilio-Signature", "")
    if algorithm not in {"HMAC_SHA1", "HMAC_SHA256"} or not signature.isascii():
        return False
    return bool(RequestValidator(token).validate(url, form, signature, algorithm))


SignedForm = Annotated[dict[str, str], Depends(signed_form)]
