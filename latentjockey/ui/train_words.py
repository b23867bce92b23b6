"""How a training is told on the surface, as words. Pure."""

from __future__ import annotations

from latentjockey.jobs.account import Report, State
from latentjockey.jobs.runs import DIFFUSION, STYLE, TrainingRun
from latentjockey.ui.train_figures import counted

SHARED = "Playing and training share this machine: training gives way, and pictures may still come a little slower."

KIND_WORDS = {STYLE: "generator", DIFFUSION: "diffusion"}
"""What can be trained, by the trainer's word."""
KIND_MEANS = {
    STYLE: "Plays after minutes; a hundred pictures are enough where it begins with a model.",
    DIFFUSION: "Draws out of noise: wants some thousand pictures and several times as long, and begins from nothing. "
    "It plays after a third of its time.",
}

STATE_WORDS: dict[State, str] = {
    "starting": "starting",
    "running": "learning",
    "stopping": "stopping",
    "finished": "done",
    "failed": "broke off",
}


def heading(report: Report) -> str:
    """What happens, in a few words."""
    phase = report.progress.phase if report.progress is not None and report.state == "running" else ""
    word = "ended" if report.state == "finished" and not report.model else STATE_WORDS[report.state]
    return " · ".join(part for part in (word, phase) if part)


def outlook(report: Report) -> str:
    """How long it takes yet, or how it ended."""
    if report.over or report.state != "running":
        return report.sentence
    return report.left or "How long it takes is not known yet."


def numbers(report: Report) -> str:
    """How many pictures it has seen, how fast, of how many, on what."""
    told, started = report.progress, report.started
    parts = []
    if told is not None:
        parts.append(f"{told.images:,} seen")
        if not report.over and told.images_per_s > 0:
            parts.append(f"{told.images_per_s:.3g} a second")
    if started is not None:
        parts.append(f"{started.size} px")
        parts.append(f"{started.images:,} to learn from" if started.images else "drawn without end")
        parts.append(started.device)
    return " · ".join(part for part in parts if part)


def saved(report: Report) -> str:
    """What is kept, and where."""
    run = report.started.run if report.started is not None else ""
    if report.saved is None:
        return "nothing is saved yet" if not report.over else ""
    return f"saved at {report.saved.images:,}" + (f" in {run}" if run else "")


def run_words(run: TrainingRun) -> str:
    """A training that can go on, for a list to choose from."""
    far = f"{counted(run.images)} pictures in {_minutes(run.minutes_spent)}"
    rest = [f"{run.size} px"] if run.size else []
    if run.kind == DIFFUSION:
        rest.append(KIND_WORDS[DIFFUSION])
    return " · ".join([run.name, far, *rest])


def parsed_minutes(text: str) -> float:
    """Minutes from ``90``, ``90 min``, ``1.5 h`` or ``2 hours``. Raises ValueError with what would do."""
    words = text.strip().lower().replace(",", ".")
    number = words.rstrip("abcdefghijklmnopqrstuvwxyz .")
    unit = words[len(number) :].strip()
    hours = unit.startswith("h")
    if unit and not hours and not unit.startswith("m"):
        raise ValueError("a time is minutes, such as 90, or hours, such as 2 h")
    try:
        minutes = float(number) * (60 if hours else 1)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < 1e6:
        raise ValueError("a time is minutes, such as 90, or hours, such as 2 h")
    return minutes


def minutes_text(minutes: float) -> str:
    """A time to be typed and read: ``45 min``, ``2 h``."""
    return f"{minutes / 60:g} h" if minutes >= 120 and minutes % 30 == 0 else f"{minutes:g} min"


_STEPS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320)


def stepped_minutes(text: str, by: int) -> str:
    """The next round time above (1) or below (-1); beyond the last ones it doubles or halves."""
    now = parsed_minutes(text)
    if by > 0:
        return minutes_text(next((float(s) for s in _STEPS if s > now), now * 2))
    return minutes_text(next((float(s) for s in reversed(_STEPS) if s < now), now / 2))


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
