"""A call without a telephone, as the tools' tests have it, the seeded city around it, and callers who want a person."""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import col, select

from agents.people import Desk, PutThrough
from compliance.may_text import Outgoing
from db.models import Number
from domain.hours import Hours
from tests.fakes.shop import ASHA, Shop
from tests.fakes.telephony import FakeTelephony
from tests.fakes.waiting import ALWAYS, PERSON, PUBLIC, Steps, Waiting, Wanting
from tests.tools.conftest import Phoned, bare, cards, indexes, menu, phoned

__all__ = ["bare", "cards", "indexes", "menu", "phoned"]


@pytest.fixture
def telephony() -> FakeTelephony:
    """A telephone company that writes down what it is asked for."""
    return FakeTelephony()


@pytest.fixture
async def wanting(phoned: Phoned, shop: Shop, telephony: FakeTelephony) -> AsyncIterator[Wanting]:
    """`await wanting(number)`: a caller of a line that has a person."""
    async with shop.transaction() as session:
        for row in await session.scalars(select(Number).where(col(Number.e164) == "+15125550100")):
            row.person_number = PERSON
    made: list[Waiting] = []

    async def caller(
        phone: str | None = ASHA, *, hours: Hours = ALWAYS, outgoing: Outgoing | None = None
    ) -> Waiting:
        talk, steps = await phoned(phone), Steps()
        gone: list[bool] = []
        talk.call.phone, talk.call.staff = phone, hours
        desk = Desk(outgoing or telephony.outgoing(), hours, PUBLIC)
        through = PutThrough(talk.call, desk, gone.append, steps.pause)
        talk.call.people = through
        made.append(Waiting(talk, through, steps, gone))
        return made[-1]

    yield caller
    for one in made:
        await one.through.close()
        await one.talk.settle()
