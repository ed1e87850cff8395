"""A simulator of the tax authority's e-MCF, over real HTTP. What it normalises is worth nothing.

It follows the public texts on the e-MCF where they speak and is a `Behaviour` where they do not.
It shares no code with the product: it is its second checker.

`run` serves as a process of its own; `serving(create_app(...))` serves from a thread;
`make_token` makes the token of any e-MCF. `faults` documents the fault script.
"""

from app.control.simulator.behaviour import AssumedCodes, Behaviour
from app.control.simulator.server import Address, SimulatorWarning, create_app, run, serving
from app.control.simulator.tokens import DEMO_NIF, DEMO_NIM, make_token

__all__ = [
    "DEMO_NIF",
    "DEMO_NIM",
    "Address",
    "AssumedCodes",
    "Behaviour",
    "SimulatorWarning",
    "create_app",
    "make_token",
    "run",
    "serving",
]
