"""Serves the operator's page: static files from this folder, with headers that keep other hosts out."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"

HEADERS = {
    # Scripts from here only; sound comes as a media stream of the peer connection.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; media-src 'self' mediastream: blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # Small files, and a new release must show at once: the browser asks every time and mostly hears 304.
    "Cache-Control": "no-cache",
}

files = StaticFiles(directory=STATIC)
router = APIRouter(include_in_schema=False)


@router.get("/")
async def show_console(request: Request) -> Response:
    """The page."""
    return await serve("index.html", request)


@router.get("/console/{path:path}")
async def show_file(path: str, request: Request) -> Response:
    """What the page loads. Answers 404 for anything outside the folder."""
    return await serve(path, request)


async def serve(path: str, request: Request) -> Response:
    """A static file with the page's headers."""
    answer = await files.get_response(path, request.scope)
    answer.headers.update(HEADERS)
    return answer
