"""What people have said yes to before anything is played."""

from datetime import datetime, timedelta

from compliance import wording
from db.models import Consent
from domain.calling import Purpose


def agreed(phone_hash: str, purpose: Purpose, now: datetime) -> Consent:
    """Their yes to be called about this, a minute ago."""
    return Consent(
        phone_hash=phone_hash,
        purpose=purpose.value,
        granted=True,
        wording=wording.CONTACT_QUESTION,
        wording_version=wording.VERSION,
        at=now - timedelta(minutes=1),
    )
