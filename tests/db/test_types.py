"""Encrypted columns and moments: what goes in comes out, and nothing else opens it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import postgresql

from db.types import (
    Encrypted,
    EncryptedBytes,
    EncryptedJSON,
    Keyring,
    UnreadableError,
    UtcDateTime,
    hold,
    phone_hash,
)

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
OLD, NEW = b"o" * 32, b"n" * 32


def ring(primary: str = "old", **keys: bytes) -> Keyring:
    return Keyring(keys or {"old": OLD}, primary=primary, hash_key=b"h" * 32)


def test_a_key_that_is_no_longer_primary_still_opens() -> None:
    sealed = ring().seal(b"Asha", "customers.name")
    rotated = ring("new", old=OLD, new=NEW)
    assert rotated.open(sealed, "customers.name") == b"Asha"
    assert rotated.key_of(sealed) == "old"
    assert rotated.key_of(rotated.seal(b"Asha", "customers.name")) == "new"


def test_a_value_moved_to_another_column_does_not_open() -> None:
    sealed = ring().seal(b"Asha", "customers.name")
    with pytest.raises(UnreadableError, match=r"drivers\.name"):
        ring().open(sealed, "drivers.name")


@pytest.mark.parametrize("broken", [b"", b"\x03old", b"\x03old" + b"0" * 12, b"\x07unknown" + b"0" * 40])
def test_damage_is_named_and_never_read(broken: bytes) -> None:
    with pytest.raises(UnreadableError):
        ring().open(broken, "customers.name")


def test_the_same_name_never_looks_the_same_twice() -> None:
    assert ring().seal(b"Asha", "customers.name") != ring().seal(b"Asha", "customers.name")


def test_keys_do_not_show_when_a_keyring_is_printed() -> None:
    assert "ooo" not in repr(ring())


def test_a_keyring_without_its_primary_is_refused() -> None:
    with pytest.raises(ValueError, match="new"):
        ring("new", old=OLD)
    with pytest.raises(ValueError, match="7 bytes"):
        ring("old", old=b"tooshort"[:7])


def test_text_and_json_come_back_as_they_went_in() -> None:
    hold(ring())
    text, data = Encrypted("customers.name"), EncryptedJSON("orders.place")
    for value in ("अर्जुन", "", None):
        assert text.process_result_value(text.process_bind_param(value, DIALECT), DIALECT) == value
    items: tuple[object, ...] = ({"flat": "3B", "lat": 15.2}, [], None)
    for item in items:
        assert data.process_result_value(data.process_bind_param(item, DIALECT), DIALECT) == item


def test_bytes_come_back_as_they_went_in_and_do_not_rest_as_they_are() -> None:
    hold(ring())
    picture = EncryptedBytes("complaint_photos.picture")
    for value in (b"\xff\xd8\xff a picture", b"", None):
        resting = picture.process_bind_param(value, DIALECT)
        assert picture.process_result_value(resting, DIALECT) == value
        assert value is None or resting != value
    resting = picture.process_bind_param(b"a picture", DIALECT)
    with pytest.raises(UnreadableError):
        EncryptedBytes("complaints.said").process_result_value(resting, DIALECT)


def test_a_number_is_found_by_its_hash_only_with_the_key() -> None:
    assert phone_hash("+15125550110", b"a") == phone_hash("+15125550110", b"a")
    assert phone_hash("+15125550110", b"a") != phone_hash("+15125550110", b"b")
    assert len(phone_hash("+15125550110", b"a")) == 64
    with pytest.raises(ValueError, match=r"E\.164"):
        phone_hash("(512) 555-0110", b"a")


def test_a_moment_keeps_its_instant_and_a_naive_one_is_refused() -> None:
    kind = UtcDateTime()
    kolkata = datetime(2026, 3, 2, 20, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert kind.process_bind_param(kolkata, DIALECT) == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="naive"):
        kind.process_bind_param(datetime(2026, 3, 2, 20, 0), DIALECT)
