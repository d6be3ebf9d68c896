"""`python -m sandbox --data DIR`: starts the box, says where it is, runs until it is told to stop."""

import argparse
import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from sandbox.app import create_app
from sandbox.box import Box
from sandbox.server import loopback_socket, make_server


def announcement(box: Box) -> dict[str, object]:
    """Where each vendor is found, and with which keys."""
    websocket = box.url.replace("http://", "ws://")
    return {
        "url": box.url,
        "base_urls": {
            "DEEPGRAM": websocket,
            "ELEVENLABS": websocket,
            "ANTHROPIC": box.url,
            "OPENAI": f"{box.url}/v1",
            "TWILIO": box.url,
            "STRIPE": box.url,
            "RAZORPAY": f"{box.url}/razorpay",
            "GOOGLE_MAPS": box.url,
        },
        "keys": box.keys,
    }


async def _parent_gone() -> None:
    """Returns when standard input is closed."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass


async def run(data: Path, port: int, *, with_parent: bool) -> None:
    """Serve until SIGTERM, SIGINT or, `with_parent`, the end of standard input."""
    listener = loopback_socket(port)
    box = Box(data, f"http://127.0.0.1:{listener.getsockname()[1]}")
    server = make_server(create_app(box))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    watching = asyncio.create_task(_parent_gone()) if with_parent else None
    if watching is not None:
        watching.add_done_callback(lambda _: stop.set())
    print(json.dumps(announcement(box)), flush=True)  # noqa: T201
    await stop.wait()
    server.should_exit = True
    await serving


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder for recordings and kept phrases")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--with-parent", action="store_true", help="stop when standard input closes")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(run(arguments.data, arguments.port, with_parent=arguments.with_parent))


if __name__ == "__main__":
    main()
