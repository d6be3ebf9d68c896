"""The page behind a link that was texted: an input for the camera and one for the album, no script, no person."""

import base64
import hashlib
import math
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from fastapi import Response

from operations.evidence import MOST_PHOTOS, Case

_STYLE = (files(__package__) / "photos.css").read_text(encoding="utf-8")
_PAGE = Template((files(__package__) / "photos.html").read_text(encoding="utf-8"))
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
TAKEN = "image/*"  # where HEIC is not asked for by name, an iPhone sends a JPEG, which shows everywhere
INPUT = (
    '<form method="post" enctype="multipart/form-data">\n<label for="{id}">{label}</label>\n'
    '<input id="{id}" name="photo" type="file" accept="{accept}"{camera} required>\n'
    '<button type="submit">Send this photo</button>\n</form>'
)
AGAIN = '<p><a href="">Try another photo</a></p>'


@dataclass(frozen=True)
class Refusal:
    """Why there is no photo, as the page says it; `again` where another try may do better."""

    status: int
    title: str
    text: str
    again: bool = True


GONE = Refusal(
    404,
    "This link does not work",
    "Links for photos are good for 48 hours. If you have something to add, please call us.",
    again=False,
)
SLOW = Refusal(408, "That took too long", "Please try again where the connection is better.")
FULL = Refusal(
    409,
    "We have all the photos we can take",
    "Thank you. A person looks at them. There is nothing more to do.",
    again=False,
)
LARGE = Refusal(
    413, "That photo is too large", "A photo may have 5 MB. A smaller size, or a screenshot of it, will do."
)
NO_PICTURE = Refusal(
    415, "That is not a photo we can read", "We take JPEG, PNG, WebP and HEIC, one photo at a time."
)
OFTEN = Refusal(429, "One moment, please", "That was a lot at once. Please try again in a minute.")
DOWN = Refusal(
    503, "That did not work", "It is on our side. Please try again in a minute; the link stays good."
)


def asking(case: Case) -> Response:
    """The page that takes photos, or says that there are enough."""
    count = f"<p>{case.photos} of {MOST_PHOTOS} photos received.</p>" if case.photos else ""
    if case.photos >= MOST_PHOTOS:
        return page(200, f"Complaint {case.reference}", f"{count}\n<p>{FULL.text}</p>")
    camera = INPUT.format(id="camera", label="Take a photo", accept=TAKEN, camera=' capture="environment"')
    album = INPUT.format(id="album", label="Or choose one you have", accept=TAKEN, camera="")
    thanks = " Thank you." if case.photos else ""
    words = f"<p>Please show us what went wrong, with at most {MOST_PHOTOS} photos of up to 5 MB each.{thanks}</p>"
    return page(200, f"Complaint {case.reference}", "\n".join([count, words, camera, album]).strip())


def refusing(refusal: Refusal, wait: float | None = None) -> Response:
    """The page that says why not; `wait` in seconds, until the next try may succeed."""
    body = f"<p>{escape(refusal.text)}</p>" + (f"\n{AGAIN}" if refusal.again else "")
    answer = page(refusal.status, refusal.title, body)
    if wait is not None:
        answer.headers["Retry-After"] = str(math.ceil(wait))
    return answer


def page(status: int, title: str, body: str) -> Response:
    """A page of ours; `body` is HTML."""
    text = _PAGE.substitute(title=escape(title), style=_STYLE, body=body)
    return Response(text, status, headers=HEADERS, media_type="text/html")
