"""What the models of a run cost, by `data/prices.yaml`; unknown rather than zero where nobody can tell."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from bench.cost import Cost, Prices, of_tokens
from evals.result import Result


def total_tokens(results: Iterable[Result]) -> dict[str, Counter[str]]:
    """Tokens and requests by model over all runs."""
    total: dict[str, Counter[str]] = {}
    for result in results:
        for model, tokens in result.tokens.items():
            total.setdefault(model, Counter()).update(tokens)
    return total


def dollars(tokens: Mapping[str, Counter[str]], prices: Prices, *, played: bool) -> Decimal | None:
    """What all of it cost; None when no model was used, one has no price, or the sandbox played (`played`)."""
    cost = Cost()
    for model, used in tokens.items():
        cost.add(model, None if played else of_tokens({"model": model, **used}, prices.llm))
    return cost.total
