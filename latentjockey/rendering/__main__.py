"""``python -m latentjockey.rendering --wish=JSON``: one clip. ``latentjockey clip`` starts it."""

from __future__ import annotations

import argparse
import sys

from latentjockey.jobs import clip_wish


def main() -> int:
    """Make the clip that the command line wishes for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="latentjockey clip")
    parser.add_argument("--wish", required=True, metavar="JSON", help="what to make")
    parser.add_argument("--events", action="store_true", help="tell a show, by JSON lines")
    given = parser.parse_args()
    try:
        wish = clip_wish.parsed(given.wish)
    except ValueError as error:
        parser.error(str(error))
    from latentjockey.rendering.run import run  # torch comes with it, after mistakes were told

    return run(wish, events=given.events)


if __name__ == "__main__":
    sys.exit(main())
