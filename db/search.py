"""What the menu is searched with: the file `data/search.yaml`."""

import asyncio
from pathlib import Path
from typing import Literal, TypeVar

import structlog
from openai import AsyncOpenAI

from db.encoders import Encoder, OpenAIEncoder, SpellingEncoder
from db.engine import Sessions
from db.faq_index import FaqIndex
from db.menu_index import MenuIndex
from db.seeding.catalogue import DATA
from db.seeding.reading import Reader, Shape
from errors import ConfigError, VendorError

log = structlog.get_logger(__name__)
Index = TypeVar("Index", MenuIndex, FaqIndex)
Name = Literal["offline", "text-embedding-3-small", "text-embedding-ada-002"]


class Search(Shape):
    """An encoder's name for each APP_ENV."""

    dev: Name
    prod: Name


def read_search(root: Path = DATA) -> Search:
    """Read the file. Raises ConfigError listing all problems."""
    reader = Reader(root)
    found = reader.read("search.yaml", Search)
    if found is None:
        raise ConfigError(reader.problems)
    return found


def encoder(name: Name, openai: AsyncOpenAI) -> Encoder:
    """The encoder of that name."""
    return SpellingEncoder() if name == "offline" else OpenAIEncoder(openai, name)


async def open_index(
    url: str | None, sessions: Sessions, openai: AsyncOpenAI, kind: type[Index], *, prod: bool
) -> Index:
    """An index with the encoder of the file; by spelling and sound while its vendor refuses.

    Raises StoreDown when Qdrant cannot be reached.
    """
    search = await asyncio.to_thread(read_search)
    try:
        return await kind.open(url, sessions, encoder(search.prod if prod else search.dev, openai))
    except VendorError as error:
        log.warning("search.no_embeddings", error=error.message)
    return await kind.open(url, sessions)
