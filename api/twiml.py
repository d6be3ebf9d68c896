"""What we tell Twilio to do with a call, as TwiML."""

from collections.abc import Mapping

from fastapi import Response
from twilio.twiml.voice_response import Connect, Gather, VoiceResponse

from compliance import at_the_door

CHOICE_SECONDS = 6


def connected(
    public: str, media: str, token: str, instance: str, *, pause: int = 0, first: str = "", language: str = ""
) -> VoiceResponse:
    """Bridge the call to a media socket at `media`, after `pause` seconds and a first sentence.

    When the audio ends, `/twilio/after` is asked, and told which instance had it. Twilio follows `action` where
    <Connect> ends by itself; the redirect is for a <Connect> that never began.
    """
    response = VoiceResponse()
    after = f"{public}/twilio/after?left={instance}"
    if pause:
        response.pause(length=pause)
    if first:
        response.say(first, language=language)
    connect = Connect(action=after, method="POST")
    connect.stream(url=f"{media}/twilio/media").parameter(name="token", value=token)
    response.append(connect)
    response.redirect(after, method="POST")
    return response


def offered(public: str, text: str, language: str, *, reachable: bool, staffed: bool) -> VoiceResponse:
    """Tell why nobody answers, and let the caller choose: hold or be called back; silence is a call-back.

    Nobody can be called back whose number is withheld: they hold. Where a line is not `staffed`, what is offered
    instead of a call-back is to pass their number on.
    """
    response = VoiceResponse()
    if not reachable:
        response.say(f"{text} {at_the_door.ONLY_HOLD}", language=language)
        response.redirect(f"{public}/twilio/hold", method="POST")
        return response
    response.append(_keyed(public, f"{text} {at_the_door.choice(staffed=staffed)}", language, CHOICE_SECONDS))
    response.redirect(f"{public}/twilio/choice", method="POST")
    return response


def waiting(public: str, text: str, language: str, seconds: int, query: str) -> VoiceResponse:
    """Say a sentence (or none), wait `seconds` for a key, and ask again at `/twilio/hold?query`."""
    response = VoiceResponse()
    response.append(_keyed(public, text, language, seconds))
    response.redirect(f"{public}/twilio/hold?{query}", method="POST")
    return response


def _keyed(public: str, text: str, language: str, seconds: int) -> Gather:
    gather = Gather(num_digits=1, timeout=seconds, action=f"{public}/twilio/choice", method="POST")
    if text:
        gather.say(text, language=language)
    return gather


def hung_up() -> VoiceResponse:
    """Nothing more to say."""
    response = VoiceResponse()
    response.hangup()
    return response


def spoken(text: str, language: str) -> Response:
    """Say a sentence and hang up."""
    response = VoiceResponse()
    response.say(text, language=language)
    response.hangup()
    return twiml(response)


def twiml(response: VoiceResponse) -> Response:
    """As Twilio reads it."""
    return Response(str(response), media_type="application/xml")


def language_of(form: Mapping[str, str]) -> str:
    """The English of the country that was dialled."""
    return "en-IN" if form.get("To", "").startswith("+91") else "en-US"
