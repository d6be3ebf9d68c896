"""Encoders: one that hears spelling, one that asks OpenAI."""

import json

import httpx2
import pytest
from openai import AsyncOpenAI

from db.encoders import ONE_BATCH, OpenAIEncoder, SpellingEncoder
from errors import VendorError


def closeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_a_misspelling_lands_next_to_the_name() -> None:
    wrong, right, other = await SpellingEncoder().encode(["panner tika", "Paneer Tikka", "Pepperoni Pizza"])
    assert closeness(wrong, right) > 0.5 > closeness(wrong, other)
    assert closeness(right, right) == pytest.approx(1.0)


async def test_the_same_text_is_the_same_vector_in_every_process() -> None:
    one, two = SpellingEncoder(), SpellingEncoder()
    assert await one.encode(["dal"] * 20) == (await two.encode(["dal"])) * 20
    assert len((await one.encode([""]))[0]) == one.size


def openai(status: int, seen: list[dict[str, object]]) -> AsyncOpenAI:
    """A client whose server answers each text with a vector of its length."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        seen.append(body)
        data = [
            {"object": "embedding", "index": place, "embedding": [float(len(text)), 0.0]}
            for place, text in reversed(list(enumerate(body["input"])))
        ]
        return httpx2.Response(
            status, json={"object": "list", "model": body["model"], "data": data, "usage": {}}
        )

    return AsyncOpenAI(
        api_key="test",
        base_url="http://openai.test/v1",
        http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(answer)),
    )


async def test_openai_is_asked_in_batches_and_answers_in_order() -> None:
    seen: list[dict[str, object]] = []
    encoder = OpenAIEncoder(openai(200, seen), size=2)
    texts = ["x" * (n % 7 + 1) for n in range(ONE_BATCH + 1)]
    vectors = await encoder.encode(texts)
    assert [vector[0] for vector in vectors] == [float(len(text)) for text in texts]
    assert [body["model"] for body in seen] == ["text-embedding-3-small"] * 2


async def test_openai_failing_is_a_vendor_failing() -> None:
    with pytest.raises(VendorError):
        await OpenAIEncoder(openai(401, [])).encode(["dal"])
