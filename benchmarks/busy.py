"""A child that keeps one processor busy until it is ended."""

from __future__ import annotations

import sys

from benchmarks.children import say
from latentjockey.base.platform import die_with_parent


def main() -> None:
    die_with_parent(int(sys.argv[1]))
    say(busy=True)
    count = 0
    while True:
        count += 1


if __name__ == "__main__":
    main()
