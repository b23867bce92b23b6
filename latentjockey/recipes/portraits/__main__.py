"""``python -m latentjockey.recipes.portraits``: makes the data set of portraits. docs/portraits.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Make it as the command line says; returns the exit code. Mistakes are one sentence on standard error."""
    from latentjockey.base.diagnostics import StageError
    from latentjockey.base.platform import cores
    from latentjockey.recipes.made import MADE

    portraits = MADE["portraits"]
    parser = argparse.ArgumentParser(prog=portraits.command, description="Make the data set of portraits.")
    parser.add_argument("--out", type=Path, help="the file to write (default: where latentjockey train looks for it)")
    parser.add_argument("--count", type=int, default=20000, help="how many (default: 20000)")
    parser.add_argument("--size", type=int, default=128, help="pixels (default: 128)")
    parser.add_argument("--seed", type=int, default=1, help="whole number from 0 (default: 1)")
    parser.add_argument("--quality", type=int, help="1 to 100: keep pictures lossy and small (default: lossless)")
    parser.add_argument("--processes", type=int, default=cores(), help="how many work at once")
    given = parser.parse_args()

    from rich.progress import Progress

    from latentjockey.recipes.portraits.make import Order, make

    try:
        out = given.out or portraits.path
        order = Order(given.count, given.size, given.seed, given.quality)
        with Progress(transient=True) as bar:
            task = bar.add_task("portraits", total=given.count)
            make(order, out, given.processes, lambda done: bar.update(task, completed=done))
    except (StageError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}.\n")
        return 2
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"{given.count} portraits in {out}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
