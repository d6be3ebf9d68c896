"""A worker of the bench: the product's own, with one kind of job that does nothing and says when it began."""

from datetime import UTC, datetime

from domain.jobs import Done, Ending
from tasks.work import Work
from tasks.worker import main

KIND = "bench.nothing"


async def nothing(work: Work) -> Ending:
    """Note the moment at which a handler was reached."""
    return Done(datetime.now(UTC).isoformat())


HANDLERS = {KIND: nothing}

if __name__ == "__main__":
    main(HANDLERS)
