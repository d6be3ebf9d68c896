"""What we keep, table by table."""

from db.models.calls import AgentTransition, Callback, CallEvent, CallRow, CallSnapshot
from db.models.care import Complaint, ComplaintPhoto, EvidenceLink, Faq, Refund
from db.models.delivery import Assignment, Rating
from db.models.dialling import DialRow
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
from db.models.payments import Difference, PaymentLink, Reconciliation, WebhookEvent
from db.models.people import Address, Consent, Customer, Driver, PaymentMethod
from db.models.trust import ProofCode, Transfer
from db.models.work import Audit, Outbox

__all__ = [
    "Address",
    "AgentTransition",
    "Assignment",
    "Audit",
    "Brand",
    "CallEvent",
    "CallRow",
    "CallSnapshot",
    "Callback",
    "Complaint",
    "ComplaintPhoto",
    "Consent",
    "Customer",
    "DialRow",
    "Difference",
    "Driver",
    "EvidenceLink",
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
    "PaymentLink",
    "PaymentMethod",
    "PriceLine",
    "ProofCode",
    "Rating",
    "Reconciliation",
    "Refund",
    "Restaurant",
    "Transfer",
    "WebhookEvent",
]
