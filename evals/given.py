"""What stands before a conversation: orders and complaints of the past, and answers once given about consent."""

from typing import Literal, Self

from pydantic import Field, model_validator

from scripts.care import Kind
from scripts.given import GivenOrder
from scripts.shape import Shape

Purpose = Literal["recording", "order_service"]
NOT_RECORDED: dict[Purpose, bool] = {"recording": False}


class GivenComplaint(Shape):
    """A complaint that was filed before."""

    kind: Kind
    order: str | None = None
    said: str = "The caller told us last time."
    minutes_ago: int = Field(default=60, ge=0)
    status: Literal["open", "settled", "closed"] = "open"


class Given(Shape):
    """Everything that stands before the call. Orders have names, which `rows:` can use."""

    orders: dict[str, GivenOrder] = Field(default_factory=dict)
    complaints: list[GivenComplaint] = Field(default_factory=list)
    consents: dict[Purpose, bool] = Field(default_factory=lambda: dict(NOT_RECORDED))
    """Who has answered about recording is not asked again. `{}`: never asked."""

    @model_validator(mode="after")
    def _complaints_are_about_something(self) -> Self:
        for complaint in self.complaints:
            if complaint.order is not None and complaint.order not in self.orders:
                raise ValueError(f"complaints: there is no order {complaint.order}")
        return self
