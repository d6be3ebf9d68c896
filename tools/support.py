"""Putting right what went wrong: complaints and refunds. Docstrings here are prompts: the model reads every word."""

from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen, MinLen

from db.models import Complaint
from db.types import held
from domain.call_state import Purpose
from domain.policy import Kind, Policy, Reason
from domain.speech import say_when
from errors import ToolError
from operations import complaints, menus, refunding
from operations.complaints import Grievance
from operations.giving import REFUNDED, UNKNOWN
from operations.refunding import REVIEW, Answer, Claim, Desk
from tools import evidence
from tools.call import Call
from tools.proving import textable
from tools.result import Result
from tools.tool import tool

FILING_SECONDS = 8.0 + evidence.SECONDS
PROVIDER_SECONDS = 45.0  # two talks with the provider (look up, give), three tries of six seconds each
REFUND_SECONDS = PROVIDER_SECONDS + evidence.SECONDS
BY_CODE = (
    "Promise no amount. Offer this once: a code texted to this number (send_code, purpose refund), and with it "
    "process_refund can be called again as before, and gives the money back at once."
)
NO_POLICY = "Nobody but a person can decide that here. Say so, and offer ask_for_person."
Handle = Annotated[str, MaxLen(20)]
Dish = Annotated[str, MinLen(1), MaxLen(80)]


def complaint_key(call: Call, kind: Kind, what: str, order: str | None) -> str:
    """One complaint per call, person, order and kind; other words are added to it once."""
    words = held().keyed_hash("told", what)
    return f"complaint:{call.state.denied}:{call.state.orders.get(order or '')}:{kind}:{words}"


@tool(callers=("customer_support", "post_delivery"), effect=complaint_key, timeout_seconds=FILING_SECONDS)
async def file_complaint(
    call: Call, kind: Kind, what: Annotated[str, MinLen(1), MaxLen(500)], order: Handle | None = None
) -> Result:
    """Write a complaint down, whatever it is about. It gets a reference, and a person answers it by a date.

    Args:
        kind: What it is about; conduct is how somebody behaved, charge is money that was taken wrongly.
        what: What the caller told, in a sentence of their own words.
        order: The handle of the order it is about, like order-1; leave out when it is about none.
    """
    policy = policy_of(call)
    order_id = known_order(call, order) if order else None
    async with call.transaction() as session:
        grievance = Grievance(kind, what, order_id)
        filed = await complaints.file(session, call.state, grievance, policy, call.clock.now())
    handle, said = await told(call, filed)
    link = await evidence.texted(call, filed, policy.complaints.evidence.get(kind))
    return {"status": "filed", "complaint": handle, "say": f"I've filed that; {said}{link}"}


def refund_key(call: Call, order: str, reason: Reason, dishes: list[str] | None, wanted: str | None) -> str:
    """One answer per claim, however often it is made; a proof or another wish is a reason to look again.

    That money goes back once is kept by `operations/refunding.py`.
    """
    proved, wish = call.state.has_proved(Purpose.REFUND), held().keyed_hash("wish", wanted or "")
    return f"refund:{call.state.orders.get(order)}:{reason}:{sorted(dishes or [])}:{proved}:{wish}"


