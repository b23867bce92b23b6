"""Time in presets: let a movement go on in another run, or stop it exactly where a picture was taken. Pure.

The show's clock starts anew with the machine, so a moment in a file means nothing by itself: every control whose
address ends in ``/since`` is a moment, and the preset's ``saved_at`` says when on the same clock it was saved.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from latentjockey.control.names import DECKS, GLIDE_CURVES, own_address
from latentjockey.modulation import playhead
from latentjockey.modulation.transport import Transport
from latentjockey.navigation.arrays import to_float32
from latentjockey.navigation.deck import glided_classes
from latentjockey.navigation.movement import Anchor, Glide, glide_fraction, phase_at, waits_for_glide
from latentjockey.navigation.slerp import slerp
from latentjockey.presets.class_values import turning
from latentjockey.presets.preset import Kept, Preset

_RECORDS = (
    "/since", "/drift/phase", "/drift/origin", "/drift/speed", "/glide/duration", "/transport/beat",
    playhead.ANCHOR, playhead.BEAT, playhead.LAG,
)  # fmt: skip


def rebase(preset: Preset, now: float) -> Preset:
    """The same preset as if saved at ``now``: drifts, glides and beats go on from where they were.

    A preset written by hand may leave records out: a drift without an anchor begins at ``now``.
    """
    return _moved(preset, preset.saved_at, now)


def held(preset: Preset, now: float) -> Preset:
    """The preset with its decks stopped where the picture was taken, so that from ``now`` on it shows just that.

    The moment is that of the resolved position, else ``saved_at``. The drift's phase at that moment becomes its anchor
    and its speed 0; a glide under way ends where it was; where the effective numbers are known they become the bases,
    so that a knob caught in its smoothing stays there. Cues, ranges and the beat stay as they were; the transport goes
    on from the moment of the picture, for a still dropped on a deck must not stop the music.
    """
    shown = preset.resolved
    moment = preset.saved_at if shown is None else shown.time
    values = dict(preset.values)
    for address, number in {} if shown is None else shown.effective.items():
        before = values.get(address)
        if isinstance(before, int | float) and not isinstance(before, bool) and not _is_record(address):
            values[address] = number
    for address in values:
        if address.startswith("/mod/") and address.endswith("/on"):
            values[address] = False  # what the routes made of the bases is in the picture's own numbers
    for deck in DECKS:
        _hold_drift(values, f"/deck/{deck}", moment)
        _hold_glide(values, f"/deck/{deck}", moment)
        _hold_clip(values, deck, moment)
    return _moved(replace(preset, values=values), moment, now)


def _moved(preset: Preset, moment: float, now: float) -> Preset:
    """The preset with ``moment`` moved to ``now``."""
    values = dict(preset.values)
    for deck in DECKS:
        at = f"/deck/{deck}/drift"
        if f"{at}/since" not in values and (f"{at}/speed" in values or f"{at}/phase" in values):
            values[f"{at}/since"] = moment
    for address, value in values.items():
        if address.endswith("/since"):
            values[address] = _number(value) + (now - moment)
    return replace(preset, values=values, saved_at=now)


def _hold_drift(values: dict[str, Kept], deck: str, moment: float) -> None:
    speed = _number(values.get(f"{deck}/drift/speed"))
    anchor = Anchor(
        _number(values.get(f"{deck}/drift/phase")), _number(values.get(f"{deck}/drift/since"), moment), speed
    )
    if f"{deck}/drift/speed" in values or f"{deck}/drift/phase" in values:
        values[f"{deck}/drift/phase"] = phase_at(anchor, moment)
        values[f"{deck}/drift/speed"] = 0.0
        values[f"{deck}/drift/since"] = moment


def _hold_glide(values: dict[str, Kept], deck: str, moment: float) -> None:
    z, start = values.get(f"{deck}/z"), values.get(f"{deck}/glide/from")
    if f"{deck}/glide/duration" not in values:
        return
    turn = turning(values, deck)
    duration = _number(values[f"{deck}/glide/duration"])
    glide = Glide(_number(values.get(f"{deck}/glide/since"), moment), duration, _curve(values, deck))
    done = glide_fraction(glide, moment)
    if done < 1.0 and isinstance(z, np.ndarray) and isinstance(start, np.ndarray) and z.shape == start.shape:
        # The engine casts to float32 before it interpolates; only the same steps give the same bits.
        here = slerp(to_float32(start), to_float32(z), done).astype(np.float64)
        values[f"{deck}/z"] = values[f"{deck}/glide/from"] = here
    if turn is not None:
        values[f"{deck}/class"] = glided_classes(*turn, done)
        values[f"{deck}/glide/class"] = np.zeros(len(turn[1]))
    if waits_for_glide(glide, moment) and f"{deck}/drift/phase" in values:
        values[f"{deck}/drift/origin"] = values[f"{deck}/drift/phase"]  # the walk had not left yet
    values[f"{deck}/glide/duration"] = 0.0
    values[f"{deck}/glide/since"] = moment


def _hold_clip(values: dict[str, Kept], deck: str, moment: float) -> None:
    at = {address: own_address(address, deck) for address in playhead.CONTROLS}
    length = _number(values.get(at[playhead.LENGTH]))
    if length <= 0.0:
        return
    transport = Transport(
        _number(values.get("/transport/beat")),
        _number(values.get("/transport/since"), moment),
        _number(values.get("/transport/bpm")),
        bool(_number(values.get("/transport/playing"))),
    )

    def number(address: str) -> float:
        value = values.get(at[address])
        named = isinstance(value, str) and value in playhead.LOOPS
        return float(playhead.LOOPS.index(str(value))) if named else _number(value)

    clip = playhead.playhead_of(number, length)
    values[at[playhead.SCRUB]] = playhead.folded(clip.place(moment, transport.beat_at(moment)), clip.loop)
    values |= {at[address]: 0.0 for address in (playhead.SPEED, playhead.BEATS)}
    values |= {at[address]: 0.0 for address in (playhead.ANCHOR, playhead.BEAT, playhead.LAG)}
    values[at[playhead.SINCE]] = moment


def _curve(values: dict[str, Kept], deck: str) -> str:
    curve = values.get(f"{deck}/glide/shape", GLIDE_CURVES[0])
    if isinstance(curve, str):
        return curve if curve in GLIDE_CURVES else GLIDE_CURVES[0]
    return GLIDE_CURVES[int(_number(curve)) % len(GLIDE_CURVES)]


def _is_record(address: str) -> bool:
    return address.endswith(_RECORDS)


def _number(value: Kept | None, otherwise: float = 0.0) -> float:
    return otherwise if value is None or isinstance(value, str | np.ndarray) else float(value)
