"""The outside world in a box: loopback servers that speak the vendors' own protocols.

What it is told over `/control`, beside the calls and texts of people who turn to us:

- Who picks up when we call: `PUT /numbers/{number}` puts a persona of `data/callees/` (or a scenario) at a number, or
  a list of them, one a call, of which the last one stays; `PUT /bindings` does so for every kitchen, driver or
  customer, `PUT /answering` says whether anybody helpful is at all other numbers. `GET /calls` shows what they said,
  the key tones they heard in our audio (`tones`) and the message left on a machine (`left`).
- What goes wrong: `POST /faults`, see `sandbox.faults`; of the telephone network also lost, late, repeated and
  reordered webhooks, calls made twice, and machine detection that is slow or mistaken.
- What is on the roads: `POST /roads` makes a street or an area slow, `POST /rides` lets a driver set off, whose
  position is posted to an address at business time (CLOCK_START, CLOCK_SPEED) until `DELETE /rides/{id}`.
"""

import os

# The recogniser multiplies small matrices; threads for that cost twice the processor time they take (measured).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
