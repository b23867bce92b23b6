"""MIDI maps on disk: one JSON object a file, versioned, written whole or not at all. Any thread.

Keys that this version does not know are kept and written back, so that an older version harms no newer file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import write_atomic
from latentjockey.mapping.table import MidiBinding, MidiMap

FORMAT = "latentjockey-midi-map"
VERSION = 1
MOST_BINDINGS = 4096

_MAP_KEYS = ("format", "version", "name", "port", "bindings")
_BINDING_KEYS = tuple(f.name for f in fields(MidiBinding) if f.name != "extra")


class _Head(msgspec.Struct):
    format: str
    version: int
    name: str
    port: str = ""
    bindings: list[dict[str, Any]] = []


def load(path: Path) -> MidiMap:
    """Read a map. Raises StageError when the file is missing, is no map, or is from a newer version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StageError(f"The MIDI map {path} cannot be read ({error.strerror}): check the path.") from error
    return decode(data, path.name)


def save(path: Path, midi_map: MidiMap) -> None:
    """Write a map, with the unknown keys it was loaded with. Raises StageError when the disk refuses."""
    try:
        write_atomic(path, encode(midi_map))
    except OSError as error:
        raise StageError(f"The MIDI map {path} cannot be written ({error.strerror}): choose another place.") from error


def decode(data: bytes, called: str) -> MidiMap:
    """A map from the bytes of its file; ``called`` is its name in errors. Raises StageError."""
    try:
        raw = msgspec.json.decode(data)
        if not isinstance(raw, dict) or raw.get("format") != FORMAT:
            raise StageError(f'{called} is no MIDI map: it lacks "format": "{FORMAT}".')
        head = msgspec.convert(raw, _Head)
        if head.version > VERSION:
            raise StageError(
                f"{called} is a MIDI map of version {head.version} and this program reads up to {VERSION}: update it."
            )
        if len(head.bindings) > MOST_BINDINGS:
            raise StageError(f"{called} has {len(head.bindings)} bindings; up to {MOST_BINDINGS} fit in a MIDI map.")
        bindings = tuple(_binding(item, i) for i, item in enumerate(head.bindings))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StageError(f"{called} cannot be read as a MIDI map ({error}): correct the file.") from error
    return MidiMap(head.name, head.port, bindings, _unknown(raw, _MAP_KEYS))


def encode(midi_map: MidiMap) -> bytes:
    """The bytes of a map's file: UTF-8 JSON with one binding a line, so that people can read and compare it."""
    head: dict[str, object] = {"format": FORMAT, "version": VERSION, "name": midi_map.name, "port": midi_map.port}
    lines = [f"  {_json(key)}: {_json(value)}" for key, value in {**head, **midi_map.extra}.items()]
    rows = ",\n".join(f"    {_json(_as_object(binding))}" for binding in midi_map.bindings)
    lines.append(f'  "bindings": [\n{rows}\n  ]' if rows else '  "bindings": []')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _binding(item: dict[str, Any], index: int) -> MidiBinding:
    known = {key: value for key, value in item.items() if key in _BINDING_KEYS}
    try:
        binding = msgspec.convert(known, MidiBinding)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"bindings[{index}]: {error}") from error
    return replace(binding, extra=_unknown(item, _BINDING_KEYS))


def _unknown(item: Mapping[str, object], known: tuple[str, ...]) -> Mapping[str, object]:
    return MappingProxyType({key: value for key, value in item.items() if key not in known})


def _as_object(binding: MidiBinding) -> dict[str, object]:
    order = ("kind", "channel", "number", "address", "lo", "hi", "mode", "takeover", "text")
    given = {key: getattr(binding, key) for key in order}
    return {**{k: v for k, v in given.items() if v not in (None, "")}, **binding.extra}


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
