"""What a child process of ours finds when it starts: this very package, wherever it lies."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path


def findable(variables: dict[str, str]) -> dict[str, str]:
    """Our environment with ``variables``, in which the child finds this package, and tells where it crashed."""
    environment = {**os.environ, **variables, "PYTHONUNBUFFERED": "1"}
    environment.setdefault("PYTHONFAULTHANDLER", "1")
    root = str(Path(__file__).resolve().parents[2])
    if root not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        others = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = root if not others else f"{root}{os.pathsep}{others}"
    return environment
