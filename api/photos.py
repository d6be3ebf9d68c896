"""The door for photos of what went wrong: no key but the link that was texted, a few at a time, no word of a person."""

from collections.abc import AsyncGenerator, Coroutine
from typing import TypeVar

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from api import photo_page
from api.photo_page import Refusal
from api.request import runtime_of, source_of, spend
from deadline import deadline
from errors import AppError, Conflict, Invalid, NotFound, StoreDown, TooMany
from operations import evidence
from operations.evidence import FULL, MOST_PHOTOS, Case
from operations.pictures import UNREADABLE, Picture, cleaned
from runtime import Runtime

log = structlog.get_logger(__name__)
Read = TypeVar("Read")
router = APIRouter(prefix="/photos", include_in_schema=False)

LOOKS, UPLOADS = 60, 20
"""Requests a minute from one address; many telephones may share one."""
MOST_BYTES = 5 * 1024 * 1024
FRAMING = 16 * 1024  # what a browser writes around the file
LET_PASS = 32 * 1024 * 1024
"""So much of a body that is not wanted is read and dropped: a browser shows our page only once it has sent it all."""
SECONDS = 120.0  # 5 MB over a slow mobile network take 80


class TooLarge(AppError):
    """More than a photo may have."""

    status = 413


class TooSlow(AppError):
    """The photo was not here in time."""

    status = 408


REFUSALS = (NotFound, Conflict, Invalid, TooLarge, TooSlow, TooMany, StoreDown, SQLAlchemyError, OSError)
"""All that is answered with a page. A store's own TimeoutError is an OSError."""
PAGES: tuple[tuple[type[Exception], Refusal], ...] = (
    (NotFound, photo_page.GONE),
    (Conflict, photo_page.FULL),
    (Invalid, photo_page.NO_PICTURE),
    (TooLarge, photo_page.LARGE),
    (TooMany, photo_page.OFTEN),
    (TooSlow, photo_page.SLOW),
)


class Body:
    """A request's body, counted while it is read."""

    def __init__(self, request: Request) -> None:
        self._stream = request.stream()
        self._read = 0

    async def upto(self, most: int) -> AsyncGenerator[bytes, None]:
        """What comes, as it comes. Raises TooLarge as soon as it is more than `most` bytes."""
        async for chunk in self._stream:
            self._read += len(chunk)
            if self._read > most:
                raise TooLarge("the photo is too large")
            yield chunk

    async def drop(self) -> None:
        """Let the rest pass, up to a limit, or as long as it may take."""
        async for chunk in self._stream:
            self._read += len(chunk)
            if self._read > LET_PASS:
                return


@router.get("/{token}")
async def show_page(request: Request, token: str) -> Response:
    """The page of a link."""
    runtime = runtime_of(request)
    try:
        await spend(runtime, f"photos:{source_of(request)}", LOOKS)
        return photo_page.asking(await case_of(runtime, token))
    except REFUSALS as error:
        return refused(error)


@router.post("/{token}")
async def take_photo(request: Request, token: str) -> Response:
    """Take one photo, and show the page again."""
    runtime, body = runtime_of(request), Body(request)
    try:
        await keep(runtime, token, await taken(runtime, request, token, body))
    except ClientDisconnect:
        return Response(status_code=400)  # nobody reads it
    except REFUSALS as error:
        return refused(error)
    return RedirectResponse(f"/photos/{token}", 303)


async def in_time(reading: Coroutine[None, None, Read]) -> Read:
    """What is read of a body, in SECONDS; how long a store may take is its own affair. Raises TooSlow."""
    try:
        async with deadline(SECONDS):
            return await reading
    except TimeoutError:
        raise TooSlow("the photo took too long") from None


async def taken(runtime: Runtime, request: Request, token: str, body: Body) -> Picture:
    """The photo of an upload; a body that is refused is read to its end. Raises REFUSALS."""
    try:
        await spend(runtime, f"photo-upload:{source_of(request)}", UPLOADS)
        if (await case_of(runtime, token)).photos >= MOST_PHOTOS:
            raise Conflict(FULL)
        return await cleaned(await in_time(photo_in(request, body)))
    except TooSlow:
        raise
    except REFUSALS:
        await in_time(body.drop())
        raise


async def case_of(runtime: Runtime, token: str) -> Case:
    """What a link is for. Raises NotFound."""
    async with runtime.sessions() as session:
        return await evidence.case_of(session, token, runtime.clock.now())


async def keep(runtime: Runtime, token: str, picture: Picture) -> None:
    """Keep a photo. Raises NotFound, Conflict."""
    async with runtime.sessions() as session, session.begin():
        await evidence.keep(session, token, picture, runtime.clock.now())


async def photo_in(request: Request, body: Body) -> bytes:
    """The file of the form, read into memory only: what comes in is on no disk before it is sealed.

    Raises:
        TooLarge: it has more than 5 MB.
        Invalid: there is no file, there are several, or it is no form.
    """
    if not request.headers.get("Content-Type", "").startswith("multipart/form-data"):
        raise Invalid(UNREADABLE)
    parser = MultiPartParser(request.headers, body.upto(MOST_BYTES + FRAMING), max_files=1, max_fields=1)
    parser.spool_max_size = MOST_BYTES + FRAMING
    try:
        form = await parser.parse()
    except MultiPartException:
        raise Invalid(UNREADABLE) from None
    try:
        file = form.get("photo")
        if not isinstance(file, UploadFile):
            raise Invalid(UNREADABLE)
        data = await file.read()
    finally:
        await form.close()
    if len(data) > MOST_BYTES:
        raise TooLarge("the photo is too large")
    return data


def refused(error: Exception) -> Response:
    """The page for a refusal, also of a store."""
    found = next((page for kind, page in PAGES if isinstance(error, kind)), photo_page.DOWN)
    if found is photo_page.DOWN:
        log.error("photos.store_down", error=type(error).__name__)
    return photo_page.refusing(found, error.retry_after if isinstance(error, TooMany) else None)
