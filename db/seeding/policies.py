"""The file `policies.yaml`: refunds and complaints per market, checked against each other and the markets."""

from pathlib import Path
from string import Formatter

from db.seeding.catalogue import DATA, Markets
from db.seeding.reading import Reader, Shape
from domain.market import Market
from domain.policy import Floor, Policy, Reason, RefundRule, Row
from errors import ConfigError


class Policies(Shape):
    """The whole file."""

    policies: list[Policy]


def read_policies(root: Path = DATA) -> dict[str, Policy]:
    """The policies by market. Raises ConfigError listing all problems."""
    reader = Reader(root)
    markets = reader.read("markets.yaml", Markets)
    found = reader.read("policies.yaml", Policies)
    if markets and found:
        for problem in _problems(found.policies, {market.code: market for market in markets.markets}):
            reader.note("policies.yaml", "", problem)
    if reader.problems or found is None:
        raise ConfigError(reader.problems)
    return {policy.market: policy for policy in found.policies}


def _problems(policies: list[Policy], markets: dict[str, Market]) -> list[str]:
    ids = [row.id for policy in policies for row in rows(policy)]
    named = [policy.market for policy in policies]
    problems = [f"the id {id} stands twice" for id in sorted({id for id in ids if ids.count(id) > 1})]
    problems += [f"there is no policy for {code}" for code in markets if code not in named]
    problems += [f"{code} has two policies" for code in sorted({c for c in named if named.count(c) > 1})]
    for policy in policies:
        market = markets.get(policy.market)
        if market is None:
            problems.append(f"no market {policy.market} in markets.yaml")
        elif market.currency != policy.currency:
            problems.append(f"{policy.market} pays in {market.currency}, not {policy.currency}")
        problems += _gaps(policy)
    return problems


def _gaps(policy: Policy) -> list[str]:
    """A reason without a rule, a rule below a floor, a sentence with an unknown blank."""
    known = {rule.reason for rule in policy.refunds}
    problems = [f"{policy.market}: no rule for {reason}" for reason in Reason if reason not in known]
    for rule in policy.refunds:
        blanks = {blank for _, blank, _, _ in Formatter().parse(rule.why) if blank is not None}
        allowed = {"dishes"} if rule.of == "dishes" else set()
        problems += [f"{rule.id}: why has an unknown blank {blank}" for blank in sorted(blanks - allowed)]
        problems += [
            f"{rule.id}: gives less than {floor.id} asks for"
            for floor in policy.floors
            if rule.reason in floor.reasons and _less(rule, floor)
        ]
    return problems


def _less(rule: RefundRule, floor: Floor) -> bool:
    if rule.of != floor.of:
        return rule.of != "order" or rule.share_bp < floor.share_bp
    return rule.share_bp < floor.share_bp or not set(floor.along) <= set(rule.along)


def rows(policy: Policy) -> tuple[Row, ...]:
    """Every row of a policy that has an id of its own."""
    limits = [limit for limit in (policy.limit, policy.proved_limit) if limit]
    return (policy.window, *limits, policy.complaints, *policy.refunds, *policy.floors)
