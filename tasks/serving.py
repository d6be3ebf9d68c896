"""Jobs beside a server: the relay, and where there is no RabbitMQ the hands that carry them out."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine
from taskiq import AsyncBroker

from broker import open_broker, work_with
from clock import Clock
from compliance.may_text import Outgoing
from db.engine import Sessions
from domain.dialling import DialRules
from domain.hours import Hours
from domain.incentive import Dispatch
from domain.jobs import JobRules
from domain.market import Market
from domain.policy import Policy
from operations import reconciling
from operations.travelling import Travel
from settings import Settings
from tasks.carry_out import Carrier
from tasks.handlers import HANDLERS
from tasks.relay import Relay
from tasks.work import Handler, Tools
from vendors.maps import Geocoder
from vendors.payments import CardPayments, LinkPayments

PATIENCE_SECONDS = 5.0
"""How long jobs may still run when a server stops; a worker has more."""


class Process(Protocol):
    """What a runtime and a worker have in common, as far as jobs go."""

    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def engine(self) -> AsyncEngine: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def maps(self) -> Geocoder: ...
    @property
    def travel(self) -> Travel: ...
    @property
    def cards(self) -> CardPayments | None: ...
    @property
    def links(self) -> LinkPayments | None: ...
    @property
    def outgoing(self) -> Outgoing | None: ...
    @property
    def markets(self) -> Mapping[str, Market]: ...
    @property
    def policies(self) -> Mapping[str, Policy]: ...
    @property
    def dispatch(self) -> Mapping[str, Dispatch]: ...
    @property
    def dialling(self) -> DialRules: ...
    @property
    def staffed(self) -> Mapping[str, Hours]: ...
    @property
    def jobs(self) -> JobRules: ...


def tools_of(process: Process) -> Tools:
    """What handlers are given in this process."""
    return Tools(
        settings=process.settings,
        clock=process.clock,
        sessions=process.sessions,
        rules=process.jobs,
        cards=process.cards,
        links=process.links,
        outgoing=process.outgoing,
        maps=process.maps,
        travel=process.travel,
        markets=process.markets,
        policies=process.policies,
        dispatch=process.dispatch,
        dialling=process.dialling,
        staffed=process.staffed,
    )


@asynccontextmanager
async def serving_jobs(process: Process, handlers: Mapping[str, Handler] = HANDLERS) -> AsyncIterator[Relay]:
    """A relay while a server lives; without AMQP_URL the jobs are carried out here, too."""
    url, tools = process.settings.amqp_url, tools_of(process)
    broker = open_broker(url.get_secret_value() if url else None)
    carrier = None
    if url is None:
        carrier = Carrier(tools, handlers)
        work_with(broker, carrier.run)
    async with relaying(tools, process.engine, broker, handlers, carrier) as relay:
        yield relay


@asynccontextmanager
async def relaying(
    tools: Tools,
    engine: AsyncEngine,
    broker: AsyncBroker,
    handlers: Mapping[str, Handler],
    carrier: Carrier | None = None,
) -> AsyncIterator[Relay]:
    """A relay that runs meanwhile; `carrier`: whose jobs are waited for when nothing is published any more."""
    if reconciling.JOB in handlers:
        async with tools.transaction() as session:  # the first day's; each plans the next
            await reconciling.plan(session, tools.clock.now(), tools.clock.now())
    relay = Relay(tools, engine, broker, handlers.keys())
    running = asyncio.create_task(relay.run(), name="jobs relay")
    running.add_done_callback(relay.ended)
    try:
        yield relay
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if carrier is not None:
            await carrier.close(PATIENCE_SECONDS)
        await relay.close()
