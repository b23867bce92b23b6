"""The options of ``latentjockey data``. Importing this imports nothing heavy: the parser is made at every start."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

_ABOUT = """\
Make a data set of pictures of your own, to train a model on.

SOURCE is a folder. The folders in it are classes; or a CSV (first line: file,class) or JSON ({"a.png": "class"}) beside
the pictures names them; otherwise all is one class. A sources.csv beside the pictures says whose they are.
"""
_CONSENTS = ("own", "asked", "licensed", "undisclosed")
_CROPS = ("centre", "pad", "stretch", "tiles")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``data`` with its tasks to the commands of the program."""
    data = commands.add_parser("data", help="make a data set of your own pictures, and see what one holds")
    tasks = data.add_subparsers(title="tasks", metavar="TASK", required=True)
    _add_prepare(tasks)
    report = tasks.add_parser("report", help="what a folder or a packed file holds, and whose it is")
    report.add_argument("path", type=Path, metavar="DATA", help="a folder, or a packed file (.ljdata)")
    report.add_argument("--json", action="store_true", help="as JSON, for other programs")
    report.add_argument("--all", action="store_true", help="name every picture that was left out")
    report.add_argument("--check", action="store_true", help="read every picture and name those that are damaged")
    report.add_argument("--sheet", type=Path, metavar="FILE.png", help="write a sheet of 64 of its pictures")
    report.set_defaults(run=_report)
    withdraw = tasks.add_parser("withdraw", help="take sources out of a packed file; they stay named as withdrawn")
    withdraw.add_argument("path", type=Path, metavar="FILE.ljdata")
    withdraw.add_argument("names", nargs="+", metavar="SOURCE", help="as the report calls it")
    withdraw.add_argument("--out", "-o", type=Path, metavar="FILE.ljdata", help="default: in place")
    withdraw.set_defaults(run=_withdraw)
    _add_draw(tasks)


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """The options that say whose pictures they are; :func:`given` reads them. ``train`` has them as well."""
    whose = parser.add_argument_group("whose pictures they are", "asked for in the terminal where nothing says it")
    whose.add_argument("--consent", choices=_CONSENTS, help="your own; asked and agreed; openly licensed but not asked")
    whose.add_argument("--author", metavar="NAME", help="who made them")
    whose.add_argument("--licence", metavar="TEXT", help="such as CC BY 4.0, or all rights mine")
    whose.add_argument("--url", metavar="URL", help="where they are from")
    whose.add_argument("--source-name", metavar="NAME", help="what this source is called (default: the folder's name)")
    whose.add_argument("--sources", type=Path, metavar="FILE", help="a CSV or JSON that names several sources")


