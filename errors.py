"""Every exception that crosses a file, drawn as a tree.

AppError                    500  a fault of ours; pages a human
├── ConfigError             500  bad YAML or settings: carries every problem at once, exit code 2
├── Invalid                 422  the input cannot be read
├── Refused                 403  not allowed for this person or key
├── NotFound                404  no such thing (or not yours)
├── Conflict                409  the state has moved on; read again
├── TooMany                 429  slow down; carries retry_after seconds
├── ToolError               422  a refusal to a model: the message is an instruction, with a next step
├── StoreDown               503  PostgreSQL, Redis or Qdrant cannot be reached
└── VendorError             502  a company we phone failed; `retryable` says whether asking again may help
    ├── VendorTimeout       504  no answer in time: the outcome is unknown
    ├── AlreadyTaken        502  what was to be let go of was taken before; carries the amount
    └── PaymentDeclined     402  the card was refused, for a reason that may be spoken
"""


class AppError(Exception):
    """Root of the tree; `status` is the HTTP status an edge answers with."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigError(AppError):
    """Settings or YAML that cannot be used; `problems` lists all of them, each with its file and path."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Invalid(AppError):
    """Input that cannot be read."""

    status = 422


class Refused(AppError):
    """The caller or key may not do this."""

    status = 403


class NotFound(AppError):
    """No such thing, or not theirs to see."""

    status = 404


class Conflict(AppError):
    """The thing has changed since it was read."""

    status = 409


class TakenOver(Conflict):
    """Another process runs this call now; nothing more of it is to be written here."""


class BrokeOff(AppError):
    """The audio of a call was lost and the caller may still be there: its row stays open, and the carrier decides."""


class TooMany(AppError):
    """Over a rate limit."""

    status = 429

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until the next try may succeed."""


class ToolError(AppError):
    """A refusal to a model. Say what to do next, not what went wrong."""

    status = 422


class StoreDown(AppError):
    """A store of ours cannot be reached."""

    status = 503


class VendorError(AppError):
    """A vendor failed; its own words never cross this line."""

    status = 502

    def __init__(self, vendor: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(f"{vendor}: {message}")
        self.vendor = vendor
        self.retryable = retryable


class VendorTimeout(VendorError):
    """No answer in time. Whether the vendor acted is unknown."""

    status = 504

    def __init__(self, vendor: str, message: str) -> None:
        super().__init__(vendor, message, retryable=True)


class AlreadyTaken(VendorError):
    """Money that was to be let go of was taken before; `amount` is how much of it, in minor units."""

    def __init__(self, vendor: str, amount: int, currency: str) -> None:
        super().__init__(vendor, "it was taken before it could be let go of")
        self.amount = amount
        self.currency = currency


class PaymentDeclined(VendorError):
    """A refused card; `code` is the provider's decline code, `reference` the attempt's id there."""

    status = 402

    def __init__(self, vendor: str, code: str, reference: str | None) -> None:
        super().__init__(vendor, f"declined ({code})")
        self.code = code
        self.reference = reference
