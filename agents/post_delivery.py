"""Hears how an order was, keeps the stars and the words, and lets people be who want no calls.

The prompt is post_delivery.md.
"""

from agents.agent import Agent, Handoff
from domain.saying import Saying
from tools.caller import ask_for_person, end_call, not_this_person
from tools.feedback import offer_promotion, rate_order, stop_calls
from tools.orders import confirm_receipt, get_order_status
from tools.support import file_complaint

post_delivery = Agent(
    name="post_delivery",
    tools=(
        get_order_status,
        confirm_receipt,
        rate_order,
        file_complaint,
        offer_promotion,
        stop_calls,
        not_this_person,
        ask_for_person,
        end_call,
    ),
    offers=("offer_promotion",),
    handoffs=(
        Handoff("customer_support", when="something was wrong and the caller wants it put right"),
        Handoff("customer_order", when="the caller wants to order food"),
    ),
    fillers=(Saying("One moment, please.", "एक पल रुकिए।"), Saying("Just a moment.", "बस एक पल।")),
)
