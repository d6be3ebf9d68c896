"""The page of telephones: who is on the line, and what has been said."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse

PAGE = Path(__file__).with_name("telephones.html")

router = APIRouter()


@router.get("/")
async def telephones() -> FileResponse:
    """The page; it asks `/control/calls` twice a second."""
    return FileResponse(PAGE, media_type="text/html")
