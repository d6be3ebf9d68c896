"""What a call costs at list prices: its `usage.*` events times the dated table `data/prices.yaml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from errors import ConfigError

FILE = Path(__file__).parent.parent / "data" / "prices.yaml"
KINDS = ("prompt", "completion", "cache_read", "cache_write")
UNKNOWN = "unknown"
TELEPHONE = "telephone"


class Price(BaseModel):
    """A price in US dollars for `per` units, where it was read, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    per: int = Field(gt=0)
    price: Decimal = Field(ge=0)
    source: str = Field(min_length=1)
    date: date

    @field_validator("price", mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        return str(value) if isinstance(value, float) else value


class TokenPrice(BaseModel):
    """Prices of a language model by kind of token, in US dollars for `per` tokens; None is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    per: int = Field(gt=0)
    prompt: Decimal | None = None
    completion: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    prompt_includes_cache: bool = False
    """Whether the vendor counts tokens read from its cache among the prompt's."""
    source: str = Field(min_length=1)
    date: date

    @field_validator(*KINDS, mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        return str(value) if isinstance(value, float) else value


class Prices(BaseModel):
    """The whole table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    llm: list[TokenPrice]
    stt: list[Price]
    tts: list[Price]
    telephone: list[Price]


@dataclass
class Cost:
    """US dollars by part; a part whose price is not in the table is None, and then so is the total."""

    parts: dict[str, Decimal | None] = field(default_factory=dict)

    @property
    def total(self) -> Decimal | None:
        """The sum; None when anything is unknown, or nothing was used."""
        known = [part for part in self.parts.values() if part is not None]
        return sum(known, Decimal()) if known and len(known) == len(self.parts) else None

    def add(self, part: str, dollars: Decimal | None) -> None:
        """Add to a part; unknown stays unknown."""
        before = self.parts.get(part, Decimal())
        self.parts[part] = None if before is None or dollars is None else before + dollars


def read_prices(file: Path = FILE) -> Prices:
    """The table. Raises ConfigError listing every problem."""
    try:
        return Prices.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        places = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise ConfigError([f"{file.name}: {place}" for place in places]) from None


def cost_of(events: Iterable[Mapping[str, Any]], seconds: float, prices: Prices) -> Cost:
    """What a telephone call of `seconds` with these events (`type`, `data`) costs."""
    cost = Cost()
    cost.add(TELEPHONE, telephone(seconds, prices))
    for event in events:
        data = event["data"]
        match event["type"]:
            case "usage.llm":
                cost.add("model", of_tokens(data, prices.llm))
            case "usage.stt":
                cost.add("speech to text", _units(data.get("model"), data.get("seconds"), prices.stt))
            case "usage.tts":
                cost.add("voice", _units(data.get("model"), data.get("characters"), prices.tts))
            case _:
                pass
    return cost


def telephone(seconds: float, prices: Prices) -> Decimal:
    """What the line itself costs: every leg, by started units of time."""
    return sum((leg.price * ceil(seconds / leg.per) for leg in prices.telephone), Decimal())


def _units(model: str | None, units: float | None, prices: Iterable[Price]) -> Decimal | None:
    found = next((price for price in prices if price.model == model), None)
    return None if found is None or units is None else found.price * Decimal(str(units)) / found.per


def of_tokens(data: Mapping[str, Any], prices: Iterable[TokenPrice]) -> Decimal | None:
    """What a `model`'s tokens cost, by kind; None when the model or a kind that was used has no price."""
    found = next((price for price in prices if price.model == data.get("model")), None)
    if found is None:
        return None
    used = {kind: int(data.get(kind) or 0) for kind in KINDS}
    if found.prompt_includes_cache:
        used["prompt"] = max(0, used["prompt"] - used["cache_read"])
    total = Decimal()
    for kind, tokens in used.items():
        price: Decimal | None = getattr(found, kind)
        if tokens and price is None:
            return None
        total += (price or Decimal()) * tokens / found.per
    return total


def shown(dollars: Decimal | None) -> str:
    """`$0.0123`, or `unknown`."""
    return UNKNOWN if dollars is None else f"${dollars:.4f}"
