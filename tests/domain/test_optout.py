"""The wish not to be called: heard in its own words, and not in words that mean something else."""

import pytest

from domain.optout import about_orders, opts_out


@pytest.mark.parametrize(
    "said",
    [
        "stop calling me",
        "Please stop these calls.",
        "don't ever call me again",
        "do not text me anymore",
        "I want to opt out",
        "opt me out please",
        "unsubscribe",
        "I revoke my consent",
        "take me off your list",
        "remove my number from your system",
        "no more calls please",
        "mujhe call mat karo",
        "कॉल मत करो",
        "don’t call me again",
    ],
)
def test_it_is_heard_whoever_called(said: str) -> None:
    assert opts_out(said)


@pytest.mark.parametrize("said", ["stop", "Stop, please.", "quit", "end", "cancel", "revoke", "Opt out."])
def test_a_bare_word_counts_in_a_call_of_ours(said: str) -> None:
    assert opts_out(said, called=True)


@pytest.mark.parametrize(
    "said",
    [
        "stop",
        "cancel",
        "cancel my order",
        "stop adding naan",
        "that's the end",
        "don't call me when you arrive",
        "just ring the bell, don't call me",
        "please don't call before eight",
        "call me back",
        "no more naan",
        "don't message the driver",
    ],
)
def test_what_means_something_else_to_who_orders_is_not_taken_for_it(said: str) -> None:
    assert not opts_out(said)


@pytest.mark.parametrize("said", ["stop it at the door", "cancel my order", "the end was cold", "no", "five"])
def test_more_than_a_bare_word_is_an_answer(said: str) -> None:
    assert not opts_out(said, called=True)


def test_orders_are_meant_only_when_they_are_named() -> None:
    assert about_orders("don't call me about my order either")
    assert about_orders("no calls at all")
    assert not about_orders("stop calling me")
