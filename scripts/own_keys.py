"""The secrets of one data folder: made once, readable by their owner only."""

import base64
import json
import os
import secrets
from pathlib import Path

SCOPES = "read+operate+privacy"


def write_private(file: Path, text: str) -> None:
    """Replace a file in one step; nobody but its owner may ever read it."""
    new = file.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    new.replace(file)


def own_keys(data_dir: Path) -> dict[str, str]:
    """`secret_key`, `pii_keys` and `api_key` of this folder; without them its database cannot be read."""
    file = data_dir / "secrets.json"
    if file.exists():
        return dict(json.loads(file.read_text()))
    keys = {
        "secret_key": secrets.token_urlsafe(48),
        "pii_keys": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "api_key": secrets.token_urlsafe(24),
    }
    write_private(file, json.dumps(keys, indent=1))
    return keys
