"""What a call costs: exact figures, and unknown where nothing is known."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bench.cost import KINDS, Cost, Prices, cost_of, read_prices, shown, telephone
from errors import ConfigError
from pipelines.config import shipped

NOWHERE = {"source": "a test", "date": "2026-11-25"}
PRICES = Prices.model_validate(
    {
        "llm": [
            {"model": "large", "per": 1000, "prompt": 3, "completion": 15, "cache_read": 0.3, "cache_write": 6}
            | NOWHERE,
            {"model": "small", "per": 1000, "prompt": 1, "completion": 4, "cache_read": 0.5} | NOWHERE
            | {"prompt_includes_cache": True},
        ],
        "stt": [{"model": "ears", "per": 60, "price": 0.006} | NOWHERE],
        "tts": [{"model": "mouth", "per": 1000, "price": 0.05} | NOWHERE],
        "telephone": [
            {"model": "in", "per": 60, "price": 0.01} | NOWHERE,
            {"model": "stream", "per": 60, "price": 0.004} | NOWHERE,
        ],
    }
)  # fmt: skip


def used(kind: str, **data: Any) -> dict[str, Any]:
    return {"type": f"usage.{kind}", "data": data}


def test_every_part_is_counted_and_added_up() -> None:
    events = [
        used("llm", model="large", prompt=100, completion=10, cache_read=1000, cache_write=50),
        used("llm", model="large", prompt=100, completion=0, cache_read=None, cache_write=None),
        used("stt", model="ears", seconds=90.0),
        used("tts", model="mouth", characters=500),
        {"type": "turn.user", "data": {}},
    ]
    cost = cost_of(events, 61.0, PRICES)
    assert cost.parts == {
        "telephone": Decimal("0.028"),  # two started minutes of both legs
        "model": Decimal("0.3") + Decimal("0.15") + Decimal("0.3") + Decimal("0.3") + Decimal("0.3"),
        "speech to text": Decimal("0.009"),
        "voice": Decimal("0.025"),
    }
    assert cost.total == Decimal("1.412")


def test_tokens_from_the_cache_are_not_charged_twice_where_the_prompt_counts_them() -> None:
    event = used("llm", model="small", prompt=1000, completion=0, cache_read=400, cache_write=0)
    assert cost_of([event], 1, PRICES).parts["model"] == Decimal("0.6") + Decimal("0.2")


@pytest.mark.parametrize(
    ("event", "part"),
    [
        (used("llm", model="new", prompt=1, completion=1), "model"),
        (used("llm", model="small", prompt=1, completion=1, cache_write=5), "model"),
        (used("stt", model="new", seconds=1), "speech to text"),
        (used("stt", model="ears", seconds=None), "speech to text"),
        (used("tts", model=None, characters=1), "voice"),
    ],
)
def test_what_has_no_price_is_unknown_and_never_zero(event: dict[str, Any], part: str) -> None:
    known = used("stt", model="ears", seconds=60)
    cost = cost_of([event, known, event], 30, PRICES)
    assert cost.parts[part] is None
    assert cost.total is None
    assert shown(cost.total) == "unknown"


def test_nothing_used_is_not_free() -> None:
    assert Cost().total is None


def test_every_price_has_a_source_and_a_date_and_covers_the_telephone_pipelines_first_choices() -> None:
    prices, phone = read_prices(), shipped()["phone"]
    assert all(each.source and each.date for part in prices.model_dump() for each in getattr(prices, part))
    events = [
        *(used("llm", model=llm.settings["model"], **dict.fromkeys(KINDS, 1)) for llm in phone.llm),
        used("stt", model=phone.stt.settings["model"], seconds=1),
        used("tts", model=phone.tts[0].settings["model"], characters=1),
    ]  # fmt: skip
    assert cost_of(events, 1, prices).total is not None
    assert telephone(300, prices) > 0


def test_a_price_without_source_or_date_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text("{llm: [], tts: [], telephone: [], stt: [{model: a, per: 60, price: 1}]}")
    with pytest.raises(ConfigError) as caught:
        read_prices(file)
    assert {problem.split(":")[1].strip() for problem in caught.value.problems} == {
        "stt.0.source",
        "stt.0.date",
    }
