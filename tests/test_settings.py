"""The environment is read once, refused with every reason at once, and never quoted."""

import base64
from datetime import UTC, datetime

import pytest

from errors import ConfigError
from settings import REQUIRED_IN_PROD, VENDORS, Settings, load_settings

SECRET = "hunter2-hunter2"
PROD = {
    "APP_ENV": "prod",
    "SECRET_KEY": SECRET,
    "PII_KEYS": "k1:" + base64.b64encode(b"k" * 32).decode(),
    "API_KEYS": f"ops:{SECRET}:read+operate",
    **{
        name.upper(): f"https://{name.replace('_', '-')}.test" if name.endswith("_url") else SECRET
        for name in REQUIRED_IN_PROD
    },
}


def problems(environment: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load_settings(environment)
    return refused.value.problems


def test_a_fresh_machine_needs_nothing() -> None:
    settings = load_settings({})
    assert (settings.app_env, settings.port, settings.prod) == ("dev", 8000, False)
    assert (settings.public, settings.media) == ("http://127.0.0.1:8000", "ws://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("public", "media", "sockets"),
    [
        ("https://tiffin.test/", "", "wss://tiffin.test"),
        ("https://tiffin.test", "wss://one.tiffin.test/", "wss://one.tiffin.test"),
        ("https://tiffin.test", "https://one.tiffin.test", "wss://one.tiffin.test"),
    ],
)
def test_media_sockets_follow_the_public_address(public: str, media: str, sockets: str) -> None:
    settings = load_settings({"PUBLIC_URL": public, "MEDIA_URL": media})
    assert (settings.public, settings.media) == ("https://tiffin.test", sockets)


def test_every_problem_is_told_at_once_by_its_variable() -> None:
    found = problems(
        {"PORT": "0", "APP_ENV": "staging", "CLOCK_SPEED": "-1", "CLOCK_START": "2026-03-02T18:30:00"}
        | {"STRIPE_BASE_URL": "ftp://x", "PUBLIC_URL": "nonsense"}
    )
    named = {problem.partition(":")[0] for problem in found}
    assert named == {"PORT", "APP_ENV", "CLOCK_SPEED", "CLOCK_START", "STRIPE_BASE_URL", "PUBLIC_URL"}


def test_lists_are_split_and_empty_values_are_unset() -> None:
    settings = load_settings({"TEST_NUMBERS": "+15125550110, +15125550111,,", "STRIPE_API_KEY": ""})
    assert settings.test_numbers == ("+15125550110", "+15125550111")
    assert settings.stripe_api_key is None


def test_proxies_are_addresses_and_networks_and_never_everybody() -> None:
    trusted = load_settings({"TRUSTED_PROXIES": "10.0.0.5, 10.1.0.0/16,fd00::/8"}).trusted_proxies
    assert trusted == ("10.0.0.5", "10.1.0.0/16", "fd00::/8")
    assert load_settings({}).trusted_proxies == ()
    for wrong in ("*", "proxy.test", "10.1.0.4/16", "10.0.0.5,*", "0.0.0.0/0", "::/0"):
        (problem,) = problems({"TRUSTED_PROXIES": wrong})
        assert problem.startswith("TRUSTED_PROXIES: "), wrong
        assert wrong not in problem


def test_a_start_time_keeps_its_zone() -> None:
    settings = load_settings({"CLOCK_START": "2026-03-02T12:30:00-06:00", "CLOCK_SPEED": "60"})
    assert settings.clock_start == datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


def test_prod_starts_with_everything() -> None:
    assert load_settings(PROD).prod


@pytest.mark.parametrize(
    "name", [*(n.upper() for n in REQUIRED_IN_PROD), "SECRET_KEY", "PII_KEYS", "API_KEYS"]
)
def test_prod_refuses_to_start_without(name: str) -> None:
    found = problems({key: value for key, value in PROD.items() if key != name})
    assert len(found) == 1
    assert found[0].startswith(name)


def test_prod_names_all_that_is_missing_at_once() -> None:
    assert len(problems({"APP_ENV": "prod"})) == len(REQUIRED_IN_PROD) + 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"SIMULATED": "deepgram,stripe"}, ["deepgram is simulated", "stripe is simulated"]),
        ({"CLOCK_SPEED": "60"}, ["not for production"]),
        ({"CLOCK_START": "2026-03-02T18:30:00Z"}, ["not for production"]),
    ],
)
def test_prod_takes_no_stand_ins(change: dict[str, str], says: list[str]) -> None:
    found = problems(PROD | change)
    assert len(found) == len(says)
    assert all(text in problem for text, problem in zip(says, found, strict=True))


@pytest.mark.parametrize(
    "broken",
    [{f"{vendor.upper()}_BASE_URL": f"not a url {SECRET}"} for vendor in VENDORS]
    + [{"QDRANT_URL": f"://{SECRET}@qdrant"}, {"PORT": SECRET}, {"CLOCK_START": SECRET}, {"APP_ENV": SECRET}],
    ids=lambda broken: next(iter(broken)),
)
def test_a_refusal_never_quotes_a_value(broken: dict[str, str]) -> None:
    assert SECRET not in "\n".join(problems(PROD | broken))


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(load_settings(PROD)) + str(load_settings(PROD).model_dump())
    secret_fields = [
        name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
    ]
    assert len(secret_fields) > 15
    plain = sum(
        getattr(load_settings(PROD), name) == SECRET for name in Settings.model_fields
    )  # account names and numbers: shown on purpose
    assert shown.count(SECRET) == 2 * plain
