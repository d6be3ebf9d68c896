"""The outside world in a box: loopback servers that speak the vendors' own protocols."""

import os

# The recogniser multiplies small matrices; threads for that cost twice the processor time they take (measured).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
