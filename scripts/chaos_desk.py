"""The web process of the town: real doors for the carrier and the bank, callers who order, and silent conversations.

The audio is left out: who picks up is answered with a redirect to `/town/talk`, where the far end's answers are applied
through the product's operations. All that comes before and after a conversation is the product's own.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import uvicorn
import uvloop
from fastapi import FastAPI, Request, Response
from twilio.twiml.voice_response import VoiceResponse

from api import outbound, payments
from api.signed import SignedForm
from db.engine import transaction
from db.models import CallRow
from domain.dialling import Outcome
from errors import AppError, Conflict, PaymentDeclined, StoreDown, ToolError, VendorError
from operations import calls, dial_legs, dialling
from operations.pieces import Pieces
from scripts import chaos_orders
from scripts.chaos_setup import Setup
from scripts.chaos_street import Street
from scripts.chaos_talk import Talk
from scripts.chaos_worker import as_child
from settings import load_settings

HANG_UP_SECONDS = 0.3
"""Until the line is dead after the last word."""
LONGEST_SECONDS = 5.0
AGAIN, NEVER = 503, 409


@dataclass
class Front:
    """What the product's doors ask of a runtime."""

    pieces: Pieces
    setup: Setup
    counts: Counter[str] = field(default_factory=Counter)
    ending: set["asyncio.Task[None]"] = field(default_factory=set)

    def __getattr__(self, name: str) -> object:
        return getattr(self.pieces, name)


def doors(front: Front) -> FastAPI:
    """The application."""
    app = FastAPI()
    app.state.runtime = front
    app.include_router(outbound.router)
    app.include_router(payments.router)
    talk, street = Talk.of(front.pieces, front.setup), Street(front.pieces, front.setup)

    @app.post("/twilio/voice")
    async def voice(form: SignedForm, job: str = "") -> Response:
        """See `api.outbound.picked_up`."""
        row, twiml = None, VoiceResponse()
        if (dial_id := outbound.of(job)) is not None:
            async with transaction(front.pieces.sessions) as session:
                row = await dial_legs.picked_up(
                    session,
                    dial_id,
                    form.get("CallSid", ""),
                    form.get("To"),
                    front.pieces.clock,
                    front.pieces.keyring,
                )
        if row is None or calls.over(row.status):
            twiml.hangup()
        else:
            twiml.redirect(f"/town/talk?job={job}", method="POST")
        return Response(str(twiml), media_type="application/xml")

    @app.post("/twilio/status", status_code=204)
    async def status(form: SignedForm, job: str = "") -> None:
        """See `api.twilio.status`."""
        await outbound.reported(front, form, job)  # type: ignore[arg-type]
        async with transaction(front.pieces.sessions) as session:
            sid, state = form.get("CallSid", ""), form.get("CallStatus", "")
            await calls.note_status(session, sid=sid, status=state, clock=front.pieces.clock)

    @app.post("/town/talk")
    async def conversation(form: SignedForm, job: str) -> Response:
        """Nobody hears anything; what is agreed on is done."""
        sid, twiml = form.get("CallSid", ""), VoiceResponse()
        twiml.hangup()
        async with transaction(front.pieces.sessions) as session:
            call: CallRow | None = await calls.answer_call(session, sid, front.pieces.clock)
        if call is not None:
            note(front.setup, job, sid)
            await talk.hold(call)
            task = asyncio.create_task(said_goodbye(front, UUID(job), call.id))
            front.ending.add(task)
            task.add_done_callback(front.ending.discard)
        return Response(str(twiml), media_type="application/xml")

    @app.post("/town/orders/{number}")
    async def order(number: int, phone: str) -> Response:
        """Somebody calls and orders. 503: not known yet, they say it again. 409: it cannot be ordered."""
        try:
            await chaos_orders.order(front.pieces, front.setup, number, phone)
        except (ToolError, Conflict, PaymentDeclined) as error:
            return Response(error.message, NEVER)
        except (StoreDown, VendorError) as error:
            return Response(error.message, AGAIN)
        return Response(status_code=204)

    @app.post("/town/goodbyes/{number}")
    async def goodbye(number: int) -> Response:
        """They hang up."""
        try:
            await chaos_orders.hang_up(front.pieces, front.setup, number)
        except (StoreDown, VendorError) as error:
            return Response(error.message, AGAIN)
        return Response(status_code=204)

    @app.post("/town/street")
    async def people() -> dict[str, int]:
        """Kitchens and drivers do what has its time."""
        return {"done": await street.step()}

    @app.exception_handler(AppError)
    async def failed(_: Request, error: AppError) -> Response:
        return Response(error.message, AGAIN)

    return app


async def said_goodbye(front: Front, dial_id: UUID, call_id: UUID) -> None:
    """The line is dead: what the conversation has to say of itself, as `bot` does at its end."""
    await asyncio.sleep(HANG_UP_SECONDS)
    async with transaction(front.pieces.sessions) as session:
        await calls.close_call(session, call_id, outcome="goodbye", clock=front.pieces.clock)
        await dialling.over(session, dial_id, Outcome.TALKED, front.pieces.clock)


def note(setup: Setup, job: str, sid: str) -> None:
    """Write down that a conversation begins, so that it is known whatever becomes of this process."""
    line = json.dumps({"dial": job, "sid": sid, "pid": os.getpid(), "at": datetime.now(UTC).isoformat()})
    file = os.open(setup.talks, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(file, f"{line}\n".encode())
    os.close(file)


@asynccontextmanager
async def opened(setup: Setup) -> AsyncIterator[FastAPI]:
    """The application over its stores."""
    async with setup.pieces(load_settings(setup.environment)) as pieces:
        yield doors(Front(pieces, setup))


def run(setup: Setup, name: str, port: int) -> None:
    """Serve until killed."""
    as_child(setup, name)

    async def serve() -> None:
        async with opened(setup) as app:
            config = uvicorn.Config(app, port=port, log_level="warning", lifespan="off")
            await uvicorn.Server(config).serve()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
