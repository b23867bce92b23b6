"""The catalogue as a document: ``docs/controls.md`` and ``latentjockey controls`` are made here. Pure; any thread."""

from __future__ import annotations

from collections.abc import Iterable

from latentjockey.control.spec import ControlSpec, Kind

_HEADINGS = {
    "deck/a": "Deck A",
    "deck/b": "Deck B",
    "mix": "Mixer",
    "engine": "Engine",
    "stage": "Stage",
    "transport": "Transport",
    "lfo": "LFOs",
    "mod": "Modulation routes",
    "audio": "Sound input",
    "send": "To other programs",
    "gen": "The model's own",
    "fx": "Shaders",
}
_COMMANDS = "Commands"
_RECORDS = "Records"
_INTRO = """\
# Controls

Everything a hand can move, made from the catalogue by `latentjockey controls --markdown`; this file is not edited by
hand. An address is at once OSC address, MIDI target, preset key and script name.

- **Range** is nominal: what a slider spans at first, and no wall. Any finite value is taken as it is. A **guard** is a
  wall, and stands only where the outside means nothing. NaN and Inf are refused.
- A **vector** is written whole (`/deck/a/z`), in part from its beginning, by slice (`/deck/a/z/8-15`, both ends
  included) or by component (`/deck/a/z/3`). Where components have names, as a model's classes do, a name is another way
  to write the number: `/deck/a/class/moth`. `/deck/a/class` and `/deck/b/class` are there for models with classes.
- Classes, widths of vectors and the model's own controls are those of the model that plays at first;
  `latentjockey controls --model cppn` lists those of another.
- A **choice** takes its name or its number from 0, a **bool** also on and off, a seed any word. A **trigger** is
  pressed by a message without argument or with anything but 0. A **command** is a trigger with a text.
- A **readout** is written by the engine alone.
- The inputs of a shader come and go with it: `/fx/<slot>/<input>`, described in [shaders.md](shaders.md).
- `P` returns to its default on `/panic`, `M` can be modulated, `–` is not kept in presets.
"""
_RECORDS_INTRO = """\
What the conductor notes down about movements (where each began and when), so that every picture can be made again.
Presets carry them; hands leave them alone.
"""


def as_json(specs: Iterable[ControlSpec]) -> list[dict[str, object]]:
    """Each control as a mapping that ``json.dumps`` takes, in order.

    A VECTOR's default is one number when all its components agree, else a list of ``size`` numbers.
    """
    return [
        {
            "address": spec.address,
            "kind": spec.kind.value,
            "default": _plain_default(spec),
            "lo": spec.lo,
            "hi": spec.hi,
            "guard": list(spec.guard),
            "unit": spec.unit,
            "taper": spec.taper.value,
            "size": spec.size,
            "choices": list(spec.choices),
            "aliases": list(spec.aliases),
            "label": spec.name,
            "help": spec.help,
            "modulatable": spec.modulatable,
            "saved": spec.saved,
            "panic": spec.panic,
            "internal": spec.internal,
        }
        for spec in specs
    ]


def markdown(specs: Iterable[ControlSpec]) -> str:
    """A page in Markdown: a table for each family of addresses, the conductor's records last. Ends with a newline."""
    families: dict[str, list[ControlSpec]] = {}
    for spec in specs:
        families.setdefault(_RECORDS if spec.internal else _family(spec.address), []).append(spec)
    records = families.pop(_RECORDS, [])
    commands = families.pop(_COMMANDS, [])
    parts = [_INTRO]
    parts += [f"## {name}\n\n{_table(family)}" for name, family in families.items()]
    if commands:
        parts.append(f"## {_COMMANDS}\n\n{_table(commands)}")
    if records:
        parts.append(f"## {_RECORDS}\n\n{_RECORDS_INTRO}\n{_table(records)}")
    return "\n".join(parts)


def table(specs: Iterable[ControlSpec]) -> str:
    """Plain lines for a terminal: address, kind, default, nominal range and help of each control, in columns."""
    rows = [("ADDRESS", "KIND", "DEFAULT", "RANGE", "WHAT IT DOES")]
    rows += [(spec.address, spec.kind.value, _default(spec), _range(spec), spec.help) for spec in specs]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in rows
    )


def _family(address: str) -> str:
    segments = address.strip("/").split("/")
    return _HEADINGS.get("/".join(segments[:2])) or _HEADINGS.get(segments[0], _COMMANDS)


def _table(specs: Iterable[ControlSpec]) -> str:
    rows = ["| Address | Kind | Default | Range | Marks | What it does |", "| --- | --- | --- | --- | --- | --- |"]
    for spec in specs:
        cells = (_addresses(spec), _kind(spec), _default(spec), _range(spec), _marks(spec), spec.help)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _addresses(spec: ControlSpec) -> str:
    also = "".join(f", also `{alias}`" for alias in spec.aliases)
    return f"`{spec.address}`{also}"


def _kind(spec: ControlSpec) -> str:
    if spec.kind is Kind.VECTOR:
        return f"vector of {spec.size}"
    if spec.kind is Kind.CHOICE:
        return f"choice: {', '.join(spec.choices)}"
    return "int, seed" if spec.unit == "seed" else spec.kind.value


def _default(spec: ControlSpec) -> str:
    if spec.kind in (Kind.TRIGGER, Kind.COMMAND, Kind.READOUT):
        return ""
    if spec.kind is Kind.BOOL:
        return "on" if spec.default else "off"
    plain = _plain_default(spec)
    if spec.kind is Kind.CHOICE:
        return spec.choices[plain] if isinstance(plain, int) and 0 <= plain < len(spec.choices) else str(plain)
    if isinstance(plain, list):
        return f"{plain[0]:g} … {plain[-1]:g}"
    return plain if isinstance(plain, str) else f"{plain:g}"


def _range(spec: ControlSpec) -> str:
    if spec.kind not in (Kind.FLOAT, Kind.INT, Kind.VECTOR):
        return spec.unit
    unit = f" {spec.unit}" if spec.unit and spec.unit != "seed" else ""
    low, high = spec.guard
    bounds = [f"≥ {low:g}"] if low is not None else []
    bounds += [f"≤ {high:g}"] if high is not None else []
    guard = f"; guard {', '.join(bounds)}" if bounds else ""
    return f"{spec.lo:g} … {spec.hi:g}{unit}{guard}"


def _marks(spec: ControlSpec) -> str:
    momentary = spec.kind in (Kind.TRIGGER, Kind.COMMAND, Kind.READOUT)
    marks = ("P", spec.panic), ("M", spec.modulatable), ("–", not spec.saved and not momentary)
    return " ".join(mark for mark, holds in marks if holds)


def _plain_default(spec: ControlSpec) -> float | int | bool | str | list[float]:
    if isinstance(spec.default, tuple):
        first = spec.default[0]
        return first if all(number == first for number in spec.default) else list(spec.default)
    return int(spec.default) if spec.kind is Kind.CHOICE and not isinstance(spec.default, str) else spec.default
