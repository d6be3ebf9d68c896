"""Twilio's REST API, as far as we ask something of it: texts, outgoing calls, calls to be moved or looked up."""

import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import ClientError
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from deadline import deadline
from errors import VendorError, VendorTimeout
from vendors.telephony import ENDED, Dialled, Event

TIMEOUT_SECONDS = 6.0  # the SDK's client has none of its own
SLOW_DOWN, FAULT = 429, 500
CALL_HAS_ENDED = 21220
NEWEST = 20
"""So many calls to one number are looked through; nobody is called more often in the minutes in question."""

silent = logging.getLogger("vendors.twilio.silent")
"""The SDK logs every request with its parameters: numbers and texts."""
silent.disabled = True


class HeaderAuthorised(AsyncTwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client; it authorises with what aiohttp has deprecated, which is an error in our tests."""

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request, with the key in its header."""
        if auth is not None:
            key = b64encode(":".join(auth).encode()).decode()
            headers = {**(headers or {}), "Authorization": f"Basic {key}"}
        return await super().request(method, url, params, data, headers, None, timeout, allow_redirects)


class Twilio:
    """One Twilio account. To be made where an event loop runs; the SDK opens its connections at once."""

    name = "twilio"

    def __init__(self, account_sid: str, token: str, base_url: str | None = None) -> None:
        self._http = HeaderAuthorised(logger=silent)
        self._client = Client(account_sid, token, http_client=self._http)
        if base_url:
            self._client.api.base_url = base_url

    async def send_sms(self, to: str, text: str, *, sender: str) -> str:
        """See Telephony."""
        async with translated():
            message = await self._client.messages.create_async(to=to, from_=sender, body=text)
        return str(message.sid)

    async def start_call(
        self,
        to: str,
        *,
        sender: str,
        url: str,
        status_url: str,
        ring_seconds: int,
        events: Sequence[Event] = ENDED,
        machine_detection: bool = False,
        amd_url: str | None = None,
    ) -> str:
        """See Telephony. Raises ValueError for machine detection of which nobody is told."""
        detection: dict[str, str] = {}
        if machine_detection:
            if amd_url is None:
                raise ValueError("machine detection needs an amd_url")
            detection = {
                "machine_detection": "Enable",
                "async_amd": "true",
                "async_amd_status_callback": amd_url,
            }
        async with translated():
            call = await self._client.calls.create_async(
                to=to,
                from_=sender,
                url=url,
                status_callback=status_url,
                status_callback_event=list(events),
                timeout=ring_seconds,
                **detection,
            )
        return str(call.sid)

    async def list_calls(self, to: str, since: datetime) -> list[Dialled]:
        """See Telephony."""
        since = since.replace(microsecond=0)  # Twilio counts whole seconds
        async with translated():
            found = await self._client.calls.list_async(to=to, start_time_after=since, limit=NEWEST)
        calls = [
            Dialled(str(call.sid), str(call.status), call.start_time or call.date_created) for call in found
        ]
        return [call for call in calls if call.started_at >= since]

    async def redirect_call(self, sid: str, url: str) -> None:
        """See Telephony."""
        async with translated():
            await self._client.calls(sid).update_async(url=url)

    async def hang_up(self, sid: str) -> None:
        """See Telephony."""
        async with translated(fine=CALL_HAS_ENDED):
            await self._client.calls(sid).update_async(status="completed")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


@asynccontextmanager
async def translated(fine: int | None = None) -> AsyncIterator[None]:
    """Twilio's errors in our words; `fine` is a code of theirs that is no error here.

    Raises:
        VendorTimeout: what was asked for may have happened.
        VendorError: it did not happen.
    """
    try:
        async with deadline(TIMEOUT_SECONDS):
            yield
    except TwilioRestException as error:
        if fine is not None and error.code == fine:
            return
        if error.status >= FAULT:
            raise VendorTimeout("twilio", f"failed ({error.status})") from error
        raise VendorError("twilio", f"refused ({error.code})", retryable=error.status == SLOW_DOWN) from error
    except TwilioException as error:
        raise VendorError("twilio", "could not be asked") from error
    except TimeoutError as error:
        raise VendorTimeout("twilio", "no answer in time") from error
    except ClientError as error:
        raise VendorTimeout("twilio", type(error).__name__) from error
