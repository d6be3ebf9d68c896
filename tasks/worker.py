"""A process that carries out jobs which RabbitMQ hands it: `python -m tasks.worker`, as many as there is work for.

It holds no calls, so it needs neither speech nor models. With --relay it also publishes what is due.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import NoReturn

import structlog
import uvloop
from taskiq import AsyncBroker
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from broker import GONE, QUEUE, TOGETHER, close, connect, open_broker, work_with
from errors import AppError, ConfigError, StoreDown
from logs import set_up_logs
from operations.pieces import open_pieces, problems_of
from settings import Settings, read_settings
from tasks.carry_out import Carrier
from tasks.handlers import HANDLERS
from tasks.serving import Process, relaying, tools_of
from tasks.work import Handler

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 30.0
"""How long jobs may still run after SIGTERM."""
BACK_OFF_SECONDS = (1.0, 2.0, 5.0, 10.0)
BAD_SETTINGS, CANNOT_START = 2, 1


class Worker:
    """Takes messages until it is told to stop; without RabbitMQ it says so once and tries again."""

    def __init__(self, broker: AsyncBroker, carrier: Carrier) -> None:
        self._broker = broker
        self._carrier = carrier
        self._stopping = asyncio.Event()
        broker.is_worker_process = True
        work_with(broker, carrier.run)

    def stop(self) -> None:
        """Take no more; `run` returns when what runs has ended."""
        self._stopping.set()

    async def run(self) -> None:
        """Carry out jobs until stopped."""
        refused = 0
        while not self._stopping.is_set():
            try:
                await connect(self._broker)
                log.info("worker.ready", worker=self._carrier.worker)
                refused = 0
                await self._listen()
            except StoreDown as error:
                if not refused:
                    log.warning("worker.no_broker", reason=error.message)
                refused += 1
                await self._pause(BACK_OFF_SECONDS[min(refused, len(BACK_OFF_SECONDS)) - 1])
        await self._carrier.close(0.0)  # the receiver has waited for what ran
        await close(self._broker)

    async def _listen(self) -> None:
        """Until stopped. Raises StoreDown when RabbitMQ was away for so long that the client has given up."""
        receiver = Receiver(
            self._broker,
            max_async_tasks=TOGETHER,
            run_startup=False,
            ack_type=AcknowledgeType.WHEN_EXECUTED,
            wait_tasks_timeout=PATIENCE_SECONDS,
        )
        try:
            await receiver.listen(self._stopping)
        except BaseExceptionGroup as group:  # the receiver's own, around what the connection was lost by
            if group.split(GONE)[1] is not None:
                raise
        if not self._stopping.is_set():
            await close(self._broker)
            raise StoreDown("RabbitMQ does not deliver any more")

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


async def work(
    settings: Settings,
    *,
    queue: str = QUEUE,
    relay: bool = False,
    handlers: Mapping[str, Handler] = HANDLERS,
    opened: Callable[[Settings], AbstractAsyncContextManager[Process]] = open_pieces,
) -> None:
    """Work until SIGTERM or SIGINT, with the pieces that are `opened`.

    Raises AppError when PostgreSQL or Redis cannot be used at the start.
    """
    url = settings.amqp_url.get_secret_value() if settings.amqp_url else None
    async with AsyncExitStack() as stack:
        pieces = await stack.enter_async_context(opened(settings))
        tools = tools_of(pieces)
        if relay:
            await stack.enter_async_context(relaying(tools, pieces.engine, open_broker(url, queue), handlers))
        worker = Worker(open_broker(url, queue), Carrier(tools, handlers))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        await worker.run()


def main(handlers: Mapping[str, Handler] = HANDLERS) -> None:
    """Run a worker. Exit codes: 0 after a signal, 2 for settings that cannot be used, 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m tasks.worker", description=__doc__)
    parser.add_argument("--relay", action="store_true", help="publish what is due, too")
    parser.add_argument("--queue", default=QUEUE, help="where several installations share one RabbitMQ")
    chosen = parser.parse_args()
    settings, problems = read_settings()
    set_up_logs(json=settings.prod)
    if settings.amqp_url is None and not any(problem.startswith("AMQP_URL") for problem in problems):
        problems.append("AMQP_URL is missing; without RabbitMQ the server carries out jobs by itself")
    problems += [problem for problem in problems_of(settings) if problem not in problems]
    if problems:
        leave(problems, BAD_SETTINGS)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work(settings, queue=chosen.queue, relay=chosen.relay, handlers=handlers))
    except ConfigError as error:
        leave(error.problems, BAD_SETTINGS)
    except AppError as error:
        leave([error.message], CANNOT_START)


def leave(problems: list[str], code: int) -> NoReturn:
    """Say what is wrong, a line each, and leave."""
    for problem in problems:
        sys.stderr.write(f"tiffin: {problem}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
