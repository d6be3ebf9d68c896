"""The product's server for conversations alone: money moves, and nobody is called nor any driver sent meanwhile.

A search that a scenario's order has set off would offer it to drivers while the next scenario grades its rows.
"""

from server import main
from tasks.handlers import HANDLERS

QUIET = {kind: handler for kind, handler in HANDLERS.items() if kind.startswith("payments.")}

if __name__ == "__main__":
    main(QUIET)
