"""What directions are to be found, as data, and the command that finds them. Pure."""

from __future__ import annotations

import argparse
import sys

METHODS = ("pca", "sefa", "visible")
DEFAULT_COUNT, MOST = 32, 512
DEFAULT_SECONDS = 90.0


def add(parser: argparse.ArgumentParser) -> None:
    """The options of ``latentjockey models directions`` and of the process that it starts."""
    parser.add_argument("name", metavar="NAME", help="a model of the library")
    parser.add_argument(
        "--method", choices=METHODS, default="",
        help="principal components, closed form, or what pictures show (default: what suits the model)",
    )  # fmt: skip
    parser.add_argument("--count", type=_count, default=DEFAULT_COUNT, help="how many (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=_seconds, default=DEFAULT_SECONDS, metavar="S",
        help="about how long to look at pictures; longer is more exact (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument("--device", default="cpu", help="where (default: %(default)s)")


def command(
    name: str, method: str = "", count: int = DEFAULT_COUNT, seconds: float = DEFAULT_SECONDS, device: str = "cpu",
    *, events: bool = True,
) -> list[str]:  # fmt: skip
    """The whole command that finds them; with ``events`` it tells a show, else a person."""
    parts = [f"--count={count}", f"--seconds={seconds:g}", f"--device={device}"]
    parts += [f"--method={method}"] if method else []
    parts += ["--events"] if events else []
    # -P: what lies in the folder where the show was started is not to be taken for a library
    return [sys.executable, "-P", "-m", "latentjockey.finding", *parts, "--", name]


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST:
        raise argparse.ArgumentTypeError(f"1 to {MOST} can be found")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 1.0 <= number <= 86_400.0:
        raise argparse.ArgumentTypeError("from 1 second to a day")
    return number
