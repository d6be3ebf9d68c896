"""Twilio's REST errors: a number, a sentence and an HTTP status."""

from starlette.responses import JSONResponse, Response

# https://www.twilio.com/docs/api/errors
_ERRORS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service Unavailable"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url parameter is required."),
    21210: (400, "'From' phone number not verified"),
    21211: (400, "Invalid 'To' Phone Number"),
    21213: (400, "'From' phone number is required"),
    21220: (400, "Unable to update record. Call is not in-progress. Cannot redirect."),
    21602: (400, "Message body is required."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
}


def refusal(code: int) -> Response:
    """The JSON body the SDK turns into TwilioRestException(status, code, message)."""
    status, message = _ERRORS[code]
    return _body(status, code, message)


def fault_refusal(status: int) -> Response:
    """The same for a status asked for by a fault."""
    codes = {401: 20003, 404: 20404, 429: 20429, 500: 20500, 503: 20503}
    code = codes.get(status, 20500)
    return _body(status, code, _ERRORS[code][1])


def _body(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)
