"""A link for photos of what went wrong, texted to the number that calls; the complaint stands with it or without."""

from contextlib import suppress

from compliance import wording
from db.models import Complaint
from domain.policy import Evidence
from errors import Refused, StoreDown, VendorError, VendorTimeout
from operations import evidence
from operations.evidence import Fresh
from tools.call import Call
from tools.proving import textable

SECONDS = 6.0  # one talk with the telephone company
NO_TEXTS = "all.optout"


async def texted(call: Call, filed: Complaint, wanted: Evidence | None) -> str:
    """Text the link of a complaint once, if a photo is wanted; what may be said of it, with a space before.

    Empty when no text went out that we know of: none is wanted or allowed, one went out before, the number belongs
    to somebody else than the caller, or the telephone company refused or did not answer.
    """
    if wanted is not Evidence.PHOTO or call.state.denied or not call.public_url:
        return ""
    number = textable(call)
    if number is None:
        return ""
    try:
        async with call.transaction() as session:
            if await evidence.wants_no_texts(session, call.state):
                call.record("compliance.text", allowed=False, rule=NO_TEXTS)
                return ""
            fresh = await evidence.make(session, filed.id, call.clock.now())
    except StoreDown:
        return ""
    if fresh is None or not await _sent(call, number, filed, fresh):
        return ""
    return f" {wording.PHOTO_LINK_SENT}"


async def _sent(call: Call, number: str, filed: Complaint, fresh: Fresh) -> bool:
    """Whether the telephone company has taken the text. One whose answer was lost is never sent again."""
    assert call.outgoing
    link = f"{call.public_url}/photos/{fresh.token}"
    body = wording.PHOTO_TEXT.format(reference=filed.reference, link=link)
    try:
        await call.outgoing.text(number, body, line=call.state.line)
    except VendorTimeout:
        call.record("photo_link.sent", complaint=str(filed.id), sure=False)
        return False
    except (VendorError, Refused):
        with suppress(StoreDown):
            async with call.transaction() as session:
                await evidence.not_sent(session, fresh)
        call.record("photo_link.refused", complaint=str(filed.id))
        return False
    with suppress(StoreDown):  # the text is out, whether we can note that or not
        async with call.transaction() as session:
            await evidence.sent(session, fresh, call.clock.now())
    call.record("photo_link.sent", complaint=str(filed.id), sure=True)
    return True
