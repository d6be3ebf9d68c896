"""Paying by a link: what may be said of it, who gets it, and what of an order that nobody has paid yet."""

from datetime import timedelta
from uuid import UUID

from num2words import num2words

from compliance import wording
from db.models import Order
from domain.hindi import say_number
from domain.order import OrderStatus
from domain.saying import Saying, both
from domain.speech import say_code, say_money
from errors import Refused, ToolError, VendorError
from operations import link_rows, links
from operations.drafts import Wanted
from operations.links import Offered, Providers, Terms
from tools.call import Call
from tools.result import Result

LINK = link_rows.KIND
BY_LINK = Saying("by a payment link we text you", "पेमेंट लिंक से, जो आपको मैसेज में मिलेगा")
SENT, NOT_SENT, WAITS = "link_sent", "link_not_sent", "waits_for_payment"
TEXTED = Saying(
    "I've texted you a payment link for {total}; it holds for {minutes} minutes.",
    "मैंने आपको {total} का पेमेंट लिंक मैसेज कर दिया है; यह {minutes} मिनट तक चलेगा।",
)
ON_ITS_WAY = Saying(
    "A text with a payment link for {total} is on its way to you; it holds for {minutes} minutes.",
    "{total} के पेमेंट लिंक का मैसेज आपको आ रहा है; यह {minutes} मिनट तक चलेगा।",
)
THEN = Saying(
    " Once it is paid, the kitchen begins. The order's code is {code}.",
    " पेमेंट होते ही किचन काम शुरू करेगा। ऑर्डर का कोड है {code}।",
)
NOT_PAID_YET = Saying(
    "It is not paid yet, so it is not placed yet.", "इसका पेमेंट अभी नहीं हुआ है, इसलिए ऑर्डर अभी पक्का नहीं है।"
)
NEVER_PAID = Saying("That order was never paid for, so it is off.", "उस ऑर्डर का पेमेंट नहीं हुआ, इसलिए वह रद्द है।")
NO_LINKS = "Payment links are not possible here. Offer a saved card, or cash."
NO_TEXT = "No payment link can be texted to this number. Offer a saved card, or cash."


def check_link(call: Call) -> str:
    """The number a payment link may be texted to. Raises ToolError where none can be."""
    if call.links is None or call.market.link_provider is None:
        raise ToolError(NO_LINKS)
    number = call.phone
    if number is None or call.outgoing is None or call.state.denied:
        raise ToolError(NO_TEXT)
    reach = call.outgoing.reach
    allowed = reach.knows(number) if _theirs(call) else reach.may_text(number).allowed
    if not allowed:
        raise ToolError(NO_TEXT)
    return number


async def offer(call: Call, wanted: Wanted) -> Offered:
    """The order, written down, and its link. Raises as `operations.links.offer`, and ToolError."""
    terms = terms_of(call)
    assert call.links is not None
    return await links.offer(call.transaction, Providers(call.links, call.cards), call.clock, wanted, terms)


def terms_of(call: Call) -> Terms:
    """To whom the link goes, and how long it holds. Raises ToolError."""
    return Terms(check_link(call), timedelta(minutes=call.market.link_minutes), _theirs(call))


async def sent(call: Call, offered: Offered) -> Result:
    """Have the link texted, and say so. One link is texted as often as is asked for: it is paid once."""
    state = call.state
    handle = next((handle for handle, known in state.orders.items() if known == offered.order_id), None)
    if handle is None:
        handle = state.handle("order")
        state.orders[handle] = offered.order_id
    sure = await _text(call, offered)
    if sure is None:
        call.save()
        say = "The text with the payment link could not be sent."
        more = f"Say so, and offer cash (pay_order with {handle} and cash) or to try once more (with link)."
        return {"status": NOT_SENT, "order": handle, "say": say, "next": more}
    left = offered.until - call.clock.now() if offered.until else timedelta()
    minutes = max(1, round(left / timedelta(minutes=1)))
    total = both(lambda language: say_money(offered.total, language))
    spoken = Saying(str(num2words(minutes)), say_number(minutes))
    say = (TEXTED if sure else ON_ITS_WAY).format(total=total, minutes=spoken).to(state.language)
    say += THEN.to(state.language).format(code=say_code(offered.code, state.language))
    call.facts(offered.code, offered.total, offered.total.spoken(), f"{minutes} minutes")
    call.save()
    more = "Say it, then call ask_contact_consent. Never say that it is paid: nobody knows that in this call."
    return {"status": SENT, "order": handle, "code": offered.code, "say": say, "next": more}


async def unpaid(call: Call, order_id: UUID) -> Result | None:
    """What may be said of an order of this call that has not been paid by its link; None for any other."""
    async with call.transaction() as session:
        row = await session.get(Order, order_id)
    if row is None or row.placed_at is not None or row.payment_kind != LINK:
        return None
    language = call.state.language
    if row.status != OrderStatus.AWAITING_PAYMENT:
        return {"status": row.status, "say": NEVER_PAID.to(language), "next": "Offer to take it again."}
    handle = next((handle for handle, known in call.state.orders.items() if known == order_id), "")
    more = f"To text the link once more, or to pay in cash: pay_order with {handle}."
    return {"status": WAITS, "order": handle, "say": NOT_PAID_YET.to(language), "next": more}


def _theirs(call: Call) -> bool:
    """Whether the provider texts the link, under a sender of its own."""
    return call.market.link_text == "provider"


async def _text(call: Call, offered: Offered) -> bool | None:
    """Whether the link has been texted: for sure, perhaps (False), or not (None)."""
    number, outgoing = check_link(call), call.outgoing
    assert outgoing
    try:
        if _theirs(call):
            if not offered.fresh and call.links and offered.reference:
                await call.links.text_again(offered.reference)
        else:
            body = wording.PAY_TEXT.to(call.state.language).format(
                total=offered.total, minutes=f"{call.market.link_minutes:g}", link=offered.url
            )
            await outgoing.text(number, body, line=call.state.line)
    except (VendorError, Refused) as failure:
        sure = None if isinstance(failure, Refused) or not failure.retryable else False
        call.record("payment.link_sent", order=str(offered.order_id), sure=sure)
        return sure
    call.record("payment.link_sent", order=str(offered.order_id), sure=not _theirs(call))
    return not _theirs(call)
