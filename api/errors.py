"""How a refusal leaves the house: its status, and JSON with a type and a message."""

import math
import re

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from errors import AppError, StoreDown, TooMany

log = structlog.get_logger(__name__)
TYPES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "refused",
    404: "not_found",
    405: "method_not_allowed",
}


def add_error_handlers(app: FastAPI) -> None:
    """Give the application its one way of refusing."""
    app.exception_handler(AppError)(refused)
    app.exception_handler(HTTPException)(http_refused)
    app.exception_handler(RequestValidationError)(unreadable)
    app.exception_handler(DBAPIError)(database_failed)
    app.exception_handler(PoolTimeout)(database_failed)
    app.exception_handler(OSError)(database_failed)
    app.exception_handler(Exception)(broken)


async def refused(request: Request, error: Exception) -> JSONResponse:
    """One of ours: it carries its status."""
    if not isinstance(error, AppError):
        raise error
    if error.status >= 500:
        log.error("request.failed", path=door(request), error=type(error).__name__, reason=error.message)
    headers = {"Retry-After": str(math.ceil(error.retry_after))} if isinstance(error, TooMany) else None
    return answer(error.status, kind(error), error.message, headers)


async def http_refused(request: Request, error: Exception) -> JSONResponse:
    """Starlette's own: no such route, wrong method, no key."""
    if not isinstance(error, HTTPException):
        raise error
    return answer(error.status_code, TYPES.get(error.status_code, "error"), error.detail, error.headers)


async def unreadable(request: Request, error: Exception) -> JSONResponse:
    """The input does not have the right shape; what was sent is not repeated."""
    if not isinstance(error, RequestValidationError):
        raise error
    places = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    return answer(422, "invalid", "; ".join(places))


async def database_failed(request: Request, error: Exception) -> JSONResponse:
    """PostgreSQL or the way to it, and nobody turned that into a StoreDown: a driver's error, or no free connection."""
    log.error("request.store_down", path=door(request), error=type(error).__name__)
    return answer(
        StoreDown.status, "store_down", "a store cannot be reached; try again shortly", {"Retry-After": "5"}
    )


async def broken(request: Request, error: Exception) -> JSONResponse:
    """A fault of ours nobody foresaw; the log has it, the answer says nothing of it."""
    log.error("request.broken", path=door(request), exc_info=error)
    return answer(500, "app_error", "something went wrong on our side")


def door(request: Request) -> str:
    """The route as it was declared: what a caller put into the path may be a secret, such as the link to a photo."""
    return str(getattr(request.scope.get("route"), "path", "unknown"))


def kind(error: AppError) -> str:
    """`TooMany` -> `too_many`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def answer(status: int, type: str, message: str, headers: object = None) -> JSONResponse:
    """`{"error": {"type", "message"}}`."""
    given = dict(headers) if isinstance(headers, dict) else None
    return JSONResponse({"error": {"type": type, "message": message}}, status, headers=given)
