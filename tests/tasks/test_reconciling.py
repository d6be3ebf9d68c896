"""The daily comparison: a provider whose books cannot be read does not keep the other from being compared."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from db.engine import Sessions
from db.models import Outbox, Reconciliation
from errors import VendorError
from operations import reconciling
from tasks.reconciling import reconcile
from tasks.work import Work
from tests.fakes.hands import tools_for
from tests.fakes.links import FakeLinks
from tests.fakes.outbox import RULES
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from vendors.payments import Movement

pytestmark = pytest.mark.db


class Shut(FakePayments):
    """A provider whose books cannot be read."""

    async def movements(self, since: datetime, until: datetime) -> Sequence[Movement]:
        """See Books."""
        raise VendorError(self.name, "status 401", retryable=True)


async def test_the_other_provider_is_compared_and_the_failure_is_told_after_it(seeded: Sessions) -> None:
    shop = Shop(seeded)
    tools = tools_for(seeded, shop.clock, RULES, cards=Shut(), links=FakeLinks())
    work = Work(reconciling.JOB, f"{reconciling.JOB}:today", {}, 1, shop.clock.now(), tools)
    with pytest.raises(VendorError, match="stripe"):
        await reconcile(work)
    reports = [row for row in await shop.rows(Reconciliation) if isinstance(row, Reconciliation)]
    assert [row.provider for row in reports] == ["razorpay"]
    jobs = [row for row in await shop.rows(Outbox) if isinstance(row, Outbox)]
    assert [row.due_at for row in jobs if row.kind == reconciling.JOB] == [
        shop.clock.now() + reconciling.DAILY
    ]
