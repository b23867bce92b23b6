"""The command line of ``latentjockey evaluate``, and how its process is started. No torch: help is there at once."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

MODULE = "latentjockey.training.evaluate"
_ABOUT = """\
Judge a model against the pictures it learned from: does it copy, has it collapsed, is it recognised.

Writes contact.png, neighbours.png, report.md and report.json; docs/models.md says what each number means.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """All options of an evaluation."""
    parser.description, parser.formatter_class = _ABOUT, argparse.RawDescriptionHelpFormatter
    parser.add_argument("model", metavar="MODEL", help="a model file, or a model by name")
    parser.add_argument("--data", required=True, help="what it learned from: a recipe, a folder, or a packed file")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where sheets and report go")
    parser.add_argument("--samples", type=int, default=1024, help="how many samples are judged (default: 1024)")
    parser.add_argument("--learned", type=int, default=3000, help="and pictures it learned from (default: 3000)")
    parser.add_argument("--fresh", type=int, default=1024, help="and others like them (default: 1024)")
    parser.add_argument("--minutes", type=float, default=3.0, help="to teach the recogniser, 0 for none (default: 3)")
    parser.add_argument("--cell", type=int, help="side of a picture on the sheets (default: the model's, 128 at most)")
    parser.add_argument("--seed", type=int, default=0, help="which samples (default: 0)")
    parser.add_argument("--threads", type=int, help="processors to use (default: all)")


def run(given: argparse.Namespace) -> int:
    """Evaluate in a process of its own, which may load torch; returns its exit code."""
    plain: dict[str, Any] = {n: str(v) if isinstance(v, Path) else v for n, v in vars(given).items() if not callable(v)}
    command = [sys.executable, "-m", MODULE, json.dumps(plain)]
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(sys.executable, command, dict(os.environ))
    return subprocess.call(command)


def decode(text: str) -> argparse.Namespace:
    """What :func:`run` handed on."""
    plain: dict[str, Any] = json.loads(text)
    return argparse.Namespace(**{**plain, "out": Path(plain["out"])})
