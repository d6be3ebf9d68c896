"""What a change to a placed order is said to do and cost, before the caller is asked whether to do it."""

from functools import partial

from num2words import num2words

from domain.hindi import say_number
from domain.money import Money
from domain.saying import Saying, both, figure
from domain.speech import say_money

NAME = Saying("{brand} order", "{brand} ऑर्डर")
CANCELS_UNKNOWN = Saying(
    "That cancels your {name}. Whether its payment went through is not known; whatever is held for it is let go.",
    "मैं आपका {name} कैंसल कर दूँगी। उसका पेमेंट हुआ या नहीं, यह अभी पता नहीं; जो पैसे रुके होंगे, वे छोड़ दिए जाएँगे।",
)
CANCELS_UNPAID = Saying(
    "That cancels your {name}. It was not paid for, so nothing is due.",
    "मैं आपका {name} कैंसल कर दूँगी। उसका पेमेंट नहीं हुआ था, इसलिए कुछ देना नहीं है।",
)
CANCELS_CASH = Saying(
    "That cancels your {name}, and there is nothing to pay.",
    "मैं आपका {name} कैंसल कर दूँगी, और कुछ देना नहीं होगा।",
)
CANCELS_CARD = Saying(
    "That cancels your {name}, and the {held} held on your {card} is let go.",
    "मैं आपका {name} कैंसल कर दूँगी, और आपके {card} पर रुके हुए {held} छोड़ दिए जाएँगे।",
)
PASSES_ON = Saying(
    "I'd pass this on with your {name}: {note}. {costs}", "आपके {name} के साथ मैं यह बता दूँगी: {note}। {costs}"
)
FEWER = Saying(
    "That makes it {left} {dish} instead of {before} in your {name}. {costs}",
    "मैं आपके {name} में {before} की जगह {left} {dish} कर दूँगी। {costs}",
)
TAKES_OFF = Saying(
    "That takes {before} {dish} off your {name}. {costs}", "मैं आपके {name} से {before} {dish} हटा दूँगी। {costs}"
)
MOVES = Saying(
    "Your {name} would go to {place} instead{later}. {costs}",
    "आपका {name} इस पते पर जाएगा: {place}{later}। {costs}",
)
LATER = Saying(", about {minutes} minutes later", ", लगभग {minutes} मिनट देर से")
STAYS = Saying("The total stays {after}.{lost}", "कुल रकम {after} ही रहेगी।{lost}")
BECOMES = Saying(
    "The total becomes {after} instead of {before}.{charged}{lost}",
    "कुल रकम {before} की जगह {after} हो जाएगी।{charged}{lost}",
)
CHARGED = Saying(" Only that is charged to your {card}.", " आपके {card} से बस इतना ही लिया जाएगा।")
GIVEN_BACK = Saying(" {less} goes back to your {card}.", " {less} आपके {card} पर वापस कर दिए जाएँगे।")
GIVEN_BACK_SO = Saying(
    " {less} goes back the way it was paid.", " {less} उसी तरीक़े से वापस कर दिए जाएँगे, जिससे दिए गए थे।"
)
LOST = Saying(" {promotion} does not apply any more.", " {promotion} अब लागू नहीं होगा।")
NOTHING = Saying("", "")


def amount(money: Money) -> Saying:
    """An amount in words."""
    return both(partial(say_money, money))


def fewer(name: str, dish: str, before: int, left: int, costs: str) -> Saying:
    """Fewer portions of a dish, or none of it."""
    does = FEWER if left else TAKES_OFF
    return does.format(name=name, dish=dish, before=figure(before), left=figure(left), costs=costs)


def moved(name: str, place: str, minutes: int, costs: str) -> Saying:
    """Another door, and how much later it comes there."""
    words = Saying(num2words(minutes), say_number(minutes))
    later = LATER.format(minutes=words) if minutes else NOTHING
    return MOVES.format(name=name, place=place, later=later, costs=costs)


def total(before: Money, after: Money, card: str | None, lost: str | None, *, taken: bool = False) -> Saying:
    """What the order costs then; `card`: what it is taken from, `lost`: a promotion that is over with it.

    `taken`: the whole of it has been taken, and what it is less goes back.
    """
    gone = LOST.format(promotion=lost) if lost else NOTHING
    if after == before:
        return STAYS.format(after=amount(after), lost=gone)
    charged = CHARGED.format(card=card) if card else NOTHING
    if taken:
        less = amount(Money(before.amount - after.amount, before.currency))
        charged = GIVEN_BACK.format(less=less, card=card) if card else GIVEN_BACK_SO.format(less=less)
    return BECOMES.format(before=amount(before), after=amount(after), charged=charged, lost=gone)
