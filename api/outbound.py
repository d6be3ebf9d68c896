"""The outgoing side of Twilio's doors: somebody we called has picked up, what has become of it, and who it was.

`job` in an address is the id of the row that the call was asked for under, see `operations.dialling`.
"""

from collections.abc import Mapping
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response

from api.bridging import DOWN, bridged
from api.request import runtime_of
from api.signed import SignedForm
from api.twiml import hung_up, twiml
from db.engine import transaction
from domain.dialling import Outcome
from errors import NotFound
from operations import calls, dial_legs, dialling
from runtime import Runtime

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/twilio", tags=["twilio"])


async def picked_up(runtime: Runtime, form: Mapping[str, str], job: str) -> Response:
    """Bridge a call that was picked up, or hang up: nobody we called is asked to hold or told of our troubles.

    A leg that is not the row's call is hung up at once, so there are never two conversations for one job. Where all
    lines are busy the row is over, and the job tries again.
    """
    sid, dial_id, row = form.get("CallSid", ""), of(job), None
    try:
        if dial_id is not None:
            async with transaction(runtime.sessions) as session:
                row = await dial_legs.picked_up(
                    session, dial_id, sid, form.get("To"), runtime.clock, runtime.keyring
                )
        if row is None or dial_id is None:
            runtime.counts["twilio.second_leg"] += 1
            log.warning("twilio.second_leg", sid=sid, count=runtime.counts["twilio.second_leg"])
            return twiml(hung_up())
        if calls.over(row.status):
            return twiml(hung_up())
        place = await runtime.presence.place(sid)
        if place is None:
            runtime.counts["twilio.all_busy"] += 1
            log.warning("twilio.all_busy", call_id=str(row.id), count=runtime.counts["twilio.all_busy"])
            async with transaction(runtime.sessions) as session:
                await calls.close_call(session, row.id, outcome="all_busy", clock=runtime.clock)
                await dialling.over(session, dial_id, Outcome.FAILED, runtime.clock)
            return twiml(hung_up())
        return twiml(await bridged(runtime, sid, place))
    except NotFound:
        log.warning("twilio.unknown_line", line=form.get("From"))
    except DOWN as error:
        log.error("twilio.cannot_answer", error=type(error).__name__)
    return twiml(hung_up())


async def reported(runtime: Runtime, form: Mapping[str, str], job: str) -> None:
    """The row of a call follows what the carrier says of it. Raises StoreDown."""
    if (dial_id := of(job)) is None:
        return
    number = form.get("SequenceNumber", "")
    async with transaction(runtime.sessions) as session:
        await dial_legs.reported(
            session,
            dial_id,
            form.get("CallSid", ""),
            form.get("CallStatus", ""),
            int(number) if number.isascii() and number.isdigit() else None,
            runtime.clock,
        )


@router.post("/amd", status_code=204)
async def detected(form: SignedForm, request: Request, job: str = "") -> None:
    """Machine detection has made up its mind, while the conversation may have begun; its first verdict stays."""
    runtime, answered_by = runtime_of(request), form.get("AnsweredBy", "")
    if (dial_id := of(job)) is None or not answered_by:
        return
    async with transaction(runtime.sessions) as session:
        await dial_legs.detected(session, dial_id, form.get("CallSid", ""), answered_by)


def begun_by_us(form: Mapping[str, str]) -> bool:
    """Whether the carrier says that it is a call we asked for."""
    return form.get("Direction", "").startswith(calls.OUTBOUND)


def of(job: str) -> UUID | None:
    """The row's id in an address; None where it is none."""
    try:
        return UUID(job)
    except ValueError:
        return None
