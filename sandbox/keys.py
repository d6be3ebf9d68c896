"""The keys of the made-up vendors: new at every start, so none can be mistaken for a real one."""

import secrets


def make_keys() -> dict[str, str]:
    """Environment variable name -> value, in the shape each vendor's SDK accepts."""
    return {
        "DEEPGRAM_API_KEY": secrets.token_hex(20),
        "ELEVENLABS_API_KEY": f"sk_{secrets.token_hex(24)}",
        "ANTHROPIC_API_KEY": f"sk-ant-api03-{secrets.token_urlsafe(48)}",
        "OPENAI_API_KEY": f"sk-proj-{secrets.token_urlsafe(48)}",
        "GOOGLE_MAPS_API_KEY": f"AIza{secrets.token_hex(18)[:35]}",
        "STRIPE_API_KEY": f"sk_test_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "RAZORPAY_KEY_ID": f"rzp_test_{secrets.token_hex(7)}",
        "RAZORPAY_KEY_SECRET": secrets.token_hex(12),
        "RAZORPAY_WEBHOOK_SECRET": secrets.token_hex(16),
        "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_FROM_NUMBER": "+15125550100",
    }
