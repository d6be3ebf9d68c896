"""What a market's rules are: currency, taxes, fees, promotions. The figures live in `data/markets.yaml`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Rule(BaseModel):
    """A value read from YAML; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tax(Rule):
    """One component of tax."""

    label: str
    rate_bp: int = Field(ge=0, le=10_000)
    """Basis points; ignored where `by_postcode` is set."""
    on: tuple[str, ...]
    """Kinds of price lines it is charged on."""
    by_postcode: dict[str, int] = Field(default_factory=dict)
    """Postcode prefix to basis points; the longest prefix wins, `rate_bp` where none matches."""

    def rate(self, postcode: str) -> int:
        """Basis points at an address."""
        fitting = [prefix for prefix in self.by_postcode if postcode.startswith(prefix)]
        return self.by_postcode[max(fitting, key=len)] if fitting else self.rate_bp


class Promotion(Rule):
    """A code and what it takes off the items."""

    code: str
    percent_bp: int = 0
    amount: int = 0
    most: int | None = None
    """Largest reduction, minor units."""
    min_items: int = 0
    """Smallest sum of items, minor units."""
    first_order_only: bool = False


class Market(Rule):
    """A country we work in."""

    code: str
    name: str
    currency: str
    dial: str
    """Country calling code with its plus."""
    taxes: tuple[Tax, ...]
    delivery_base: int
    """Minor units."""
    delivery_per_km: int = 0
    delivery_free_km: float = 0
    packaging_per_item: int = 0
    platform_fee: int = 0
    small_order_below: int = 0
    small_order_fee: int = 0
    cash_limit: int
    """Largest order payable in cash, minor units."""
    round_to: int = 1
    """The total is rounded to a multiple of this, halves up (India: whole rupees = 100)."""
    card_provider: str | None = None
    """Who charges saved cards here; none = cards cannot be charged during a call."""
    link_provider: str | None = None
    """Who makes payment links here; none = nobody pays by one."""
    link_minutes: float = Field(default=10, gt=0)
    """Business time: so long a link, its order's stock and its price hold."""
    link_text: Literal["ours", "provider"] = "ours"
    """Whose text carries the link."""
    tip_most: int = 0
    """Largest tip that is taken by telephone, minor units; 0 takes none."""
    promotions: tuple[Promotion, ...] = ()

    def promotion(self, code: str) -> Promotion | None:
        """The promotion of that code, compared without case and spaces."""
        wanted = code.replace(" ", "").upper()
        return next((promotion for promotion in self.promotions if promotion.code == wanted), None)
