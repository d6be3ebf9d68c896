"""`make evals`: conversations with the whole product by text, graded on the rows they leave and on what was said.

Starts a stack of its own. Vendors whose keys are set are real, models among them; the sandbox plays the others. The
exit code is 0 only when every run of every scenario passed, 2 when a scenario file cannot be used.
"""

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path

from loguru import logger
from rich.console import Console

from bench.cost import read_prices
from errors import ConfigError
from evals import report
from evals.house import House, standing
from evals.result import Result
from evals.runner import run
from evals.scenario import SCENARIOS, Scenario, load
from scripts.call_report import terminal
from scripts.child import StackError
from scripts.run import interrupt
from scripts.stack import Stack

LATEST = Path(__file__).resolve().parent.parent / ".data" / "evals" / "latest.json"


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="make evals", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="scenarios by name")
    parser.add_argument("--agent", help="only scenarios that grade this agent")
    parser.add_argument("--repeat", type=int, default=1, help="how often each is run")
    parser.add_argument("--jobs", type=int, default=4, help="conversations at once")
    parser.add_argument("--out", type=Path, default=LATEST, help="where the JSON goes")
    parser.add_argument("--folder", type=Path, default=SCENARIOS, help="where the scenarios are")
    parser.add_argument("--list", action="store_true", help="name the scenarios and run none")
    parser.add_argument("--keep", action="store_true", help="keep the stack's folder, with its logs")
    return parser.parse_args()


def choose(known: dict[str, Scenario], only: list[str], agent: str | None) -> list[Scenario]:
    """The scenarios that were named. Raises ConfigError when there are none such."""
    problems = [
        f"no scenario {name}; `make evals ARGS=--list` names them" for name in only if name not in known
    ]
    chosen = [known[name] for name in only if name in known] if only else list(known.values())
    if agent is not None:
        chosen = [scenario for scenario in chosen if agent in scenario.agents]
    if not problems and not chosen:
        problems.append(f"no scenario grades {agent}")
    if problems:
        raise ConfigError(problems)
    return chosen


async def hold_all(
    console: Console, stack: Stack, scenarios: list[Scenario], *, repeat: int, jobs: int
) -> report.Run:
    """Hold every conversation, telling of each as it ends."""
    wanted = scenarios * repeat
    done = 0

    def told(result: Result) -> None:
        nonlocal done
        done += 1
        report.progress(console, result, done, len(wanted))

    began = time.monotonic()
    async with House(stack) as house:
        results = await run(house, wanted, jobs=jobs, told=told)
        return report.Run(results, time.monotonic() - began, house.played)


def main() -> int:
    """Start a stack, hold the conversations, tell and keep what came of them."""
    chosen = arguments()
    console = terminal()
    logger.remove()  # the harness logs every frame
    signal.signal(signal.SIGTERM, interrupt)
    try:
        known = load(chosen.folder)
        scenarios = choose(known, chosen.only, chosen.agent)
        if chosen.list:
            for scenario in scenarios:
                console.print(
                    f"{scenario.name}: {scenario.title} ({', '.join(scenario.agents)})", soft_wrap=True
                )
            return 0
        with standing(console, keep=chosen.keep) as stack:
            done = asyncio.run(
                hold_all(console, stack, scenarios, repeat=max(1, chosen.repeat), jobs=max(1, chosen.jobs))
            )
    except ConfigError as error:
        console.print("\n".join(error.problems), markup=False, soft_wrap=True)
        return 2
    except StackError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("interrupted")
        return 130
    prices = read_prices()
    report.report(console, done, known, prices)
    report.write(chosen.out, report.as_json(done, known, prices, sys.argv))
    console.print(f"written: {chosen.out}", soft_wrap=True)
    return 0 if done.ok else 1


if __name__ == "__main__":
    sys.exit(main())
