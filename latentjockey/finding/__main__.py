"""``python -m latentjockey.finding NAME``: one search for directions. ``latentjockey models directions`` starts it."""

from __future__ import annotations

import argparse
import sys

from latentjockey.jobs import directions_wish


def main() -> int:
    """Search as the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="latentjockey models directions")
    directions_wish.add(parser)
    parser.add_argument("--events", action="store_true", help="tell a show, by JSON lines")
    given = parser.parse_args()
    from latentjockey.finding.run import run  # torch comes with it, after help and mistakes were told

    return run(given)


if __name__ == "__main__":
    sys.exit(main())
