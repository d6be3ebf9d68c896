"""Writes what `data/` says into a database that does not have it yet."""

import asyncio
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.engine import Sessions
from db.migrate import SEED_LOCK
from db.models import Brand, Number
from db.seeding.calling import add_agreements, read_calling
from db.seeding.catalogue import read_catalogue
from db.seeding.checks import Catalogue
from db.seeding.faqs import add_faqs, read_faqs
from db.seeding.kitchens import add_brand
from db.seeding.residents import add_people


async def seed(sessions: Sessions, now: datetime, world: Catalogue | None = None) -> None:
    """Add the rows that are missing, in one transaction; of those that are there only answers may be replaced.

    `now` is business time. Raises ConfigError listing every problem when `data/` cannot be used.
    """
    if world is None:
        world = await asyncio.to_thread(read_catalogue)
    faqs = await asyncio.to_thread(read_faqs)
    calling = await asyncio.to_thread(read_calling)
    async with sessions() as session, session.begin():
        await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": SEED_LOCK})
        for brand in world.brands.values():
            await add_brand(session, world, brand)
        await _add_numbers(session, world)
        await add_people(session, world, now)
        await add_agreements(session, calling.partner_terms, now)
        await add_faqs(session, faqs)


async def _add_numbers(session: AsyncSession, world: Catalogue) -> None:
    known = set(await session.scalars(select(Number.e164)))
    brands = {
        brand.slug: brand.id for brand in await session.scalars(select(Brand).order_by(col(Brand.slug)))
    }
    session.add_all(
        Number(
            e164=number.number,
            market=number.market,
            city=number.city,
            brand_id=brands[number.brand] if number.brand else None,
            languages=list(number.languages),
            person_number=number.person_number,
        )
        for number in world.numbers.numbers
        if number.number not in known
    )
    await session.flush()
