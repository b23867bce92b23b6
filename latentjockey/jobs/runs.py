"""Trainings that were begun on this machine and can go on: what their newest state says. Waits for the disk."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentjockey.models.container import ContainerError, read_header

STYLE, DIFFUSION = "style", "diffusion"
"""The kinds of model that can be trained, as the trainer calls them."""

_KEY = "latentjockey-training"
_STATES = "state-*.safetensors"
_SHEET = "sheet.png"
_MOST = 200


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A training's folder, whose name is the training's, and how far it came. ``sheet`` is its last one, if any;
    ``kind`` what is trained."""

    folder: Path
    title: str = ""
    data: str = ""
    size: int = 0
    images: int = 0
    minutes_spent: float = 0.0
    minutes: float = 0.0
    sheet: Path | None = None
    kind: str = STYLE

    @property
    def name(self) -> str:
        return self.title or self.folder.name


def runs_in(home: Path) -> tuple[TrainingRun, ...]:
    """The trainings in a folder of trainings that have a state to go on from, the newest first. Never raises."""
    found: list[tuple[float, TrainingRun]] = []
    try:
        folders = [path for path in home.iterdir() if path.is_dir()][:_MOST]
    except OSError:
        return ()
    for folder in folders:
        for state in sorted(folder.glob(_STATES), reverse=True):
            try:
                _, metadata = read_header(state)
                found.append((state.stat().st_mtime, _run(folder, json.loads(metadata[_KEY]))))
            except (ContainerError, OSError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
                continue  # the one before it may be whole
            break
    return tuple(run for _, run in sorted(found, key=lambda pair: -pair[0]))


def _run(folder: Path, about: Mapping[str, Any]) -> TrainingRun:
    plan = about["plan"]
    sheet = folder / _SHEET
    return TrainingRun(
        folder,
        str(plan.get("title", ""))[:200],
        str(plan.get("data", ""))[:4096],
        int(plan.get("size", 0)),
        int(about["images"]),
        _minutes(float(about["seconds"]) / 60),
        _minutes(float(plan.get("minutes") or 0.0)),
        sheet if sheet.is_file() else None,
        DIFFUSION if plan.get("kind") == DIFFUSION else STYLE,
    )


def _minutes(value: float) -> float:
    if not math.isfinite(value) or value < 0:
        raise ValueError("no time")
    return value
