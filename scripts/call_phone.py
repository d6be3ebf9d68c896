"""The sandbox's control panel, as the simulated caller's side needs it: start a call, watch it, break a vendor."""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from scripts.child import StackError

ENDED = ("completed", "busy", "no-answer", "canceled", "failed")


@dataclass(frozen=True)
class Heard:
    """A call as the caller's side of the line knows it."""

    over: bool
    state: str
    error: str | None
    ended_by: str | None
    spoken: list[str]
    """Every sentence the caller has finished saying."""


class Phone:
    """A client of the sandbox; an async context manager."""

    def __init__(self, sandbox_url: str, server_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=sandbox_url, timeout=30.0, trust_env=False)
        self._webhook = f"{server_url}/twilio/voice"
        self._status = f"{server_url}/twilio/status"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def call(self, scenario: dict[str, Any], *, record: bool) -> str:
        """Have the person of a scenario, as its file is written, phone us; returns the CallSid. Raises StackError."""
        asked = {
            "scenario": scenario,
            "webhook": self._webhook,
            "status_callback": self._status,
            "record": record,
        }
        return str((await self._post("/control/calls", asked))["sid"])

    async def heard(self, sid: str) -> Heard:
        """The call as it stands. Raises StackError."""
        answer = await self._client.get(f"/control/calls/{sid}")
        if answer.is_error:
            raise StackError(f"the sandbox says {answer.status_code} to a call: {answer.text}")
        seen = answer.json()
        spoken = [turn["text"] for turn in seen["turns"] if turn["who"] == "caller"]
        return Heard(seen["state"] in ENDED, seen["state"], seen["error"], seen["ended_by"], spoken)

    async def hang_up(self, sid: str) -> None:
        """Have the person put the telephone down."""
        await self._post(f"/control/calls/{sid}/hangup", {})

    async def recording(self, sid: str) -> bytes:
        """The sound of a finished call as WAV. Raises StackError."""
        answer = await self._client.get(f"/control/calls/{sid}/recording.wav")
        if answer.is_error:
            raise StackError(f"the sandbox has no recording of {sid}")
        return answer.content

    async def break_vendors(self, faults: list[dict[str, Any]]) -> None:
        """Arm faults, each `{"vendor", "kind", ...}` as `sandbox/faults.py` describes. Raises StackError."""
        for fault in faults:
            await self._post("/control/faults", fault)

    async def mend_vendors(self) -> None:
        """Clear every fault."""
        (await self._client.delete("/control/faults")).raise_for_status()

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._client.post(path, json=body)
        if answer.is_error:
            raise StackError(f"the sandbox refused {path}: {answer.text}")
        said: dict[str, Any] = answer.json()
        return said
