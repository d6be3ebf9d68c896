"""Column types: text, bytes and JSON that rest encrypted, and times that are always aware and in UTC."""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import DateTime, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

NONCE_BYTES = 12  # what AES-GCM is specified for (NIST SP 800-38D, 8.2.1)


class UnreadableError(Exception):
    """A stored value that no key of ours opens: unknown key id, wrong column, or damage."""


@dataclass(frozen=True)
class Keyring:
    """The keys personal data rests under: any of them opens, the primary one closes.

    Raises ValueError when the primary is missing or a key is not 16, 24 or 32 bytes.
    """

    keys: Mapping[str, bytes] = field(repr=False)
    primary: str
    hash_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.primary not in self.keys:
            raise ValueError(f"the primary key {self.primary!r} is not among {sorted(self.keys)}")
        for name, key in self.keys.items():
            if len(key) not in (16, 24, 32):
                raise ValueError(f"key {name!r} has {len(key)} bytes; AES takes 16, 24 or 32")
            if not 1 <= len(name.encode()) <= 255:
                raise ValueError("a key id is 1 to 255 bytes long")

    def seal(self, plain: bytes, context: str) -> bytes:
        """`len(id) | id | nonce | ciphertext`, bound to `context` ("table.column")."""
        nonce, name = os.urandom(NONCE_BYTES), self.primary.encode()
        sealed = AESGCM(self.keys[self.primary]).encrypt(nonce, plain, context.encode())
        return bytes([len(name)]) + name + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """The bytes `seal` was given. Raises UnreadableError."""
        name = self.key_of(sealed)
        if name not in self.keys:
            raise UnreadableError(f"{context} is under key {name!r}, which the keyring lacks")
        body = sealed[1 + sealed[0] :]
        try:
            return AESGCM(self.keys[name]).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise UnreadableError(f"{context} does not open under key {name!r}") from error

    def key_of(self, sealed: bytes) -> str:
        """The id of the key a value rests under, so that a rotation can find the old ones."""
        return sealed[1 : 1 + sealed[0]].decode(errors="replace") if sealed else ""

    def phone_hash(self, e164: str) -> str:
        """What a number is looked up by: 64 hex digits."""
        return phone_hash(e164, self.hash_key)

    def keyed_hash(self, use: str, secret: str) -> str:
        """What a short secret is kept and compared as, bound to its use: 64 hex digits."""
        return hmac.new(self.hash_key, f"{use}:{secret}".encode(), hashlib.sha256).hexdigest()


def phone_hash(e164: str, hash_key: bytes) -> str:
    """HMAC-SHA256 of a number in E.164 form, as 64 hex digits. Raises ValueError on another form."""
    if not (e164.startswith("+") and e164[1:].isascii() and e164[1:].isdigit()):
        raise ValueError("a phone number is hashed in E.164 form only")
    return hmac.new(hash_key, e164.encode(), hashlib.sha256).hexdigest()


class _Holder:
    """Where the column types find the keys: set when the engine opens, one per process."""

    keyring: Keyring | None = None


def hold(keyring: Keyring) -> None:
    """Give the column types their keys."""
    _Holder.keyring = keyring


def held() -> Keyring:
    """The keys in use. Raises RuntimeError before an engine was opened."""
    if _Holder.keyring is None:
        raise RuntimeError("no keyring: open the engine before reading or writing encrypted columns")
    return _Holder.keyring


class Encrypted(TypeDecorator[str]):
    """Text that rests as AES-GCM bytes; `context` is its "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        return None if value is None else held().seal(value.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Open on the way out."""
        return None if value is None else held().open(value, self.context).decode()


class EncryptedBytes(TypeDecorator[bytes]):
    """Bytes that rest as AES-GCM bytes; `context` is their "table.column". 5 MB take 3 to 7 ms."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        return None if value is None else held().seal(value, self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Open on the way out."""
        return None if value is None else held().open(value, self.context)


class EncryptedJSON(TypeDecorator[Any]):
    """A JSON value that rests as AES-GCM bytes; assign a new value to change it, edits in place go unseen."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        if value is None:
            return None
        return held().seal(json.dumps(value, ensure_ascii=False).encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Open on the way out."""
        return None if value is None else json.loads(held().open(value, self.context))


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: stored with its zone, read back in UTC. Raises ValueError on a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time that does not say where it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not a moment; give it a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC, whatever the server's zone."""
        return None if value is None else value.astimezone(UTC)
