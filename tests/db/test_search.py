"""Which encoder searches the menu, and OpenAI's own from end to end against the sandbox's embeddings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from db.encoders import OpenAIEncoder, SpellingEncoder
from db.engine import Sessions
from db.menu_index import MenuIndex
from db.search import Name, encoder, open_index, read_search
from errors import ConfigError
from operations import menus
from tests.fakes.sandbox import Sandbox, running


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox, started once."""
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


def openai(outside: Sandbox) -> AsyncOpenAI:
    return AsyncOpenAI(api_key=outside.keys["OPENAI_API_KEY"], base_url=outside.base_urls["OPENAI"])


def test_development_asks_nobody_and_production_searches_by_meaning() -> None:
    shipped = read_search()
    assert (shipped.dev, shipped.prod) == ("offline", "text-embedding-3-small")
    client = AsyncOpenAI(api_key="o", base_url="http://127.0.0.1:1/v1")
    assert isinstance(encoder(shipped.dev, client), SpellingEncoder)
    assert isinstance(encoder(shipped.prod, client), OpenAIEncoder)


def test_an_encoder_nobody_knows_is_a_problem_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "search.yaml").write_text("dev: by-guessing\nprod: offline\n")
    with pytest.raises(ConfigError) as refused:
        read_search(tmp_path)
    assert "dev" in str(refused.value.problems)


@pytest.mark.db
@pytest.mark.parametrize("name", ["text-embedding-3-small", "text-embedding-ada-002"])
async def test_the_menu_is_searched_with_openais_embeddings(
    outside: Sandbox, seeded: Sessions, name: Name
) -> None:
    client = openai(outside)
    index = await MenuIndex.open(None, seeded, encoder(name, client))
    hits = await index.search("paneer tikka", limit=3)
    async with seeded() as session:
        found = await menus.dishes(session, [hit.item_id for hit in hits])
    assert "Paneer Tikka" in {dish.name for dish in found.values()}
    asked = [request for request in outside.requests("openai") if "embeddings" in str(request)]
    assert name in str(asked)
    await index.close()
    await client.close()


@pytest.mark.db
async def test_a_search_goes_on_without_the_vendor(outside: Sandbox, seeded: Sessions) -> None:
    client = openai(outside)
    index = await MenuIndex.open(None, seeded, encoder("text-embedding-3-small", client))
    outside.fault("openai", "status", status=503, times=10)
    try:
        assert await index.search("paneer tikka", limit=1)
    finally:
        outside.clear()
    await index.close()
    await client.close()


@pytest.mark.db
async def test_while_the_vendor_refuses_the_menu_is_searched_by_spelling(seeded: Sessions) -> None:
    nobody = AsyncOpenAI(api_key="o", base_url="http://127.0.0.1:1/v1")
    index = await open_index(None, seeded, nobody, MenuIndex, prod=True)
    assert await index.search("panner tika", limit=1)
    await index.close()
    await nobody.close()
