"""Which models answered and why, counted from the events of the calls."""

from evals import models, report
from evals.report import Run
from tests.evals.test_report import PLAYED, PRICES, SCENARIOS, result, told, usage


def chose(model: str, why: str) -> tuple[str, dict[str, str]]:
    return "model.chosen", {"model": model, "why": why}


CHOICES = (
    chose("claude-x", "primary"),
    chose("claude-x", "primary"),
    chose("gpt-x", "tool_said"),
    chose("gpt-x", "fault"),
)


def test_only_what_a_rule_gave_away_counts_as_the_cheaper_models_share() -> None:
    run = Run([result("first", events=CHOICES)], 1.0, PLAYED)
    assert models.cheap_share(models.chosen(run.results)) == 0.25
    assert "25.0% of 4 requests went to the cheaper model by rule" in told(run)
    kept = report.as_json(run, SCENARIOS, PRICES, ["make", "evals"])["selection"]
    assert kept["cheap_share"] == 0.25
    assert {"model": "gpt-x", "why": "fault", "times": 1} in kept["asked"]


def test_a_run_in_which_no_model_was_asked_has_no_share() -> None:
    assert models.cheap_share(models.chosen([result("first")])) is None
    assert models.in_words([result("first")]) is None


def test_the_cached_share_counts_each_vendors_prompt_as_the_vendor_does() -> None:
    assert models.cached_share({"prompt": 10, "cache_read": 80, "cache_write": 10}, included=False) == 0.8
    assert models.cached_share({"prompt": 100, "cache_read": 80}, included=True) == 0.8
    assert models.cached_share({}, included=True) is None
    run = Run(
        [
            result(
                "first",
                events=(
                    usage("claude-x", prompt=10, cache_read=90),
                    usage("gpt-x", prompt=100, cache_read=40),
                ),
            )
        ],
        1.0,
        PLAYED,
    )
    assert "90.0% of the prompt from the cache" in told(run)
    assert "40.0% of the prompt from the cache" in told(run)
