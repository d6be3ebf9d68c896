"""What `evals.mutations` breaks: each thing with the scenarios that ought to notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """A regular expression that fits exactly one place of a file, lines by `^` and `$`, and what is put there."""

    file: str
    pattern: str
    put: str = ""


@dataclass(frozen=True)
class Mutant:
    """One thing broken."""

    name: str
    title: str
    edits: tuple[Edit, ...]
    scenarios: tuple[str, ...]


def without_line(file: str, words: str) -> tuple[Edit, ...]:
    """A prompt without the line that holds these words."""
    return (Edit(file, rf"^.*{words}.*\n"),)


MUTANTS = (
    Mutant(
        "remove_does_nothing",
        "Tool: remove_from_order says that a dish is off and leaves it on",
        (
            Edit(
                "tools/cart.py",
                r"gone = state\.cart\.remove\(line\)$",
                "gone = next(one for one in state.cart.lines if one.handle == line)",
            ),
        ),
        ("dish_removed_before_placing",),
    ),
    Mutant(
        "placed_unheard",
        "Tool: place_order does not ask whether the order was read back",
        (Edit("tools/checkout.py", r"^    read_back = state\.read_back$", "    return found"),),
        ("placed_without_read_back",),
    ),
    Mutant(
        "carried_out_unasked",
        "Tool: carry_out does not ask whether the caller said yes",
        tuple(
            Edit("tools/changes.py", rf"^    if {fact}:$", "    if False:")
            for fact in ("offer.withdrawn", "not offer.heard", "not offer.answered", "not offer.agreed")
        ),
        ("carried_out_without_a_yes",),
    ),
    Mutant(
        "any_code_counts",
        "Tool: confirm_delivery takes any six digits",
        (
            Edit(
                "operations/delivering.py",
                r"if not compare_digest\(code\.encode\(\), order\.code\.encode\(\)\):",
                "if not code:",
            ),
        ),
        ("driver_wrong_code_then_right", "driver_three_wrong_codes"),
    ),
    Mutant(
        "kitchen_hears_no_allergy",
        "Tool: notify_restaurant leaves the allergies out",
        (Edit("domain/announcement.py", r"^        if not self\.allergies:$", "        if True:"),),
        ("kitchen_confirms",),
    ),
    Mutant(
        "prompt_without_allergies",
        "Prompt of customer_order: no line about allergies",
        without_line("agents/customer_order.md", "`set_allergies`"),
        ("allergy_told",),
    ),
    Mutant(
        "prompt_without_addition",
        "Prompt of customer_order: no line about one offer at the end",
        without_line("agents/customer_order.md", "`suggest_addition`"),
        ("plain_order",),
    ),
    Mutant(
        "prompt_without_emergency",
        "Manners: no line about danger to life",
        without_line("agents/manners.md", "danger to life"),
        ("emergency", "emergency_in_hindi"),
    ),
    Mutant(
        "prompt_without_complaint",
        "Prompt of customer_support: no line about filing before refunding",
        without_line("agents/customer_support.md", "`file_complaint`"),
        ("missing_dish_refund",),
    ),
    Mutant(
        "prompt_without_silence",
        "Prompt of delivery_tracking: no line about saying nothing after a proposal",
        without_line("agents/delivery_tracking.md", "After `propose_change` say nothing"),
        ("cancelled_in_time",),
    ),
    Mutant(
        "refund_limit_raised",
        "Policy: a hundred times as much may be given back without a person",
        (
            Edit("data/policies.yaml", r"(us\.refund\.limit, amount): 4000\b", r"\1: 400000"),
            Edit("data/policies.yaml", r"(us\.refund\.proved_limit, amount): 12000\b", r"\1: 1200000"),
        ),
        ("over_the_limit",),
    ),
    Mutant(
        "refund_clamp_loosened",
        "Policy: nobody counts what was given back of a dish before",
        (
            Edit("domain/refunds.py", r"^        if reason in BY_DISH and .*$", "        if sold.name in dishes"),
            Edit(
                "domain/refunds.py",
                r"min\(dishes\[sold\.name\], sold\.quantity - sold\.given_back\)",
                "dishes[sold.name] * 100",
            ),
            Edit(
                "domain/refunds.py",
                r"^    amount = min\(worth\(best, facts, fresh\), left\)$",
                "    amount = worth(best, facts, fresh)",
            ),
        ),
        ("missing_dish_refund", "refund_a_hundredfold"),
    ),
    Mutant(
        "answers_anything",
        "Policy: an answer on file is given however little fits",
        (Edit("db/faq_index.py", r"^SURE = [0-9.]+", "SURE = 0.0"),),
        ("question_nobody_knows",),
    ),
)  # fmt: skip
