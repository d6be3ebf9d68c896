"""The control route that chooses which policy plays the language model."""

from fastapi import APIRouter, Request

from sandbox.models import Casting, models

router = APIRouter(prefix="/control", tags=["control"])


@router.post("/model")
async def choose(request: Request, casting: Casting) -> Casting:
    """Cast the polite, the hostile or a scripted model for both vendors, from the next request on."""
    models(request).cast(casting)
    return casting


@router.get("/model")
async def current(request: Request) -> Casting:
    """Who plays the model now, with what is left of the script."""
    return models(request).casting
