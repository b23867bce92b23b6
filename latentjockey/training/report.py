"""The figures of an evaluation as a page of Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]

RECOGNISED, SOFT, ANSWERS = 0.9, 0.75, 0.25
"""Below these a class's samples, their edges, and what a named direction changes are worth a sentence."""


def markdown(figures: Figures) -> str:
    """A table of what was measured, with its yardstick, and a sentence for what is wrong."""
    model, counts = figures["model"], figures["counts"]
    fresh = "that it never saw" if counts["fresh_unseen"] else "kept apart here, which it did see"
    lines = [
        f"# {model['name']}, judged",
        "",
        f"{model['size']} px, {len(model['classes']) or 1} classes. {counts['samples']:,} samples, none chosen, beside "
        f"{counts['learned']:,} pictures of {figures['data']} that it learned from and {counts['fresh']:,} {fresh}.",
        "",
        "| figure | samples | real pictures | what it means |",
        "|---|---|---|---|",
        *rows(figures),
        "",
    ]
    lines += [f"* {sentence}" for sentence in findings(figures)]
    if "recognised" in figures:
        lines += ["", *_confusion(figures["recognised"], model["classes"])]
    if figures.get("directions"):
        lines += ["", *_directions(figures["directions"])]
    return "\n".join([*lines, ""])


def rows(figures: Figures) -> list[str]:
    """The table's rows."""
    copying, diversity, modes = figures["copying"], figures["diversity"], figures["modes"]
    distance, sharpness = figures["distance"], figures["sharpness"]
    found = [
        _row("distance to the nearest learned picture (median)", f"{copying['median_sample']:.4f}",
             f"{copying['median_real']:.4f}", f"ratio {copying['ratio']:.2f}: 1 is as fresh as a real one, 0 a copy"),
        _row("copies", f"{copying['copies']:.1%}", f"{copying['real_alike']:.1%}",
             "nearer than a quarter of the usual distance"),
        _row("diversity within a class", f"{diversity['ratio']:.2f}", "1", "mean distance of two, in those of data"),
        _row("kinds of picture", modes["samples"], modes["real"], f"of {modes['of']} prototypes, how many are met"),
        _row("sliced Wasserstein × 1000", f"{1e3 * distance['samples']:.1f}", f"{1e3 * distance['real']:.1f}",
             "to fresh pictures; the second is learned to fresh, the floor"),
        _row("sharpness", f"{sharpness['samples']:.4f}", f"{sharpness['real']:.4f}",
             f"ratio {sharpness['ratio']:.2f}: below 1 is soft"),
    ]  # fmt: skip
    if "combinations" in figures:
        made = figures["combinations"]
        what = f"of class and {', '.join(made['parts'])}, each in three steps, among {made['pictures']:,}"
        found.append(_row("combinations of parts", made["samples"], made["real"], what))
    if "recognised" in figures:
        told = figures["recognised"]
        found.append(
            _row("class recognised", f"{told['samples']:.1%}", f"{told['real']:.1%}", "by a network taught on data")
        )
    return found


def findings(figures: Figures) -> list[str]:
    """What somebody has to know before they play it, in sentences."""
    found = []
    copies, alike = figures["copying"]["copies"], figures["copying"]["real_alike"]
    collapsed = figures["diversity"]["collapsed"]
    if copies > 2.0 * alike:
        found.append(
            f"{copies:.1%} of the samples are near copies of pictures it learned from; of real pictures {alike:.1%} "
            "are as near to others: see the sheet."
        )
    if collapsed:
        found.append(f"Collapsed, always about the same: {', '.join(collapsed)}.")
    if (sharp := figures["sharpness"]["ratio"]) < SOFT:
        found.append(f"Soft: edges are {sharp:.0%} as sharp as those of real pictures.")
    for name, share in figures.get("recognised", {}).get("each", {}).items():
        if share < RECOGNISED:
            found.append(f"{name} is recognised in {share:.0%} of its samples only.")
    for name, change in figures.get("directions", {}).items():
        if change < ANSWERS:
            found.append(f"The direction {name} does not do what its name says ({change:+.2f}).".replace("-", "−"))
    return found or ["No copies, no collapsed class, and nothing soft or mistaken for something else."]


def _confusion(told: Figures, classes: Sequence[str]) -> Iterable[str]:
    yield "Samples of a class (row) and what they were taken for:"
    yield ""
    yield f"| | {' | '.join(classes)} |"
    yield f"|---|{'---|' * len(classes)}"
    for name, counts in zip(classes, told["confusion"], strict=True):
        yield f"| {name} | {' | '.join(str(n or '') for n in counts)} |"


def _directions(changed: Figures) -> Iterable[str]:
    yield "What named directions change of their part from −2 σ to +2 σ, in its spread over the data:"
    yield ""
    yield "| direction | change |"
    yield "|---|---|"
    for name, change in changed.items():
        yield f"| {name} | {change:+.2f} |".replace("-", "−")


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
