"""MIDI maps on disk: one JSON object a file, versioned, written whole or not at all. Any thread.

Keys that this version does not know are kept and written back, so that an older version harms no newer file. A map is
written with the oldest version that plays it as it is meant: 2 when it uses banks, shift, encoders, SCALE or feedback.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import write_atomic
from latentjockey.mapping.profile import ECHO, Colours, Light, Profile, Touch
from latentjockey.mapping.table import MidiBinding, MidiMap, Takeover

FORMAT = "latentjockey-midi-map"
VERSION = 2
MOST_BINDINGS = 4096

MOST_LIGHTS = 4096

_MAP_KEYS = ("format", "version", "name", "port", "bindings", "banks", "feedback", "notes", "behind")
_NEWER = ("bank", "shift", "encoding", "accelerate", "feedback")
_ECHO = "echo"

_Part = TypeVar("_Part", MidiBinding, Light, Colours, Touch, Profile)
_Read = TypeVar("_Read")


class _Head(msgspec.Struct):
    format: str
    version: int
    name: str
    port: str = ""
    bindings: list[dict[str, Any]] = []
    banks: tuple[str, ...] = ()
    feedback: dict[str, Any] | None = None
    notes: str = ""
    behind: str = ""


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
        bindings = tuple(_within(f"bindings[{i}]", _binding, item) for i, item in enumerate(head.bindings))
        profile = None if head.feedback is None else _within("feedback", _profile, head.feedback)
        extra = _unknown(raw, _MAP_KEYS)
        return MidiMap(head.name, head.port, bindings, head.banks, profile, extra, head.notes, head.behind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise StageError(f"{called} cannot be read as a MIDI map ({error}): correct the file.") from error


def encode(midi_map: MidiMap) -> bytes:
    """The bytes of a map's file: UTF-8 JSON with one binding a line, so that people can read and compare it."""
    head: dict[str, object] = {"format": FORMAT, "version": _needs(midi_map), "name": midi_map.name}
    head["port"] = midi_map.port
    if midi_map.notes:
        head["notes"] = midi_map.notes
    if midi_map.behind:
        head["behind"] = midi_map.behind
    if midi_map.banks:
        head["banks"] = midi_map.banks
    lines = [f"  {_json(key)}: {_json(value)}" for key, value in {**head, **midi_map.extra}.items()]
    if midi_map.feedback is not None:
        lines.append(f'  "feedback": {_profile_text(midi_map.feedback)}')
    rows = ",\n".join(f"    {_json(_as_object(binding))}" for binding in midi_map.bindings)
    lines.append(f'  "bindings": [\n{rows}\n  ]' if rows else '  "bindings": []')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _needs(midi_map: MidiMap) -> int:
    newer = any(
        binding.takeover is Takeover.SCALE or any(getattr(binding, key) not in (None, ()) for key in _NEWER)
        for binding in midi_map.bindings
    )
    return VERSION if newer or midi_map.banks or midi_map.feedback is not None else 1


# -- reading ----------------------------------------------------------------------------------------------------------


def _binding(item: dict[str, Any]) -> MidiBinding:
    given = item.get("feedback")
    listed = given if isinstance(given, list) else [] if given is None else [given]
    return _made(MidiBinding, item, feedback=tuple(_light(light) for light in listed))


def _light(item: Any) -> Light:
    if item == _ECHO:
        return ECHO
    if not isinstance(item, dict):
        raise ValueError(f'feedback is "{_ECHO}", an object or a list of objects')
    colours, touch = item.get("colours"), item.get("touch")
    return _made(
        Light,
        item,
        colours=None if colours is None else _made(Colours, colours),
        touch=None if touch is None else _made(Touch, touch),
    )


def _profile(item: dict[str, Any]) -> Profile:
    lights = msgspec.convert(item.get("lights", []), list[Any])
    if len(lights) > MOST_LIGHTS:
        raise ValueError(f"{len(lights)} lights are more than {MOST_LIGHTS}")
    return _made(
        Profile,
        item,
        lights=tuple(_within(f"lights[{i}]", _light, light) for i, light in enumerate(lights)),
        setup=_raw(item.get("setup", [])),
        teardown=_raw(item.get("teardown", [])),
    )


def _raw(item: object) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(text) for text in msgspec.convert(item, list[str]))


def _made(kind: type[_Part], item: Any, **read: Any) -> _Part:
    """A ``kind`` of the keys of ``item`` that are its own; ``read`` are those that were read already."""
    if not isinstance(item, dict):
        raise ValueError(f"{kind.__name__.lower()} is an object")
    names = {f.name for f in fields(kind)} - {"extra"}
    plain = {key: value for key, value in item.items() if key in names and key not in read}
    return replace(msgspec.convert(plain, kind), **read, extra=_unknown(item, names))


def _within(place: str, read: Callable[[Any], _Read], item: Any) -> _Read:
    try:
        return read(item)
    except ValueError as error:  # msgspec's own derive from it
        raise ValueError(f"{place}: {error}") from error


def _unknown(item: Mapping[str, object], known: Collection[str]) -> Mapping[str, object]:
    return MappingProxyType({key: value for key, value in item.items() if key not in known})


# -- writing ----------------------------------------------------------------------------------------------------------


def _as_object(binding: MidiBinding) -> dict[str, object]:
    order = ("kind", "channel", "number", "address", "lo", "hi", "mode", "takeover", "text")
    given = {key: getattr(binding, key) for key in (*order, "bank", "shift", "encoding", "accelerate")}
    lights = [_ECHO if light == ECHO and not light.extra else _light_object(light) for light in binding.feedback]
    feedback: dict[str, object] = {"feedback": lights[0] if len(lights) == 1 else lights} if lights else {}
    return {**_without_gaps(given), **feedback, **binding.extra}


def _light_object(light: Light) -> dict[str, object]:
    order = ("address", "kind", "channel", "number", "lo", "hi", "bank", "shift", "values")
    made = _without_gaps({key: getattr(light, key) for key in order})
    if light.colours is not None:
        names = ("off", "on", "beyond", "asleep")
        made["colours"] = {
            **_without_gaps({name: getattr(light.colours, name) for name in names}),
            **light.colours.extra,
        }
    if light.moves:
        made["moves"] = True
    if light.touch is not None:
        touch = {key: getattr(light.touch, key) for key in ("kind", "channel", "number")}
        made["touch"] = {**_without_gaps(touch), **light.touch.extra}
    return {**made, **light.extra}


def _profile_text(profile: Profile) -> str:
    lines: dict[str, object] = {"output": profile.output} if profile.output else {}
    for key, messages in (("setup", profile.setup), ("teardown", profile.teardown)):
        if messages:
            lines[key] = [message.hex(" ") for message in messages]
    texts = [f"    {_json(key)}: {_json(value)}" for key, value in {**lines, **profile.extra}.items()]
    if profile.lights:
        rows = ",\n".join(f"      {_json(_light_object(light))}" for light in profile.lights)
        texts.append(f'    "lights": [\n{rows}\n    ]')
    return "{\n" + ",\n".join(texts) + "\n  }" if texts else "{}"


def _without_gaps(given: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in given.items() if value is not None and value != ""}


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
