"""The real SDK against the sandbox: a link is made, paid and refunded once, whatever becomes of the answers."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.ids import new_id
from domain.money import Money
from errors import VendorError, VendorTimeout
from tests.fakes.sandbox import Sandbox
from vendors import razorpay as module
from vendors.payments import Link, LinkStatus, Moved
from vendors.razorpay import Razorpay, signed, translated

TOTAL = Money(62000, "INR")


@pytest.fixture
def sandbox(outside: Sandbox) -> Sandbox:
    outside.clear()
    return outside


@pytest.fixture
async def links(sandbox: Sandbox) -> AsyncIterator[Razorpay]:
    yield Razorpay(
        sandbox.keys["RAZORPAY_KEY_ID"], sandbox.keys["RAZORPAY_KEY_SECRET"], sandbox.base_urls["RAZORPAY"]
    )
    sandbox.clear()


async def make(links: Razorpay, key: str) -> Link:
    return await links.make(TOTAL, key=key, order_code="123456", phone="+911000000110", lasts_seconds=600)


def kept(sandbox: Sandbox, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{sandbox.url}/control/razorpay/{what}", timeout=30).json()
    return found


def pay(sandbox: Sandbox, reference: str, *, late: bool = False) -> httpx.Response:
    url = f"{sandbox.url}/control/razorpay/links/{reference}/pay"
    return httpx.post(url, json={"late": late}, timeout=30)


def page(url: str) -> int:
    return httpx.get(url, timeout=30).status_code


def come_back(sandbox: Sandbox, refund: str) -> None:
    url = f"{sandbox.url}/control/razorpay/refunds/fail"
    httpx.post(url, json={"refund": refund}, timeout=30).raise_for_status()


def of_key(sandbox: Sandbox, key: str) -> list[dict[str, Any]]:
    return [link for link in kept(sandbox, "links") if link["reference_id"] == key]


async def test_a_link_says_what_is_to_be_paid_and_nobody_else_texts_it(
    sandbox: Sandbox, links: Razorpay
) -> None:
    key = new_id().hex
    made = await make(links, key)
    (link,) = of_key(sandbox, key)
    assert (made.status, made.amount, made.payment) == (LinkStatus.OPEN, TOTAL, None)
    assert (made.reference, made.url) == (link["id"], link["short_url"])
    assert (link["amount"], link["currency"], link["accept_partial"]) == (62000, "INR", False)
    assert link["notify"] == {"sms": False, "email": False}
    assert link["notes"]["link"] == key
    assert page(made.url) == 200


async def test_the_same_key_is_the_same_link(sandbox: Sandbox, links: Razorpay) -> None:
    key = new_id().hex
    assert await make(links, key) == await make(links, key) == await links.find(key)
    assert len(of_key(sandbox, key)) == 1
    assert await links.find(new_id().hex) is None


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "act_and_drop"},
        {"kind": "drop"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502},
    ],
)
async def test_without_an_answer_the_key_finds_out(
    sandbox: Sandbox, links: Razorpay, fault: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    key = new_id().hex
    sandbox.fault("razorpay", "delay", seconds=0)
    sandbox.fault("razorpay", **fault)
    with pytest.raises(VendorTimeout):
        await make(links, key)
    await make(links, key)
    assert len(of_key(sandbox, key)) == 1
    assert capsys.readouterr().out == "", "the SDK prints"


async def test_silence_ends_after_the_time_limit(
    sandbox: Sandbox, links: Razorpay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    sandbox.fault("razorpay", "hang")
    with pytest.raises(VendorTimeout, match="no answer"):
        await make(links, new_id().hex)


@pytest.mark.parametrize(("status", "retryable"), [(400, False), (401, True), (403, True), (429, True)])
async def test_a_refusal_has_made_nothing(
    sandbox: Sandbox, links: Razorpay, status: int, retryable: bool
) -> None:
    key = new_id().hex
    sandbox.fault("razorpay", "delay", seconds=0)
    sandbox.fault("razorpay", "status", status=status)
    with pytest.raises(VendorError, match=f"status {status}") as failed:
        await make(links, key)
    assert (failed.value.retryable, isinstance(failed.value, VendorTimeout)) == (retryable, False)
    assert of_key(sandbox, key) == []


async def test_a_wrong_key_is_our_fault_and_never_told(sandbox: Sandbox) -> None:
    stranger = Razorpay("rzp_test_x", "wrongwrongwrong", sandbox.base_urls["RAZORPAY"])
    with pytest.raises(VendorError, match="status 401") as failed:
        await stranger.find("x")
    assert failed.value.retryable, "once a person has mended it"
    assert "wrongwrong" not in str(failed.value)


async def test_a_cancelled_link_is_over_and_cancelled_again_it_is_still(
    sandbox: Sandbox, links: Razorpay
) -> None:
    made = await make(links, new_id().hex)
    for _ in range(2):
        assert (await links.cancel(made.reference)).status is LinkStatus.OVER
    assert pay(sandbox, made.reference).status_code == 409


async def test_a_paid_link_stays_paid(sandbox: Sandbox, links: Razorpay) -> None:
    made = await make(links, new_id().hex)
    payment = pay(sandbox, made.reference).json()["id"]
    for found in (await links.look(made.reference), await links.cancel(made.reference)):
        assert (found.status, found.payment, found.amount) == (LinkStatus.PAID, payment, TOTAL)


async def paid(sandbox: Sandbox, links: Razorpay) -> str:
    made = await make(links, new_id().hex)
    return str(pay(sandbox, made.reference).json()["id"])


def given(sandbox: Sandbox, payment: str) -> list[int]:
    return [one["amount"] for one in kept(sandbox, "refunds") if one["payment_id"] == payment]


async def test_a_part_is_given_back_once_per_key(sandbox: Sandbox, links: Razorpay) -> None:
    payment, key = await paid(sandbox, links), f"refund:{new_id()}:not_delivered:all"
    first = await links.refund(payment, Money(1000, "INR"), key=key)
    assert await links.refund(payment, Money(1000, "INR"), key=key) == first
    assert given(sandbox, payment) == [1000]
    with pytest.raises(VendorError, match="already refunded"):
        await links.refund(payment, Money(61001, "INR"), key=str(new_id()))
    await links.refund(payment, Money(61000, "INR"), key=str(new_id()))
    with pytest.raises(VendorError, match="already refunded"):
        await links.refund(payment, Money(1, "INR"), key=str(new_id()))


async def test_a_refund_whose_answer_is_lost_is_found_out(sandbox: Sandbox, links: Razorpay) -> None:
    payment = await paid(sandbox, links)
    sandbox.fault("razorpay", "delay", seconds=0)
    sandbox.fault("razorpay", "act_and_drop")
    key = str(new_id())
    with pytest.raises(VendorTimeout):
        await links.refund(payment, Money(1000, "INR"), key=key)
    assert given(sandbox, payment) == [1000]
    await links.refund(payment, Money(1000, "INR"), key=key)
    assert given(sandbox, payment) == [1000]


async def test_asked_again_before_the_first_request_has_acted_it_is_still_one_refund(
    sandbox: Sandbox, links: Razorpay, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, key = await paid(sandbox, links), str(new_id())
    sandbox.fault("razorpay", "delay", seconds=2, match="POST /razorpay/v1/payments")
    with monkeypatch.context() as impatient:
        impatient.setattr(module, "TIMEOUT_SECONDS", 0.5)
        with pytest.raises(VendorTimeout):
            await links.refund(payment, Money(1000, "INR"), key=key)
    refund = await links.refund(payment, Money(1000, "INR"), key=key)
    await asyncio.sleep(2.5)  # by then the first one has come through
    assert given(sandbox, payment) == [1000]
    assert await links.refund(payment, Money(1000, "INR"), key=key) == refund


async def test_while_the_first_request_still_runs_the_outcome_is_unknown(
    sandbox: Sandbox, links: Razorpay
) -> None:
    payment = await paid(sandbox, links)
    sandbox.fault("razorpay", "status", status=409, match="POST /razorpay/v1/payments")
    with pytest.raises(VendorTimeout, match="status 409"):
        await links.refund(payment, Money(1000, "INR"), key=str(new_id()))
    assert given(sandbox, payment) == []


async def test_a_refund_that_came_back_says_so(sandbox: Sandbox, links: Razorpay) -> None:
    payment = await paid(sandbox, links)
    key = str(new_id())
    refund = await links.refund(payment, TOTAL, key=key)
    come_back(sandbox, refund)
    with pytest.raises(VendorError, match="refund failed"):
        await links.refund(payment, TOTAL, key=key)


async def test_its_books_have_everything_page_by_page(
    sandbox: Sandbox, links: Razorpay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    payments = [await paid(sandbox, links) for _ in range(3)]
    refund = await links.refund(payments[0], Money(1000, "INR"), key=str(new_id()))
    now = datetime.now(UTC)
    books = {
        one.reference: one
        for one in await links.movements(now - timedelta(minutes=10), now + timedelta(minutes=1))
    }
    assert {books[payment].status for payment in payments} == {Moved.TAKEN}
    assert (books[refund].status, books[refund].amount) == (Moved.GIVEN, Money(1000, "INR"))
    assert await links.movements(now + timedelta(hours=1), now + timedelta(hours=2)) == []


def test_an_error_that_is_ours_to_tell_has_none_of_its_words() -> None:
    assert "secret" not in translated(400, ValueError("the secret is x")).message


def test_a_signature_fits_its_own_bytes_only() -> None:
    made = hmac.new(b"secret", b"{}", hashlib.sha256).hexdigest()
    assert signed(b"{}", made, "secret")
    assert not signed(b"{ }", made, "secret")
    assert not signed(b"{}", "é", "secret")
