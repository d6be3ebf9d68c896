"""Takes the order: finds dishes, fills the cart, checks the address, has it read back, places it.

The prompt is customer_order.md.
"""

from agents.agent import Agent, Handoff
from domain.saying import Saying
from tools.address import verify_address
from tools.caller import (
    ask_contact_consent,
    ask_for_person,
    end_call,
    get_customer_profile,
    not_this_person,
)
from tools.cart import add_to_order, change_order_line, remove_from_order, set_allergies, suggest_addition
from tools.checkout import calculate_total, place_order, read_back_order, set_delivery_time, set_substitution
from tools.extras import set_order_note, set_tip
from tools.menu import search_menu
from tools.orders import get_order_status
from tools.paying_again import pay_order
from tools.proving import prove, send_code

customer_order = Agent(
    name="customer_order",
    tools=(
        get_customer_profile,
        search_menu,
        add_to_order,
        change_order_line,
        remove_from_order,
        set_allergies,
        suggest_addition,
        verify_address,
        set_delivery_time,
        set_substitution,
        set_tip,
        set_order_note,
        calculate_total,
        read_back_order,
        place_order,
        pay_order,
        ask_contact_consent,
        get_order_status,
        send_code,
        prove,
        not_this_person,
        ask_for_person,
        end_call,
    ),
    handoffs=(
        Handoff(
            "delivery_tracking",
            when="the caller asks where an order they placed earlier is, when it comes, or that it is late",
        ),
        Handoff(
            "customer_support",
            when="the caller complains, wants money back, wants an order they placed earlier cancelled or "
            "changed, or asks about our rules, areas, prices or data",
        ),
        Handoff("post_delivery", when="the caller praises an order that came, or wants to rate one"),
    ),
    fillers=(
        Saying("Sure, one moment.", "जी, एक पल।"),
        Saying("Of course, one moment.", "जी बिल्कुल, एक पल।"),
    ),
)
