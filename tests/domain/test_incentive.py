"""What a delivery pays: more for what is harder to give away, and never more than is written."""

from hypothesis import given
from hypothesis import strategies as st

from db.seeding.dispatch import read_dispatch
from domain.incentive import Difficulty, incentive, pay
from domain.money import Money

US = read_dispatch()["US"]
difficulties = st.builds(Difficulty, km=st.floats(0, 40), step=st.integers(0, 5), tries=st.integers(0, 12))


def test_an_easy_one_pays_base_and_way_and_nothing_extra() -> None:
    paid = pay(US, Difficulty(km=2.0))
    assert (paid.whole, paid.extra) == (Money(350 + 2 * 50, "USD"), Money(0, "USD"))


def test_distance_steps_and_tries_add_up() -> None:
    paid = pay(US, Difficulty(km=8.0, step=1, tries=2))
    extra = 2 * 25 + 50 + 2 * 50
    assert (paid.whole.amount, paid.extra.amount) == (350 + 8 * 50 + extra, extra)


def test_the_extra_is_rounded_up_to_what_is_paid_out() -> None:
    assert incentive(US, Difficulty(km=6.1)) == 5


def test_it_ends_at_the_most() -> None:
    assert incentive(US, Difficulty(km=6.0, tries=100)) == US.incentive.most


def test_where_all_was_in_vain_it_pays_the_most_at_once() -> None:
    assert pay(US, Difficulty(km=1.0, in_vain=True)).extra == Money(US.incentive.most, "USD")


@given(difficulties, difficulties)
def test_harder_never_pays_less(one: Difficulty, other: Difficulty) -> None:
    harder = Difficulty(max(one.km, other.km), max(one.step, other.step), max(one.tries, other.tries))
    assert pay(US, harder).whole >= max(pay(US, one).whole, pay(US, other).whole)
    assert 0 <= incentive(US, harder) <= US.incentive.most
