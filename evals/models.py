"""Which models answered, why, and how much of what they read came from a cache."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from bench.cost import Prices
from evals.result import Result

NOT_BY_RULE = {"primary", "reserve", "fault"}
"""Reasons that are no rule of `selection:`."""


def chosen(results: Iterable[Result]) -> Counter[tuple[str, str]]:
    """How often each model was asked over all runs, and why: (model, reason)."""
    return sum((result.chosen for result in results), Counter())


def cheap_share(asked: Counter[tuple[str, str]]) -> float | None:
    """The share of requests that a rule gave to the cheaper model; None without requests."""
    total = asked.total()
    simple = sum(times for (_, why), times in asked.items() if why not in NOT_BY_RULE)
    return simple / total if total else None


def counts_cache_as_prompt(model: str, prices: Prices) -> bool:
    """Whether a model's prompt tokens hold those read from its cache."""
    return any(price.model == model and price.prompt_includes_cache for price in prices.llm)


def cached_share(used: Mapping[str, int], *, included: bool) -> float | None:
    """The share of a model's prompt tokens that were read from its cache; None without any.

    `included`: the vendor's prompt tokens hold those of the cache (OpenAI), instead of standing beside them.
    """
    read = used.get("cache_read", 0)
    total = used.get("prompt", 0) + (0 if included else read + used.get("cache_write", 0))
    return read / total if total else None


def as_json(results: Iterable[Result]) -> dict[str, Any]:
    """The choices of a run, for machines."""
    asked = chosen(results)
    share = cheap_share(asked)
    return {
        "cheap_share": None if share is None else round(share, 4),
        "asked": [{"model": model, "why": why, "times": n} for (model, why), n in sorted(asked.items())],
    }


def in_words(results: Iterable[Result]) -> str | None:
    """One line for the terminal; None where no model was asked."""
    asked = chosen(results)
    share = cheap_share(asked)
    if share is None:
        return None
    reasons = ", ".join(f"{model} {why} {times}" for (model, why), times in sorted(asked.items()))
    return f"{share:.1%} of {asked.total()} requests went to the cheaper model by rule: {reasons}"
