"""A server that is ready at its second try and dies when told to, for tests of the launcher."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answers(BaseHTTPRequestHandler):
    """`/readyz`, `/healthz`, `/environment` (what we were started with) and `/die`."""

    asked = 0

    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(7)
        type(self).asked += 1
        ready = self.asked > 1
        body = {
            "environment": dict(os.environ),
            "pid": os.getpid(),
            "checks": {"voices": "ok" if ready else "loading"},
        }
        self.send_response(200 if ready or self.path != "/readyz" else 503)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:
        sys.stderr.write(f"{format % args}\n")


def main() -> None:
    """Serve on `PORT` until a signal."""
    if os.environ.get("FAKE_SERVER") == "broken":
        sys.stderr.write("no such module: voices\n")
        raise SystemExit(2)
    if os.environ.get("FAKE_SERVER") == "bad YAML":
        for number in range(30):
            sys.stderr.write(f"loading number {number}\ntiffin: phone.yaml: mistake {number}\n")
        raise SystemExit(2)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answers).serve_forever()


if __name__ == "__main__":
    main()