@tool(
    callers=("customer_support",),
    effect=refund_key,
    timeout_seconds=REFUND_SECONDS,
    final=lambda result: result.get("status") != UNKNOWN,
)
async def process_refund(
    call: Call,
    order: Handle,
    reason: Reason,
    dishes: Annotated[list[Dish], MaxLen(20)] | None = None,
    wanted: Annotated[str, MaxLen(120)] | None = None,
) -> Result:
    """Give money back for an order of this caller. The rules set the figure, whatever the caller asks for.

    Args:
        order: The handle get_order_status gave, like order-1.
        reason: What went wrong. wrong_order is somebody else's order; a single wrong dish counts as missing_items.
        dishes: For missing_items and quality: the dishes it is about. Put a count in front when only some of them
            are meant, like "1 Garlic Naan".
        wanted: What the caller asked for, in their words, like "all of it" or "20 dollars".
    """
    policy = policy_of(call)
    claim = Claim(known_order(call, order), reason, tuple(dishes or ()), wanted)
    desk = Desk(call.state, call.phone, call.market, policy, call.staff)
    answer = await refunding.refund(call.transaction, call.cards, call.clock, desk, claim, call.links)
    call.record(
        "refund.decided",
        order=str(claim.order_id),
        status=answer.status,
        rule=answer.rule,
        total=answer.amount.amount,
        currency=answer.amount.currency,
    )
    result: Result = {"status": answer.status, "rule": answer.rule}
    if answer.status == REVIEW:
        assert answer.complaint
        handle, said = await told(call, answer.complaint)
        link = await evidence.texted(call, answer.complaint, policy.evidence(reason, call.clock.now().date()))
        say = f"A person has to decide on that, so I've passed it on; {said}{link}"
        more = BY_CODE if answer.code_helps and textable(call) else "Promise no amount."
        return {**result, "complaint": handle, "say": say, "next": more}
    call.facts(answer.amount, answer.amount.spoken(), answer.status)
    say = await spoken(call, answer)
    more = "If they wanted more, say the reason, and offer file_complaint: a person looks at it."
    if answer.status == UNKNOWN:
        more = "Do not say that it was refunded. If the caller waits, call process_refund again as before."
    call.save()
    return {**result, "refund": str(answer.amount), "say": say, "next": more}


async def spoken(call: Call, answer: Answer) -> str:
    """What became of a claim, as the caller is told."""
    amount = answer.amount.spoken()
    if answer.status == UNKNOWN:
        return (
            f"The bank has not answered yet, so I can't say that the {amount} went back. "
            "It is noted, and will be given back once only."
        )
    if answer.status == REFUNDED and answer.held:
        return f"The {amount} held on your card are let go of, and nothing is charged. {answer.why}"
    if answer.status == REFUNDED:
        return (
            f"I've sent {amount} back to the card you paid with. {answer.why} "
            "Your bank can take up to ten working days to show it."
        )
    if answer.promised:
        when = say_when(answer.promised, call.clock.now(), await zone_of(call))
        call.facts(when)
        how = f"You paid in cash, so a person calls you by {when} to arrange it."
    else:
        assert answer.complaint
        _, said = await told(call, answer.complaint)
        how = f"You paid in cash, so a person arranges it; {said}"
    return f"You get {amount} back. {answer.why} {how}"


async def told(call: Call, filed: Complaint) -> tuple[str, str]:
    """A complaint's handle, and its reference and date as they are spoken."""
    state = call.state
    handle = next((known for known, id in state.complaints.items() if id == filed.id), None)
    if handle is None:
        handle = state.handle("complaint")
        state.complaints[handle] = filed.id
        call.record("complaint.filed", complaint=str(filed.id), about=filed.kind)
    reference = complaints.say_reference(filed.reference)
    when = say_when(filed.acknowledge_by, call.clock.now(), await zone_of(call))
    call.facts(filed.reference, reference, when)
    call.save()
    if call.phone is None:  # nobody can call a withheld number
        return handle, f"the reference is {reference}. It is answered by {when}; call us then with it."
    return handle, f"the reference is {reference}. You hear back by {when} at the latest."


def policy_of(call: Call) -> Policy:
    """The market's policy. Raises ToolError where there is none."""
    policy = call.policies.get(call.state.market)
    if policy is None:
        raise ToolError(NO_POLICY)
    return policy


def known_order(call: Call, handle: str) -> UUID:
    """The order behind a handle. Raises ToolError for one this call does not know."""
    if handle not in call.state.orders:
        raise ToolError(
            f"There is no {handle[:20]} in this call. Call get_order_status, and ask which order."
        )
    return call.state.orders[handle]


async def zone_of(call: Call) -> str:
    """The caller's time zone: their city's."""
    async with call.transaction() as session:
        kitchens = await menus.kitchens(session, call.state.city)
    return kitchens[0].zone if kitchens else "UTC"
