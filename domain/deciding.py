"""What a customer may decide about a dish that has run out, as the system tells it: each way with what it costs."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from domain.money import Money
from domain.saying import Saying, both
from domain.speech import say_money


class Choice(StrEnum):
    """What becomes of an order with a dish that its kitchen lacks."""

    INSTEAD = "instead"
    """Another dish, which was put to them."""
    LEAVE_OUT = "leave_out"
    CANCEL = "cancel"


RUN_OUT = Saying("{brand} has run out of {dish}.", "{brand} में {dish} ख़त्म हो गया है।")
OFFERS = Saying("You can have {dish} instead: {costs}.", "उसकी जगह {dish} मिल सकता है: {costs}।")
LEAVES_OUT = Saying("I can leave it out: {costs}.", "मैं उसे हटा सकती हूँ: {costs}।")
OR_LEAVES_OUT = Saying("Or I leave it out: {costs}.", "या मैं उसे हटा दूँ: {costs}।")
CANCELS = Saying("I can only cancel the order then{money}.", "तब मैं बस ऑर्डर कैंसल कर सकती हूँ{money}।")
OR_CANCELS = Saying("Or I cancel the order{money}.", "या मैं ऑर्डर कैंसल कर दूँ{money}।")
STAYS = Saying("the total stays {after}", "कुल रकम {after} ही रहेगी")
BECOMES = Saying(
    "the total becomes {after} instead of {before}{back}", "कुल रकम {before} की जगह {after} हो जाएगी{back}"
)
GOES_BACK = Saying(", and {back} goes back to {paid}", ", और {back} {paid} वापस जाएँगे")
CARD = Saying("your {card}", "आपके {card} पर")
WHERE_FROM = Saying("where you paid from", "जहाँ से आपने पेमेंट किया था वहीं")
"""Where money goes back that did not come from a card."""
NOTHING_DUE = Saying(", and there is nothing to pay", ", और कुछ देना नहीं होगा")
LET_GO = Saying(
    ", and the {held} held on your {card} is let go", ", और आपके {card} पर रुके हुए {held} छोड़ दिए जाएँगे"
)
NOTHING = Saying("", "")
TAKE = Saying("Would you like the {dish}?", "क्या {dish} चलेगा?")
WHICH = Saying("Which would you like?", "आप क्या चाहेंगे?")
LEAVE_IT = Saying("Shall I leave it out?", "क्या मैं उसे हटा दूँ?")
CANCEL_IT = Saying("Shall I cancel it?", "क्या मैं ऑर्डर कैंसल कर दूँ?")
LABELS = {
    Choice.LEAVE_OUT: Saying("leave it out", "उसे हटा दीजिए"),
    Choice.CANCEL: Saying("cancel the order", "ऑर्डर कैंसल कर दीजिए"),
}
"""The choices as answers, where a yes or a no answers nothing."""


def costs(before: Money, after: Money, paid: Saying | None) -> Saying:
    """What the order costs then. `paid`: where the money came from, when it has been taken already."""
    if after == before:
        return STAYS.format(after=_amount(after))
    back = Money(before.amount - after.amount, before.currency)
    goes = given_back(back, paid) if paid is not None and back.amount > 0 else NOTHING
    return BECOMES.format(after=_amount(after), before=_amount(before), back=goes)


def way(choice: Choice, means: str, instead: str, *, first: bool) -> Saying:
    """One way in words, the first of several or another; `means`: what it does to total or money."""
    if choice is Choice.INSTEAD:
        return OFFERS.format(dish=instead, costs=means)
    if choice is Choice.LEAVE_OUT:
        return (LEAVES_OUT if first else OR_LEAVES_OUT).format(costs=means)
    return (CANCELS if first else OR_CANCELS).format(money=means)


def together(*parts: Saying) -> Saying:
    """Sentences one after the other."""
    return Saying(" ".join(parts), " ".join(part.hi for part in parts))


def let_go(held: Money, card: str) -> Saying:
    """A cancelled order whose money is held on a card."""
    return LET_GO.format(held=_amount(held), card=card)


def given_back(back: Money, paid: str) -> Saying:
    """What was charged and is not due goes back to where it came from."""
    return GOES_BACK.format(back=_amount(back), paid=paid)


def question(choices: Sequence[Choice], dish: str) -> tuple[Saying, Choice | None]:
    """What is asked about these ways, in which `dish` is the one offered instead; and what a bare yes chooses."""
    if Choice.INSTEAD in choices:
        return TAKE.format(dish=dish), Choice.INSTEAD
    if tuple(choices) == (Choice.LEAVE_OUT,):
        return LEAVE_IT, Choice.LEAVE_OUT
    if tuple(choices) == (Choice.CANCEL,):
        return CANCEL_IT, Choice.CANCEL
    return WHICH, None


def _amount(money: Money) -> Saying:
    return both(partial(say_money, money))
