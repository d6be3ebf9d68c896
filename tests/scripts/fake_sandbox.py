"""A sandbox that only says its first line, for tests of the launcher."""

import json
import os
import sys

from scripts.outside import KEYS


def main() -> None:
    """Print the line, then wait for the end of standard input, as `--with-parent` asks."""
    if os.environ.get("FAKE_SANDBOX") == "broken":
        sys.stderr.write("voices are missing\n")
        raise SystemExit(3)
    names = {name: f"made-up-{name}" for group in KEYS.values() for name in group}
    bases = {vendor: f"http://127.0.0.1:1/{vendor}" for vendor in KEYS}
    sys.stdout.write(json.dumps({"url": "http://127.0.0.1:1", "base_urls": bases, "keys": names}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
