"""Connects a call to the process that has a place for it, whoever began it."""

from sqlalchemy.exc import SQLAlchemyError
from twilio.twiml.voice_response import VoiceResponse

from api.twiml import connected
from db.instances import Place
from errors import StoreDown
from runtime import Runtime

DOWN = (StoreDown, SQLAlchemyError, OSError)
"""What a store that cannot be reached comes out as."""


async def bridged(
    runtime: Runtime, sid: str, place: Place, *, pause: int = 0, first: str = "", language: str = ""
) -> VoiceResponse:
    """Connect a call to the place kept for it, with a one-time token. Raises StoreDown."""
    token = await runtime.live_calls.mint(sid)
    public = runtime.settings.public
    return connected(public, place.media, token, place.instance, pause=pause, first=first, language=language)
