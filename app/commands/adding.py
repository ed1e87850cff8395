"""How a command joins the command line."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Protocol


class Add(Protocol):
    """Gives a parser of its own to a command."""

    def __call__(self, name: str, run: Callable[[Namespace], int], text: str) -> ArgumentParser:
        """The command of that name runs this function and says that text in its help."""
