"""Our Stripe client over the real SDK: one charge per key, every failure in our words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import stripe as sdk

from domain.ids import new_id
from domain.money import Money
from errors import AlreadyTaken, PaymentDeclined, VendorError, VendorTimeout
from tests.fakes.sandbox import Sandbox
from tests.fakes.until import until
from vendors import stripe as module
from vendors.payments import Authorisation
from vendors.stripe import Stripe

# The SDK hands httpx its form as `data=`, which httpx takes with a warning.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
TOTAL = Money(3106, "USD")


@pytest.fixture
async def cards(sandbox: Sandbox) -> AsyncIterator[Stripe]:
    client = Stripe(sandbox.keys["STRIPE_API_KEY"], sandbox.base_urls["STRIPE"])
    yield client
    await client.close()


async def authorise(cards: Stripe, key: str, method: str = "pm_card_visa") -> Authorisation:
    return await cards.authorise(TOTAL, method=method, customer=None, key=key, order_code="482913")


@asynccontextmanager
async def elsewhere(sandbox: Sandbox) -> AsyncIterator[sdk.StripeClient]:
    """Somebody else with the same account."""
    http = sdk.HTTPXClient()
    yield sdk.StripeClient(
        sandbox.keys["STRIPE_API_KEY"], base_addresses={"api": sandbox.base_urls["STRIPE"]}, http_client=http
    )
    await http.close_async()  # type: ignore[no-untyped-call]


async def intent(sandbox: Sandbox, reference: str) -> sdk.PaymentIntent:
    async with elsewhere(sandbox) as client:
        return await client.v1.payment_intents.retrieve_async(reference)


def charged(sandbox: Sandbox, reference: str) -> int:
    return sum(charge["payment_intent"] == reference for charge in sandbox.charges())


async def test_money_is_held_not_taken(sandbox: Sandbox, cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    found = await intent(sandbox, held.reference)
    assert (found.status, found.amount, found.amount_received) == ("requires_capture", 3106, 0)
    assert found.metadata.to_dict() == {"order_code": "482913"}


async def test_what_is_held_is_taken_or_let_go(sandbox: Sandbox, cards: Stripe) -> None:
    first, second = [await authorise(cards, str(new_id())) for _ in range(2)]
    await cards.capture(first.reference, key=str(new_id()))
    await cards.cancel(second.reference, key=str(new_id()))
    ends = [(await intent(sandbox, held.reference)).status for held in (first, second)]
    assert ends == ["succeeded", "canceled"]


async def test_less_than_is_held_is_taken_and_the_rest_let_go(sandbox: Sandbox, cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    assert await cards.capture(held.reference, Money(2500, "USD"), key=str(new_id())) == Money(2500, "USD")
    found = await intent(sandbox, held.reference)
    assert (found.status, found.amount_received, found.amount_capturable) == ("succeeded", 2500, 0)


async def test_what_was_taken_is_told_however_it_is_asked_again(sandbox: Sandbox, cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    await cards.capture(held.reference, Money(2500, "USD"), key=str(new_id()))
    for amount in (Money(2500, "USD"), Money(100, "USD"), None):
        assert await cards.capture(held.reference, amount, key=str(new_id())) == Money(2500, "USD")
    assert (await intent(sandbox, held.reference)).amount_received == 2500


async def test_a_capture_whose_answer_is_lost_is_found_out(sandbox: Sandbox, cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    sandbox.fault("stripe", "act_and_drop", times=None, match="/capture")
    with pytest.raises(VendorTimeout):
        await cards.capture(held.reference, TOTAL, key=str(new_id()))
    assert (await intent(sandbox, held.reference)).amount_received == 3106
    sandbox.clear()
    assert await cards.capture(held.reference, TOTAL, key=str(new_id())) == TOTAL


async def test_somebody_else_takes_it_in_the_same_moment(sandbox: Sandbox, cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    sandbox.fault("stripe", "delay", seconds=1, match="/capture")
    taking = asyncio.create_task(cards.capture(held.reference, TOTAL, key=str(new_id())))

    async def asked() -> bool:
        return any(r["path"].endswith(f"{held.reference}/capture") for r in sandbox.requests("stripe"))

    async with elsewhere(sandbox) as client:
        await until(asked)
        await client.v1.payment_intents.capture_async(held.reference, {"amount_to_capture": 900})
    assert await taking == Money(900, "USD")


async def test_more_than_is_held_is_not_taken(sandbox: Sandbox, cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    with pytest.raises(VendorError, match="status 400") as failed:
        await cards.capture(held.reference, Money(3107, "USD"), key=str(new_id()))
    assert not failed.value.retryable
    assert (await intent(sandbox, held.reference)).status == "requires_capture"


async def test_what_was_let_go_of_cannot_be_taken(cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    await cards.cancel(held.reference, key=str(new_id()))
    with pytest.raises(VendorError, match="the hold is canceled") as failed:
        await cards.capture(held.reference, TOTAL, key=str(new_id()))
    assert not failed.value.retryable


async def test_what_was_let_go_of_is_let_go_of_again_when_stripe_has_forgotten_the_key(cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    for _ in range(2):
        await cards.cancel(held.reference, key=str(new_id()))


async def test_what_was_taken_cannot_be_let_go_of(sandbox: Sandbox, cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    await cards.capture(held.reference, Money(2500, "USD"), key=str(new_id()))
    with pytest.raises(AlreadyTaken) as found:
        await cards.cancel(held.reference, key=str(new_id()))
    assert (found.value.amount, found.value.currency) == (2500, "USD")
    assert not found.value.retryable


async def test_the_same_key_is_the_same_charge(sandbox: Sandbox, cards: Stripe) -> None:
    key = str(new_id())
    first = await authorise(cards, key)
    assert await authorise(cards, key) == first
    assert charged(sandbox, first.reference) == 1


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
async def test_a_refused_card_says_why_and_leaves_a_trace(
    sandbox: Sandbox, cards: Stripe, method: str, code: str
) -> None:
    with pytest.raises(PaymentDeclined) as refused:
        await authorise(cards, str(new_id()), method)
    assert refused.value.code == code
    assert refused.value.reference is not None
    assert (await intent(sandbox, refused.value.reference)).status == "requires_payment_method"


async def test_an_answer_lost_once_is_asked_for_again_and_charged_once(
    sandbox: Sandbox, cards: Stripe
) -> None:
    sandbox.fault("stripe", "act_and_drop")
    held = await authorise(cards, str(new_id()))
    assert charged(sandbox, held.reference) == 1


@pytest.mark.parametrize(
    "fault", [{"kind": "act_and_drop"}, {"kind": "drop"}, {"kind": "status", "status": 500}]
)
async def test_an_answer_that_never_comes_is_an_unknown_outcome_until_the_key_is_asked_again(
    sandbox: Sandbox, cards: Stripe, fault: dict[str, object]
) -> None:
    key = str(new_id())
    sandbox.fault("stripe", str(fault["kind"]), times=None, **{k: v for k, v in fault.items() if k != "kind"})
    with pytest.raises(VendorTimeout):
        await authorise(cards, key)
    sandbox.clear()
    held = await authorise(cards, key)
    assert charged(sandbox, held.reference) == 1


async def test_silence_ends_after_the_time_limit(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(module, "RETRIES", 0)
    sandbox.fault("stripe", "hang", times=None)
    impatient = Stripe(sandbox.keys["STRIPE_API_KEY"], sandbox.base_urls["STRIPE"])
    with pytest.raises(VendorTimeout, match="no answer"):
        await authorise(impatient, str(new_id()))
    await impatient.close()


async def test_too_many_requests_hold_nothing_and_may_be_tried_again(sandbox: Sandbox, cards: Stripe) -> None:
    sandbox.fault("stripe", "status", status=429)
    with pytest.raises(VendorError, match="status 429") as failed:
        await authorise(cards, str(new_id()))
    assert failed.value.retryable
    assert not isinstance(failed.value, VendorTimeout)


@pytest.mark.parametrize("refusal", [429, 401, 400])
async def test_a_refusal_after_a_lost_answer_leaves_the_outcome_unknown(
    sandbox: Sandbox, cards: Stripe, refusal: int
) -> None:
    key = str(new_id())
    sandbox.fault("stripe", "act_and_drop", times=1)
    sandbox.fault("stripe", "status", status=refusal, times=None)
    with pytest.raises(VendorTimeout, match=f"status {refusal}"):
        await authorise(cards, key)
    sandbox.clear()
    held = await authorise(cards, key)
    assert charged(sandbox, held.reference) == 1


async def test_a_key_in_use_is_an_unknown_outcome(sandbox: Sandbox, cards: Stripe) -> None:
    sandbox.fault("stripe", "status", status=409, times=None)
    with pytest.raises(VendorTimeout, match="status 409"):
        await authorise(cards, str(new_id()))


async def test_a_key_of_another_request_is_an_unknown_outcome(sandbox: Sandbox, cards: Stripe) -> None:
    key = str(new_id())
    await authorise(cards, key)
    with pytest.raises(VendorTimeout):
        await authorise(cards, key, "pm_card_mastercard")


async def test_a_lost_answer_of_one_request_says_nothing_about_the_next(
    sandbox: Sandbox, cards: Stripe
) -> None:
    sandbox.fault("stripe", "drop")
    await authorise(cards, str(new_id()))
    sandbox.fault("stripe", "status", status=429)
    with pytest.raises(VendorError) as failed:
        await authorise(cards, str(new_id()))
    assert not isinstance(failed.value, VendorTimeout)


async def test_a_wrong_key_is_our_fault_and_never_told(sandbox: Sandbox) -> None:
    wrong = "sk_test_wrongwrongwrong"
    stranger = Stripe(wrong, sandbox.base_urls["STRIPE"])
    with pytest.raises(VendorError, match="status 401") as failed:
        await authorise(stranger, str(new_id()))
    await stranger.close()
    assert failed.value.retryable, "once a person has mended it"
    assert not isinstance(failed.value, VendorTimeout)
    assert wrong not in str(failed.value)


async def test_a_refund_waits_for_a_key_that_is_mended(sandbox: Sandbox, cards: Stripe) -> None:
    reference, key = await taken(cards), str(new_id())
    for status in (401, 403):
        sandbox.fault("stripe", "status", status=status, match="POST")
        with pytest.raises(VendorError, match=f"status {status}") as failed:
            await cards.refund(reference, TOTAL, key=key)
        assert (failed.value.retryable, isinstance(failed.value, VendorTimeout)) == (True, False)
    assert await cards.refund(reference, TOTAL, key=key)


async def taken(cards: Stripe) -> str:
    held = await authorise(cards, str(new_id()))
    await cards.capture(held.reference, key=str(new_id()))
    return held.reference


def given_back(sandbox: Sandbox, reference: str) -> list[int]:
    return [c["amount_refunded"] for c in sandbox.charges() if c["payment_intent"] == reference]


async def test_a_part_is_given_back_once_per_key(sandbox: Sandbox, cards: Stripe) -> None:
    reference, key = await taken(cards), str(new_id())
    first = await cards.refund(reference, Money(1000, "USD"), key=key)
    assert first.startswith("re_")
    assert await cards.refund(reference, Money(1000, "USD"), key=key) == first
    assert given_back(sandbox, reference) == [1000]
    assert await cards.refund(reference, Money(2106, "USD"), key=str(new_id())) != first
    assert given_back(sandbox, reference) == [3106]


async def test_a_key_that_stripe_has_forgotten_is_still_one_refund(sandbox: Sandbox, cards: Stripe) -> None:
    reference, key = await taken(cards), str(new_id())
    async with elsewhere(sandbox) as client:
        made = await client.v1.refunds.create_async(
            {"payment_intent": reference, "amount": 1000, "metadata": {"key": key}}
        )
    assert await cards.refund(reference, Money(1000, "USD"), key=key) == made.id
    assert given_back(sandbox, reference) == [1000]


@pytest.mark.parametrize("cents", [2107, 3106])
async def test_more_than_is_left_is_already_refunded(sandbox: Sandbox, cards: Stripe, cents: int) -> None:
    reference = await taken(cards)
    await cards.refund(reference, Money(1000, "USD"), key=str(new_id()))
    with pytest.raises(VendorError, match="already refunded") as failed:
        await cards.refund(reference, Money(cents, "USD"), key=str(new_id()))
    assert not failed.value.retryable
    assert given_back(sandbox, reference) == [1000]


async def test_what_is_only_held_cannot_be_refunded(cards: Stripe) -> None:
    held = await authorise(cards, str(new_id()))
    with pytest.raises(VendorError, match="status 400"):
        await cards.refund(held.reference, TOTAL, key=str(new_id()))


def lose_the_refund(sandbox: Sandbox, times: int | None) -> None:
    """The look-up before it is answered; what is given back after that is not told."""
    sandbox.fault("stripe", "delay", seconds=0)
    sandbox.fault("stripe", "act_and_drop", times=times)


async def test_a_refund_whose_answer_is_lost_is_found_out_with_the_same_key(
    sandbox: Sandbox, cards: Stripe
) -> None:
    reference, key = await taken(cards), str(new_id())
    lose_the_refund(sandbox, None)
    with pytest.raises(VendorTimeout):
        await cards.refund(reference, Money(1000, "USD"), key=key)
    sandbox.clear()
    assert given_back(sandbox, reference) == [1000]
    await cards.refund(reference, Money(1000, "USD"), key=key)
    assert given_back(sandbox, reference) == [1000]


async def test_a_refused_repeat_leaves_the_refund_unknown(sandbox: Sandbox, cards: Stripe) -> None:
    reference, key = await taken(cards), str(new_id())
    lose_the_refund(sandbox, 1)
    sandbox.fault("stripe", "status", status=400, times=None)
    with pytest.raises(VendorTimeout, match="status 400"):
        await cards.refund(reference, Money(1000, "USD"), key=key)
    assert given_back(sandbox, reference) == [1000]


async def test_a_payment_of_yesterday_is_known_to_the_box(sandbox: Sandbox, cards: Stripe) -> None:
    """`data/people.yaml` gives a customer an order that was paid by card before the box was opened."""
    found = await intent(sandbox, "pi_pastAshaRaoYesterday")
    assert (found.status, found.amount_received, found.currency) == ("succeeded", 2511, "usd")
    await cards.refund(found.id, Money(2511, "USD"), key=str(new_id()))
    assert given_back(sandbox, found.id) == [2511]