def _add_prepare(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    prepare = tasks.add_parser(
        "prepare", help="crop, resize, drop duplicates, pack, and say what was done", description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    prepare.add_argument(
        "source", type=Path, metavar="SOURCE", help="a folder of pictures, or its CSV or JSON of classes"
    )
    prepare.add_argument("--out", "-o", type=Path, required=True, metavar="FILE.ljdata")
    prepare.add_argument("--size", type=_side, default=128, metavar="N", help="side in pixels (default: 128)")
    prepare.add_argument(
        "--crop", choices=_CROPS, default="centre",
        help="the middle square; all of it on a background; all of it stretched; or squares side by side",
    )  # fmt: skip
    prepare.add_argument(
        "--tiles", type=_count, metavar="N", help="with --crop tiles: how many along the shorter side (default: 1)"
    )
    prepare.add_argument(
        "--background",
        type=_colour,
        default=(0, 0, 0),
        metavar="RRGGBB",
        help="under what is transparent (default: black)",
    )
    prepare.add_argument(
        "--min-side",
        type=_count,
        metavar="N",
        help="leave out what has a shorter side below this (default: half of --size)",
    )
    doubles = prepare.add_mutually_exclusive_group()
    doubles.add_argument("--dedupe", action="store_true", help="leave out what is there already (the default)")
    doubles.add_argument("--keep-duplicates", action="store_true", help="name them only")
    prepare.add_argument(
        "--near", type=int, choices=range(13), default=4, metavar="BITS",
        help="how far near duplicates may be apart, 0 to 12 of 64 bits (default: 4)",
    )  # fmt: skip
    prepare.add_argument("--lossy", type=_quality, metavar="Q", help="smaller file, quality 1..100 (default: lossless)")
    prepare.add_argument("--limit", type=_count, metavar="N", help="so many files at most, evenly from all")
    prepare.add_argument("--threads", type=_count, default=0, metavar="N", help="default: one for each processor")
    prepare.add_argument("--replace", action="store_true", help="make the file anew where it is there already")
    prepare.add_argument("--json", action="store_true", help="report as JSON, for other programs")
    add_source_options(prepare)
    prepare.set_defaults(run=_prepare)


def _add_draw(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    draw = tasks.add_parser("draw", help="pictures of a recipe of the program's own, to look at or to train on")
    draw.add_argument("recipe", metavar="RECIPE", help="such as night-garden")
    draw.add_argument("--out", "-o", type=Path, required=True, metavar="FOLDER", help="a new or an empty folder")
    draw.add_argument("--count", type=_count, default=64, metavar="N", help="how many (default: 64)")
    draw.add_argument("--size", type=_side, default=128, metavar="N", help="side in pixels (default: 128)")
    draw.add_argument("--seed", type=int, default=0, metavar="N", help="the first seed (default: 0)")
    draw.set_defaults(run=_draw)


def _prepare(arguments: argparse.Namespace) -> int:
    from latentjockey.data.asking import Given
    from latentjockey.data.pictures import Framing
    from latentjockey.data.prepare import Settings
    from latentjockey.data.terminal import Order, run_prepare

    size = arguments.size
    framing = Framing(
        size,
        "tiles" if arguments.tiles and arguments.crop == "centre" else arguments.crop,
        arguments.tiles or 1,
        arguments.background,
        max(1, size // 2) if arguments.min_side is None else arguments.min_side,
    )
    settings = Settings(
        framing, not arguments.keep_duplicates, arguments.near, arguments.lossy, arguments.limit, arguments.threads
    )
    given = Given(
        arguments.consent, arguments.author, arguments.licence, arguments.url, arguments.source_name
    )  # fmt: skip
    order = Order(
        arguments.source, arguments.out, settings, given, arguments.sources, arguments.replace, arguments.json
    )
    return run_prepare(order)


def _report(arguments: argparse.Namespace) -> int:
    from latentjockey.data.terminal import run_report

    return run_report(
        arguments.path, as_json=arguments.json, every=arguments.all, check=arguments.check, sheet=arguments.sheet
    )


def _withdraw(arguments: argparse.Namespace) -> int:
    from latentjockey.data.terminal import run_withdraw

    return run_withdraw(arguments.path, arguments.names, arguments.out or arguments.path)


def _draw(arguments: argparse.Namespace) -> int:
    # A process of its own: the drawings need torch, which this one never loads.
    command = [sys.executable, "-m", "latentjockey.recipes", arguments.recipe]
    for name in ("out", "count", "size", "seed"):
        command += [f"--{name}={getattr(arguments, name)}"]
    return subprocess.run(command, check=False).returncode


def _side(text: str) -> int:
    if not (text.isdecimal() and 4 <= int(text) <= 4096):
        raise argparse.ArgumentTypeError(f"a side is 4 to 4096 pixels, such as 128, not {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 10**9):
        raise argparse.ArgumentTypeError(f"a whole number above 0, not {text!r}")
    return int(text)


def _quality(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 100):
        raise argparse.ArgumentTypeError(f"a quality is 1 to 100, not {text!r}")
    return int(text)


def _colour(text: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"#?([0-9a-fA-F]{6})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"a colour is RRGGBB, such as 000000 or ffffff, not {text!r}")
    red, green, blue = bytes.fromhex(match[1])
    return red, green, blue
