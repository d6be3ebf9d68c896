"""Who may ask: API keys with scopes, a browser session made from one, and how often they may ask."""

import hashlib
import hmac
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, SecretStr
from starlette.requests import HTTPConnection

from api.request import check, runtime_of, source_of, spend
from db.models import Audit
from errors import ConfigError, Refused

log = structlog.get_logger(__name__)
router = APIRouter(tags=["session"])

Scope = Literal["read", "operate", "privacy"]
SCOPES: tuple[Scope, ...] = ("read", "operate", "privacy")
SCOPED = ("restaurant=", "driver=")
"""Scopes that name one restaurant or driver."""
COOKIE = "tiffin_session"
SESSION_SECONDS = 12 * 3600
PER_KEY, PER_ADDRESS, WRONG_KEYS, SESSIONS = 600, 1200, 20, 60
"""Requests a minute: of one key, and from one address: in all, with a wrong key, and for a session."""
LEAST_SECRET = 16
"""Characters of an API key: random letters and digits of that length cannot be guessed."""
SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Key:
    """Somebody who may ask, by the name the operator gave them."""

    name: str
    scopes: frozenset[str]
    digest: bytes = field(default=b"", repr=False)
    """SHA-256 of the secret; the secret itself is not kept."""

    def may(self, scope: str) -> bool:
        """Whether the key has a scope."""
        return scope in self.scopes


class Keys:
    """All keys of this deployment."""

    def __init__(self, keys: tuple[Key, ...], signing: SecretStr) -> None:
        self._keys = keys
        self._signing = signing.get_secret_value().encode()

    def find(self, secret: str) -> Key | None:
        """The key with this secret; takes the same time whichever it is."""
        digest = hashlib.sha256(secret.encode()).digest()
        fitting = [key for key in self._keys if hmac.compare_digest(key.digest, digest)]
        return fitting[0] if fitting else None

    def session(self, key: Key, now: float) -> str:
        """A cookie's value that stands for a key until `now` + `SESSION_SECONDS` (Unix seconds)."""
        claim = f"{key.name}.{int(now) + SESSION_SECONDS}"
        return f"{claim}.{self._sign(claim, key)}"

    def of_session(self, cookie: str, now: float) -> Key | None:
        """The key a cookie stands for; None when it is forged, too old, or the key was changed or withdrawn."""
        claim, _, signature = cookie.rpartition(".")
        name, _, until = claim.partition(".")
        for key in self._keys:
            if key.name == name and hmac.compare_digest(self._sign(claim, key).encode(), signature.encode()):
                return key if int(until) > now else None
        return None

    def _sign(self, claim: str, key: Key) -> str:
        return hmac.new(self._signing + key.digest, claim.encode(), hashlib.sha256).hexdigest()


def parse_keys(text: SecretStr, signing: SecretStr, dev_key: str | None = None) -> Keys:
    """The keys of `API_KEYS` (`name:secret:scope+scope,...`), and the one `dev` made for itself with every scope.

    Raises:
        ConfigError: every malformed entry, by its place; secrets are never shown.
    """
    keys: list[Key] = []
    problems: list[str] = []
    entries = [entry.strip() for entry in text.get_secret_value().split(",") if entry.strip()]
    for place, entry in enumerate(entries, 1):
        name, secret, scopes = [*entry.split(":"), "", ""][:3]
        given = frozenset(scopes.split("+")) if scopes else frozenset()
        unknown = [scope for scope in given if scope not in SCOPES and not scope.startswith(SCOPED)]
        if entry.count(":") != 2 or not re.fullmatch(r"[\w-]+", name) or not secret or not given:
            problems.append(f"API_KEYS: entry {place} is not name:secret:scope+scope")
        elif unknown:
            problems.append(f"API_KEYS: entry {place} has an unknown scope; known are {', '.join(SCOPES)}")
        elif any(key.name == name for key in keys):
            problems.append(f"API_KEYS: entry {place} repeats the name of another")
        elif len(secret) < LEAST_SECRET:
            problems.append(f"API_KEYS: entry {place} has a secret of under {LEAST_SECRET} characters")
        else:
            keys.append(Key(name, given, hashlib.sha256(secret.encode()).digest()))
    if problems:
        raise ConfigError(problems)
    if dev_key:
        keys.append(Key("dev", frozenset(SCOPES), hashlib.sha256(dev_key.encode()).digest()))
    return Keys(tuple(keys), signing)


