"""Takes the order: finds dishes, fills the cart, checks the address, has it read back, places it.

The prompt is customer_order.md.
"""

from agents.agent import Agent
from tools.address import verify_address
from tools.caller import (
    ask_contact_consent,
    ask_for_person,
    end_call,
    get_customer_profile,
    get_order_status,
    not_this_person,
)
from tools.cart import add_to_order, change_order_line, remove_from_order, set_allergies, suggest_addition
from tools.checkout import calculate_total, place_order, read_back_order, set_delivery_time, set_substitution
from tools.menu import search_menu

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
        calculate_total,
        read_back_order,
        place_order,
        ask_contact_consent,
        get_order_status,
        not_this_person,
        ask_for_person,
        end_call,
    ),
)
