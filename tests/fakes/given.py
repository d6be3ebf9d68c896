"""What every test's database has been made with."""

from datetime import UTC, datetime

from db.types import Keyring

KEYRING = Keyring({"test": b"k" * 32}, primary="test", hash_key=b"h" * 32)
SEEDED_AT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)  # a Monday; half past twelve in Texas, midnight in India