def needs(scope: Scope) -> Callable[[Request], Awaitable[Key]]:
    """A dependency that lets a request through only with a key of this scope, and returns the key.

    The key comes as `Authorization: Bearer`, as `X-API-Key`, or as the session cookie of `POST /session`.
    Answers 401 without one, 403 without the scope, 429 when it asks too often. `privacy` leaves an audit row.
    """

    async def allowed(request: Request) -> Key:
        await spend(runtime_of(request), f"address:{source_of(request)}", PER_ADDRESS)
        secret = secret_of(request)
        key = await of_secret(request, secret) if secret else of_cookie(request)
        await permit(request, key, scope)
        if scope == "privacy":
            await note_privacy(request, key)
        return key

    return allowed


async def admit(connection: HTTPConnection, scope: Scope, secret: str) -> Key:
    """Let a socket in with a key of this scope, in a header or as `secret`; a browser's cookie does not count.

    Raises HTTPException 401, Refused, TooMany.
    """
    await spend(runtime_of(connection), f"address:{source_of(connection)}", PER_ADDRESS)
    given = secret_of(connection) or secret
    if not given:
        raise unknown()
    key = await of_secret(connection, given)
    await permit(connection, key, scope)
    return key


async def permit(connection: HTTPConnection, key: Key, scope: Scope) -> None:
    """Raises TooMany when the key asks too often, Refused when it lacks the scope."""
    await spend(runtime_of(connection), f"key:{key.name}", PER_KEY)
    if not key.may(scope):
        raise Refused(f"this key lacks the scope {scope}")


def secret_of(connection: HTTPConnection) -> str:
    """The secret in the headers; empty without one."""
    bearer = connection.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return bearer or connection.headers.get("X-API-Key", "")


async def of_secret(connection: HTTPConnection, secret: str) -> Key:
    """The key with this secret. Raises HTTPException 401, TooMany after wrong guesses: then for a right one, too."""
    runtime, bucket = runtime_of(connection), f"wrong-key:{source_of(connection)}"
    await check(runtime, bucket, WRONG_KEYS)
    keys: Keys = connection.app.state.keys
    key = keys.find(secret)
    if key is None:
        await spend(runtime, bucket, WRONG_KEYS)
        raise unknown()
    return key


def of_cookie(request: Request) -> Key:
    """The key of a browser's session. Raises HTTPException 401, and Refused for a cookie used from another site.

    A signature cannot be guessed, and a session that has run out is no guess: neither counts as a wrong key.
    """
    keys: Keys = request.app.state.keys
    key = keys.of_session(request.cookies.get(COOKIE, ""), time.time())
    if key is None:
        raise unknown()
    if request.method not in SAFE and not same_origin(request):
        raise Refused("a browser session works from the console's own page only")
    return key


def unknown() -> HTTPException:
    """The answer to somebody without a key of ours."""
    return HTTPException(401, "give an API key", headers={"WWW-Authenticate": "Bearer"})


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a browser says that the request comes from a page of ours."""
    origin = urlsplit(connection.headers.get("Origin", "")).netloc
    ours = {connection.headers.get("Host", ""), urlsplit(runtime_of(connection).settings.public).netloc}
    return bool(origin) and origin in ours


async def note_privacy(request: Request, key: Key) -> None:
    """Write down that personal data was asked for: who, what, when, from where."""
    runtime = runtime_of(request)
    one_call = request.query_params.get("call")  # of /events: whose words were followed
    path = f"{request.url.path}?call={one_call}" if one_call else request.url.path
    row = Audit(
        actor=f"key:{key.name}",
        action="key.privacy",
        subject=f"{request.method} {path}"[:80],
        source=source_of(request)[:80],
        at=runtime.clock.now(),
    )
    async with runtime.sessions() as session, session.begin():
        session.add(row)


class Login(BaseModel):
    """What the console sends to open a session."""

    key: SecretStr


@router.post("/session")
async def open_session(login: Login, request: Request, response: Response) -> dict[str, object]:
    """Exchange a key for an httpOnly, SameSite=Strict cookie, so that no script of the page holds the key."""
    runtime, source = runtime_of(request), source_of(request)
    await spend(runtime, f"address:{source}", PER_ADDRESS)
    await spend(runtime, f"session:{source}", SESSIONS)
    key = await of_secret(request, login.key.get_secret_value())
    response.set_cookie(
        COOKIE,
        request.app.state.keys.session(key, time.time()),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=runtime.settings.public.startswith("https://"),
    )
    return {"name": key.name, "scopes": sorted(key.scopes)}


@router.get("/session")
async def who(key: Annotated[Key, Depends(needs("read"))]) -> dict[str, object]:
    """Whose session this is."""
    return {"name": key.name, "scopes": sorted(key.scopes)}


@router.delete("/session", status_code=204)
async def close_session(response: Response) -> None:
    """Forget the cookie."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
