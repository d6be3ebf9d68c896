"""What every process of the town has in common, read once by the one they are forked from: a start takes a second."""

import googlemaps  # noqa: F401  (imported by its client only when that is made)
import stripe  # noqa: F401
import twilio.rest  # noqa: F401

from operations.pieces import catalogue
from scripts import chaos_desk, chaos_worker  # noqa: F401

catalogue()
