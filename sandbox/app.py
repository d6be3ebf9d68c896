"""The box as one web application: every vendor's routes on one port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from sandbox import (
    anthropic,
    callees_control,
    control,
    deepgram,
    elevenlabs,
    maps,
    models_control,
    openai,
    page,
    razorpay,
    riding_control,
    stripe,
)
from sandbox.box import Box
from sandbox.twilio import rest


@contextlib.asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    box: Box = app.state.box
    recalling = asyncio.create_task(box.speech.recall())
    try:
        yield
    finally:
        recalling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await recalling
        await box.rides.close()
        await box.network.close()


def create_app(box: Box) -> FastAPI:
    """All vendors, the control API and the page of telephones."""
    app = FastAPI(title="Sandbox", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_life)
    app.state.box = box
    for router in (
        deepgram.router,
        elevenlabs.router,
        rest.router,
        anthropic.router,
        openai.router,
        stripe.router,
        razorpay.router,
        maps.router,
        control.router,
        callees_control.router,
        riding_control.router,
        models_control.router,
        page.router,
    ):
        app.include_router(router)
    return app
