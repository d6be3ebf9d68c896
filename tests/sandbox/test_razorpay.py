"""The made-up Razorpay: webhooks that its own SDK accepts, and links that live as real ones do."""

import time

import pytest
import razorpay

from sandbox.links import Links, RazorpayError
from sandbox.webhooks import RazorpayPostman


@pytest.fixture
def links() -> Links:
    return Links("http://127.0.0.1:9/razorpay/l")


def wanted(**more: object) -> dict[str, object]:
    return {"amount": 62000, "currency": "INR", "reference_id": "ours", "notes": {"link": "ours"}, **more}


def test_its_webhooks_are_signed_as_the_sdk_checks_them(links: Links) -> None:
    made = links.create(wanted())
    links.pay(str(made["id"]), late=False, method="upi")
    postman = RazorpayPostman("secret")
    for event in links.events:
        body = postman.body(event)
        headers = postman.headers(event, body)
        check = razorpay.Utility(razorpay.Client(auth=("id", "key"))).verify_webhook_signature
        check(body.decode(), headers["x-razorpay-signature"], "secret")
        assert headers["x-razorpay-event-id"] == event["id"]
    assert [event["type"] for event in links.events] == ["payment.captured", "payment_link.paid"]
    assert links.events[0]["body"]["payload"]["payment"]["entity"]["notes"] == {"link": "ours"}


def test_a_reference_is_used_once(links: Links) -> None:
    links.create(wanted())
    with pytest.raises(RazorpayError, match="already exists"):
        links.create(wanted())


def test_a_link_lives_for_a_quarter_of_an_hour_at_least(links: Links) -> None:
    with pytest.raises(RazorpayError, match="15 minutes"):
        links.create(wanted(expire_by=int(time.time()) + 600))


def test_a_link_whose_time_has_come_is_paid_only_late(links: Links) -> None:
    made = links.create(wanted(expire_by=int(time.time()) + 1000))
    links.links[str(made["id"])]["expire_by"] = int(time.time()) - 1
    assert links.find("ours")["status"] == "expired"
    with pytest.raises(RazorpayError):
        links.pay("ours", late=False, method="upi")
    assert links.pay("ours", late=True, method="upi")["status"] == "captured"
    assert links.find("ours")["status"] == "paid"
