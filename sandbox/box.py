"""The box: everything the made-up vendors share while the process lives."""

from pathlib import Path

from sandbox.clock import BusinessClock
from sandbox.faults import Faults
from sandbox.keys import make_keys
from sandbox.log import RequestLog
from sandbox.riding import Rides
from sandbox.roads import Roads
from sandbox.speech.speech import Speech
from sandbox.twilio.network import Network


class Box:
    """Keys, faults, request log, voices and telephones; `request.app.state.box` in every route."""

    def __init__(self, data_dir: Path, url: str) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir = data_dir
        self.url = url
        self.keys = make_keys()
        self.faults = Faults()
        self.log = RequestLog()
        self.clock = BusinessClock.of()
        self.roads = Roads()
        self.rides = Rides(self.roads, self.clock)
        self.speech = Speech(data_dir)
        self.network = Network(self.keys, self.speech, data_dir, url, self.faults)
