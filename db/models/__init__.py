"""What we keep, table by table."""

from db.models.calls import AgentTransition, Callback, CallEvent, CallRow, CallSnapshot
from db.models.care import Complaint, Faq, Refund
from db.models.menu import (
    Brand,
    MenuCategory,
    MenuItem,
    MenuVariant,
    Modifier,
    ModifierGroup,
    Number,
    Restaurant,
)
from db.models.orders import Order, OrderEvent, OrderLine, Payment, PriceLine
from db.models.people import Address, Consent, Customer, Driver, PaymentMethod
from db.models.work import Audit, Outbox

__all__ = [
    "Address",
    "AgentTransition",
    "Audit",
    "Brand",
    "CallEvent",
    "CallRow",
    "CallSnapshot",
    "Callback",
    "Complaint",
    "Consent",
    "Customer",
    "Driver",
    "Faq",
    "MenuCategory",
    "MenuItem",
    "MenuVariant",
    "Modifier",
    "ModifierGroup",
    "Number",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Outbox",
    "Payment",
    "PaymentMethod",
    "PriceLine",
    "Refund",
    "Restaurant",
]
