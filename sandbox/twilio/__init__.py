"""Twilio: its REST API, and the telephone network behind it."""
