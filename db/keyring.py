"""The keys personal data rests under, read from the settings."""

import base64
import binascii
import hashlib
import hmac

from db.types import Keyring
from errors import ConfigError
from settings import Settings

DEV_KEY_ID = "dev"
HASH_KEY_ID = "hash"
"""An entry of PII_KEYS by this id is what numbers are hashed with; without one it comes from SECRET_KEY."""


def read_keyring(settings: Settings) -> Keyring:
    """The keyring of `PII_KEYS` (`id:base64key,...`; the first encrypts). Empty, as `dev` allows: from SECRET_KEY.

    Raises:
        ConfigError: every entry that is not a key, by its place; keys are never shown.
    """
    secret = settings.secret_key.get_secret_value().encode()
    keys: dict[str, bytes] = {}
    problems: list[str] = []
    entries = [entry.strip() for entry in settings.pii_keys.get_secret_value().split(",") if entry.strip()]
    for place, entry in enumerate(entries, 1):
        name, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not name or len(key) not in (16, 24, 32):
            problems.append(f"PII_KEYS: entry {place} is not id:key with a base64 key of 16, 24 or 32 bytes")
        elif name in keys:
            problems.append(f"PII_KEYS: entry {place} repeats the id of another")
        else:
            keys[name] = key
    if problems:
        raise ConfigError(problems)
    hash_key = keys.pop(HASH_KEY_ID, None) or derived(secret, "phone hash")
    if not keys:
        keys[DEV_KEY_ID] = derived(secret, "personal data")
    return Keyring(keys, primary=next(iter(keys)), hash_key=hash_key)


def derived(secret: bytes, use: str) -> bytes:
    """A 32-byte key for one use (HMAC-SHA256 of its name)."""
    return hmac.new(secret, use.encode(), hashlib.sha256).digest()
