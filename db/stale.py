"""Which kept values a commit makes wrong: read off the rows it writes, so that no operation can forget to say so."""

from collections.abc import Iterator

from redis.asyncio import Redis
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction
from sqlalchemy.util import await_only

from db.cache import CACHE, STALE, Cache
from db.engine import Sessions
from db.models import (
    Address,
    Customer,
    MenuItem,
    MenuVariant,
    ModifierGroup,
    Order,
    PaymentMethod,
    Restaurant,
)

CITY, DISH, PROFILE = "kitchens", "dish", "profile"
"""Names of kinds: the kitchens of a city, a dish by its id, a customer's file by theirs."""


def keeping(sessions: Sessions, redis: Redis) -> Sessions:
    """Let sessions read through Redis, and drop from it what they change.

    Only for a Redis that every process shares: what another changes would not be dropped from one of our own.
    """
    sessions.configure(info={CACHE: Cache(redis)})
    return sessions


def touched(row: object) -> Iterator[str]:
    """The keys of what is kept about a row."""
    match row:
        case Restaurant():
            yield f"cache:{CITY}:{row.city}"
        case MenuItem():
            yield f"cache:{DISH}:{row.id}"
        case MenuVariant() | ModifierGroup():
            yield f"cache:{DISH}:{row.item_id}"
        case Customer():
            yield f"cache:{PROFILE}:{row.id}"
        case Address() | PaymentMethod() | Order():
            yield f"cache:{PROFILE}:{row.customer_id}"
        case _:
            return


@event.listens_for(Session, "after_flush")
def _written(session: Session, _: UOWTransaction) -> None:
    if CACHE in session.info:
        rows = (*session.new, *session.dirty, *session.deleted)
        session.info.setdefault(STALE, set()).update(key for row in rows for key in touched(row))


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    """Right after the commit and before anybody is answered: whoever reads from now on reads the new."""
    stale: set[str] | None = session.info.get(STALE)
    if stale:
        cache: Cache = session.info[CACHE]
        await_only(cache.drop(sorted(stale)))


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(STALE, None)
