"""Who is real and who is played, by what is in the environment."""

import pytest

from scripts.child import BadSettingsError, StackError
from scripts.outside import KEYS, Sandbox, isolated, vendor_variables

SANDBOX = Sandbox(
    url="http://127.0.0.1:9",
    base_urls={vendor: f"http://127.0.0.1:9/{vendor}" for vendor in KEYS},
    keys={name: f"made-up-{name}" for group in KEYS.values() for name in group},
)


def test_without_a_key_everybody_is_played() -> None:
    found = vendor_variables({}, SANDBOX)
    assert found["SIMULATED"].split(",") == [vendor.lower() for vendor in KEYS]
    assert found["ANTHROPIC_API_KEY"] == "made-up-ANTHROPIC_API_KEY"
    assert found["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:9/ANTHROPIC"
    assert found["SANDBOX_URL"] == SANDBOX.url


def test_a_vendor_the_sandbox_does_not_play_is_not_called_simulated() -> None:
    keys = {name: value for name, value in SANDBOX.keys.items() if not name.startswith("RAZORPAY_")}
    bases = {vendor: url for vendor, url in SANDBOX.base_urls.items() if vendor != "RAZORPAY"}
    found = vendor_variables({}, Sandbox(SANDBOX.url, bases, keys))
    assert "razorpay" not in found["SIMULATED"].split(",")
    assert not [name for name in found if name.startswith("RAZORPAY_")]


def test_a_vendor_with_a_key_is_real() -> None:
    found = vendor_variables({"ANTHROPIC_API_KEY": "mine"}, SANDBOX)
    assert "anthropic" not in found["SIMULATED"].split(",")
    assert not [name for name in found if name.startswith("ANTHROPIC_")]
    assert "openai" in found["SIMULATED"].split(",")


def test_an_address_wins_over_the_sandbox() -> None:
    found = vendor_variables({"OPENAI_BASE_URL": "http://gpu.local/v1"}, SANDBOX)
    assert "openai" not in found["SIMULATED"].split(",")
    assert "OPENAI_BASE_URL" not in found
    assert found["OPENAI_API_KEY"]


def test_half_of_a_vendors_keys_is_an_error_that_names_the_rest_of_every_vendor() -> None:
    with pytest.raises(BadSettingsError) as caught:
        vendor_variables({"STRIPE_API_KEY": "sk_live", "TWILIO_AUTH_TOKEN": "token"}, SANDBOX)
    assert caught.value.problems == [
        "STRIPE_WEBHOOK_SECRET missing: set all of STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET, or none of them",
        "TWILIO_ACCOUNT_SID, TWILIO_FROM_NUMBER missing: set all of TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, "
        "TWILIO_FROM_NUMBER, or none of them",
    ]


def test_an_empty_variable_counts_as_not_set() -> None:
    assert "anthropic" in vendor_variables({"ANTHROPIC_API_KEY": ""}, SANDBOX)["SIMULATED"]


def test_a_simulated_caller_uses_a_telephone_and_stores_of_its_own() -> None:
    theirs = dict.fromkeys(
        (*KEYS["TWILIO"], "DATABASE_URL", "SECRET_KEY", "CLOCK_START", "APP_ENV"), "theirs"
    )
    own = isolated(theirs | {"ANTHROPIC_API_KEY": "mine", "PATH": "/bin"})
    assert own == {"ANTHROPIC_API_KEY": "mine", "PATH": "/bin"}
    played = vendor_variables(own, SANDBOX)["SIMULATED"].split(",")
    assert "twilio" in played
    assert "anthropic" not in played


def test_a_first_line_that_lacks_something_is_refused() -> None:
    with pytest.raises(StackError, match="lacks 'keys'"):
        Sandbox.read({"url": "http://127.0.0.1:9", "base_urls": {}})
