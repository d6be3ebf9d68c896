"""What can stand before a call."""

from typing import Any

import pytest
from pydantic import ValidationError

from evals.given import Given

ORDER: dict[str, Any] = {"restaurant": "Spice Route, Old Mill", "dishes": [{"dish": "Samosa"}]}


def test_a_complaint_is_about_an_order_that_is_given() -> None:
    complaint = {"kind": "late", "order": "today"}
    Given.model_validate({"orders": {"today": ORDER}, "complaints": [complaint]})
    with pytest.raises(ValidationError, match="there is no order today"):
        Given.model_validate({"complaints": [complaint]})
