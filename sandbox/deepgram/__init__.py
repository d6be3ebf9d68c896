"""Deepgram's wire protocol: live listening and the Aura voices."""

from fastapi import APIRouter

from sandbox.deepgram import listen, speak

router = APIRouter()
router.include_router(listen.router)
router.include_router(speak.router)
