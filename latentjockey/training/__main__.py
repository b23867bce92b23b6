"""``python -m latentjockey.training DATA --out NAME``: one training process. ``latentjockey train`` starts it."""

from __future__ import annotations

import argparse
import sys

from latentjockey.base.platform import keep_freed_memory
from latentjockey.training.arguments import add
from latentjockey.training.launch import GIVEN, decode


def main() -> int:
    """Train as the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="latentjockey train")
    add(parser)
    given = decode(sys.argv[2]) if sys.argv[1:2] == [GIVEN] else parser.parse_args()
    keep_freed_memory()
    from latentjockey.training import distributed, start  # torch comes with it, after help and mistakes were told

    code = start.start(given)
    distributed.leave(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
