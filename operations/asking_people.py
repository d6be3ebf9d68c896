"""The last rung: a person of ours is asked to reach somebody whom no call of ours has reached."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from compliance.gate import TABLES
from db.models import Callback, Customer, Driver, Restaurant
from db.types import held
from domain.dialling import Wanted
from domain.hours import Hours
from domain.ids import Prefix, show
from operations.callbacks import LONGEST_REASON, MORE, due
from operations.dial_rows import PREFIXES, callback_id


async def ask_a_person(session: AsyncSession, wanted: Wanted, staff: Hours | None, now: datetime) -> bool:
    """Write down a call-back in place of the calls of a job; False when it has been, since what it is about came up.

    `staff` is when our people of that line are there: the call-back is due by `callbacks.due`, and at once where the
    line has nobody. One row a job: should the same job come up again later, its call-back is due anew.
    """
    kind = wanted.person.kind
    row: Customer | Restaurant | Driver | None = await session.get(TABLES[kind], wanted.person.id)
    phone = row.phone if row else None
    written = {
        "phone": phone,
        "phone_hash": held().phone_hash(phone) if phone else None,
        "reason": reason(wanted),
        "promised_at": (due(now, staff) if staff else None) or now,
        "created_at": now,
        "done_at": None,
    }
    asked = insert(Callback).values(id=callback_id(wanted.key), **written)
    again = asked.on_conflict_do_update(
        index_elements=["id"], set_=written, where=col(Callback.created_at) < wanted.since
    )
    return await session.scalar(again.returning(col(Callback.id))) is not None


def reason(wanted: Wanted) -> str:
    """What it is about, and whose: ids only, as they are looked up in the console."""
    who = show(PREFIXES[wanted.person.kind], wanted.person.id)
    order = wanted.person.order_id
    about = f"{who}, {show(Prefix.ORDER, order)}" if order else who
    room = LONGEST_REASON - len(f" ({about})")
    note = wanted.note or f"nobody was reached about: {wanted.topic}"
    return f"{note if len(note) <= room else note[: room - 1].rstrip() + MORE} ({about})"
