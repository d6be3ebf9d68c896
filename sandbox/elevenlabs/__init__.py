"""ElevenLabs' wire protocol: voices over a websocket and over HTTP."""

from fastapi import APIRouter

from sandbox.elevenlabs import http, live

router = APIRouter()
router.include_router(live.router)
router.include_router(http.router)
