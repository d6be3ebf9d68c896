"""The network's webhooks: signed forms, and what can go wrong with them on their way."""

import asyncio
import contextlib
import uuid
from collections.abc import Coroutine
from typing import Any

import httpx

from sandbox.faults import WEBHOOK_KINDS, Faults
from sandbox.twilio.signature import sign

WEBHOOK_SECONDS = 15.0


class Callbacks:
    """Posts forms to the product. `work` is everything that still has to be done before the network closes."""

    def __init__(self, token: str, faults: Faults) -> None:
        self._token = token
        self._faults = faults
        self._client = httpx.AsyncClient(timeout=WEBHOOK_SECONDS)
        self._work: set[asyncio.Task[None]] = set()
        self._late: set[asyncio.Task[None]] = set()
        self._overtaken: dict[str, asyncio.Event] = {}

    async def close(self) -> None:
        """Finish what is being delivered; what is held back is never delivered."""
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._work, *self._late, return_exceptions=True)
        await self._client.aclose()

    def signature(self, url: str) -> str:
        """The signature of a request without a form, as of a media socket."""
        return sign(self._token, url, {})

    async def ask(self, url: str, form: dict[str, str]) -> httpx.Response:
        """Ask what to do with a call or text; raises httpx.HTTPError. May come late or twice, but comes."""
        fault = self._faults.take("twilio", f"{url} {_state(form)}", ("webhook_late", "webhook_twice"))
        if fault is not None and fault.kind == "webhook_late":
            await asyncio.sleep(fault.seconds)
        token = str(uuid.uuid4())
        answer = await self._post(url, form, token)
        if fault is not None and fault.kind == "webhook_twice":
            self.later(self._send_later(url, form, token, fault.seconds))
        return answer

    async def tell(self, url: str, form: dict[str, str]) -> None:
        """Report something; nobody minds if that fails, comes late, twice, after the next report, or never."""
        about = form.get("CallSid") or form.get("MessageSid", "")
        fault = self._faults.take("twilio", f"{url} {_state(form)}", WEBHOOK_KINDS)
        kind = None if fault is None else fault.kind
        if fault is None or kind == "webhook_twice":
            token = str(uuid.uuid4())
            await self._send(url, form, token)
            if fault is not None:
                self.later(self._send_later(url, form, token, fault.seconds))
            if (overtaken := self._overtaken.pop(about, None)) is not None:
                overtaken.set()
        elif kind == "webhook_late":
            self.later(self._send_later(url, form, str(uuid.uuid4()), fault.seconds))
        elif kind == "webhook_reordered":
            passed = self._overtaken.setdefault(about, asyncio.Event())
            self.later(self._send_after(url, form, passed, fault.seconds))

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside, and have it done before the network closes."""
        _keep(self._work, work)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that is given up when the network closes."""
        _keep(self._late, work)

    async def _send_later(self, url: str, form: dict[str, str], token: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._send(url, form, token)

    async def _send_after(
        self, url: str, form: dict[str, str], passed: asyncio.Event, seconds: float
    ) -> None:
        """Once another report of the same call has been delivered, or none came for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await passed.wait()
        await self._send(url, form, str(uuid.uuid4()))

    async def _send(self, url: str, form: dict[str, str], token: str) -> None:
        with contextlib.suppress(httpx.HTTPError):
            await self._post(url, form, token)

    async def _post(self, url: str, form: dict[str, str], token: str) -> httpx.Response:
        headers = {
            "X-Twilio-Signature": sign(self._token, url, form),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
        }
        return await self._client.post(url, data=form, headers=headers)


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def _state(form: dict[str, str]) -> str:
    """What a form reports, for a fault to match: `completed`, `delivered`, `human`."""
    names = ("RecordingStatus", "MessageStatus", "AnsweredBy", "CallStatus")
    return next((form[name] for name in names if name in form), "")
