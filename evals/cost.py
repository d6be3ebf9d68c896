"""What the models of a run cost; unknown rather than zero where nobody can tell."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from evals.result import Result
from evals.shape import Shape

PRICES = Path(__file__).parent / "prices.yaml"
MILLION = 1_000_000


class Price(Shape):
    """US dollars per million tokens."""

    prompt: float
    completion: float
    cache_read: float
    cache_write: float
    prompt_holds_cached: bool

    def dollars(self, tokens: Mapping[str, int]) -> float:
        """What these tokens cost."""
        cached = tokens["cache_read"] if self.prompt_holds_cached else 0
        sums = (
            (tokens["prompt"] - cached) * self.prompt,
            tokens["completion"] * self.completion,
            tokens["cache_read"] * self.cache_read,
            tokens["cache_write"] * self.cache_write,
        )
        return sum(sums) / MILLION


def read_prices(file: Path = PRICES) -> dict[str, Price]:
    """Prices by the beginning of a model's name. Blocks."""
    return {name: Price.model_validate(price) for name, price in yaml.safe_load(file.read_text()).items()}


def total_tokens(results: Iterable[Result]) -> dict[str, Counter[str]]:
    """Tokens and requests by model over all runs."""
    total: dict[str, Counter[str]] = {}
    for result in results:
        for model, tokens in result.tokens.items():
            total.setdefault(model, Counter()).update(tokens)
    return total


def dollars(tokens: Mapping[str, Counter[str]], prices: Mapping[str, Price], *, played: bool) -> float | None:
    """What all of it cost; None when no model was used, one has no price, or the sandbox played (`played`)."""
    if played or not tokens:
        return None
    found = {
        model: next((p for name, p in prices.items() if model.startswith(name)), None) for model in tokens
    }
    if None in found.values():
        return None
    return sum(price.dollars(tokens[model]) for model, price in found.items() if price)
