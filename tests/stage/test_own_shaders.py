"""The eight shaders that come with the program: what they do, by the formula; that nothing pushes them over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.frames.frame import Pixels
from latentjockey.stage.isf.header import Value, parse
from tests.stage.conftest import Bench

SHADERS = Path(__file__).resolve().parents[2] / "shaders"
NAMES = ("bloom", "chroma-offset", "displace", "feedback-trail", "grade", "kaleidoscope", "mirror", "slit-scan")
NEUTRAL: dict[str, dict[str, Value]] = {
    "bloom": {"amount": 0.0},
    "chroma-offset": {"amount": 0.0, "lens": 0.0},
    "displace": {"amount": 0.0, "slope": 0.0},
    "feedback-trail": {"amount": 0.0},
    "grade": {"contrast": 1.0, "saturation": 1.0, "warmth": 0.0},
    "kaleidoscope": {"fold": 0.0},
    "mirror": {"fold": 0.0},
    "slit-scan": {"amount": 0.0},
}
Floats = NDArray[np.float64]


def put(bench: Bench, name: str) -> None:
    bench.put((SHADERS / f"{name}.fs").read_text(encoding="utf-8"))


def noise(height: int, width: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(side: int = 64) -> Pixels:
    """Slow waves, so that a fraction of a picture point changes a level or two."""
    y, x = np.mgrid[0:side, 0:side] / side * 2 * np.pi
    waves = [np.sin(x + 2 * y), np.cos(2 * x - y), np.sin(x * 2) * np.cos(y)]
    return np.round(np.stack(waves, -1) * 110 + 128).astype(np.uint8)


def flat(value: int | tuple[int, int, int], side: int = 16) -> Pixels:
    return np.full((side, side, 3), value, np.uint8)


def to_linear(c: Floats) -> Floats:
    """IEC 61966-2-1, odd below zero."""
    a = np.abs(c)
    return np.sign(c) * np.where(a > 0.04045, ((a + 0.055) / 1.055) ** 2.4, a / 12.92)


def from_linear(c: Floats) -> Floats:
    a = np.abs(c)
    return np.sign(c) * np.where(a > 0.0031308, 1.055 * a ** (1 / 2.4) - 0.055, a * 12.92)


def levels(c: Floats) -> Floats:
    return np.clip(c * 255.0, 0.0, 255.0)


def test_these_are_all() -> None:
    assert sorted(p.stem for p in SHADERS.glob("*.fs")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_introduces_itself_to_a_hand(name: str) -> None:
    text = (SHADERS / f"{name}.fs").read_text(encoding="utf-8")
    header = parse(text)
    assert text.isascii()
    assert header.credit == "latentjockey"
    assert header.description.endswith(".")
    assert header.categories
    assert header.main_image == "inputImage"
    for item in header.inputs:
        if item.kind != "image":
            assert item.label[:1].isupper()
        if item.kind == "float":
            assert isinstance(item.default, float)
            assert isinstance(item.lo, float)
            assert isinstance(item.hi, float)
            assert item.lo <= item.default <= item.hi


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(48, 64), (33, 17), (1, 1)])
def test_at_rest_each_leaves_the_picture_alone(bench: Bench, name: str, size: tuple[int, int]) -> None:
    put(bench, name)
    for seed in range(3):
        picture = noise(*size, seed)
        assert np.abs(bench.play(picture, NEUTRAL[name]) - picture).max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_by_itself_each_does_something(bench: Bench, name: str) -> None:
    put(bench, name)
    pictures = [smooth(), np.roll(smooth(), 20, 0), np.roll(smooth(), 40, 1)]
    for i in range(12):
        seen = bench.play(pictures[i % 3])
    assert np.abs(seen - pictures[11 % 3]).mean() > 1.0


_wild = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.3, -7.5, 100.0, -100.0, 1e-9, 1e6, -1e9, 3e38, -3e38])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NAMES), st.data())
def test_no_value_breaks_the_picture(bench: Bench, name: str, data: st.DataObject) -> None:
    """Whatever hands do, once they are back at rest the picture is back."""
    put(bench, name)
    wild: dict[str, Value] = {}
    for item in parse((SHADERS / f"{name}.fs").read_text(encoding="utf-8")).inputs:
        if item.kind == "float":
            wild[item.name] = data.draw(_wild, item.name)
        elif item.kind in ("point2D", "color"):
            size = 2 if item.kind == "point2D" else 4
            wild[item.name] = tuple(data.draw(st.lists(_wild, min_size=size, max_size=size), item.name))
        elif item.kind == "long":
            wild[item.name] = data.draw(st.integers(-3, 9), item.name)
    picture = smooth(16)
    for _ in range(3):
        bench.play(picture, wild)
    assert np.abs(bench.play(picture, NEUTRAL[name]) - picture).max() <= 1
    bench.chain.unload(1)


# -- mirrors ----------------------------------------------------------------------------------------------------------


def test_mirror_keeps_the_left_side(bench: Bench) -> None:
    put(bench, "mirror")
    picture = noise(20, 30)
    seen = bench.play(picture)
    assert np.abs(seen[:, :15] - picture[:, :15]).max() <= 1
    assert np.abs(seen - seen[:, ::-1]).max() <= 1


def test_mirror_turned(bench: Bench) -> None:
    put(bench, "mirror")
    picture = smooth(32)
    right = bench.play(picture, {"turn": 180.0})
    assert np.abs(right[:, 16:] - picture[:, 16:]).max() <= 1
    assert np.abs(right - right[:, ::-1]).max() <= 1
    lower = bench.play(picture, {"turn": 90.0})
    assert np.abs(lower[16:] - picture[16:]).max() <= 1
    assert np.abs(lower - lower[::-1]).max() <= 1
    quarters = bench.play(picture, {"quarters": True})
    assert np.abs(quarters[16:, :16] - picture[16:, :16]).max() <= 1
    assert np.abs(quarters - quarters[::-1, ::-1]).max() <= 1
    diagonal = bench.play(picture, {"turn": 45.0})
    assert np.abs(diagonal - diagonal.transpose(1, 0, 2)).max() <= 2


def test_mirror_slides_the_picture_under_it(bench: Bench) -> None:
    put(bench, "mirror")
    picture = noise(16, 16)
    seen = bench.play(picture, {"slide": 4 / 16})
    assert np.abs(seen[:, :8] - picture[:, 4:12]).max() <= 1


@pytest.mark.parametrize("petals", [2.0, 4.0, 8.0])
def test_kaleidoscope_looks_the_same_from_all_sides(bench: Bench, petals: float) -> None:
    put(bench, "kaleidoscope")
    seen = bench.play(smooth(64), {"petals": petals})
    assert np.abs(seen - seen[:, ::-1]).max() <= 2
    assert np.abs(seen - seen[::-1]).max() <= 2
    if petals >= 4.0:
        assert np.abs(seen - np.rot90(seen)).max() <= 2
    assert seen.std() > 10


def test_kaleidoscope_with_a_wedge_shows_the_picture_there(bench: Bench) -> None:
    """Along the first mirror, straight up from the centre, it shows what lies along the wedge: here to the right."""
    put(bench, "kaleidoscope")
    picture = smooth(64)
    seen = bench.play(picture, {"petals": 6.0, "wedge": 0.0})
    assert np.abs(seen[:30, 32][::-1] - picture[31, 34:]).max() <= 4


# -- colour -----------------------------------------------------------------------------------------------------------


def graded(picture: Pixels, said: dict[str, Any]) -> Floats:
    """The formula that the shader's comments promise, in float64."""
    g = {
        "exposure": 0.0,
        "contrast": 1.0,
        "middle": 0.0,
        "lift": 0.0,
        "saturation": 1.0,
        "warmth": 0.0,
        "tint": 0.0,
        **said,
    }
    c = to_linear(picture / 255.0) * 2.0 ** g["exposure"]
    c = c * 2.0 ** np.array([g["warmth"] / 2, -g["tint"] / 2, -g["warmth"] / 2])
    c = 0.18 * (c / 0.18) ** g["contrast"]
    light = (c @ np.array([0.2126, 0.7152, 0.0722]))[..., None]
    c = light + (c - light) * g["saturation"]
    c = from_linear(c)
    c = np.sign(c) * np.abs(c) ** (2.0 ** -g["middle"])
    return c + g["lift"] * (1.0 - c)


@pytest.mark.parametrize(
    "said",
    [
        {"exposure": 1.0},
        {"exposure": -2.0},
        {"contrast": 1.5},
        {"contrast": 0.4},
        {"middle": 0.7},
        {"middle": -0.7},
        {"lift": 0.2},
        {"saturation": 0.0},
        {"saturation": 1.8},
        {"warmth": 0.8, "tint": -0.4},
        {"exposure": 0.5, "contrast": 1.2, "saturation": 1.4, "warmth": -0.3, "middle": 0.2, "lift": 0.05},
    ],
)
def test_grade_is_its_formula(bench: Bench, said: dict[str, Any]) -> None:
    put(bench, "grade")
    picture = np.maximum(noise(32, 32), 1)
    seen = bench.play(picture, {**NEUTRAL["grade"], **said})
    assert np.abs(seen - levels(graded(picture, said))).max() <= 1


def test_grade_turns_hues_round_the_circle(bench: Bench) -> None:
    put(bench, "grade")
    grey = np.repeat(noise(8, 8)[..., :1], 3, axis=2)
    assert np.abs(bench.play(grey, {**NEUTRAL["grade"], "hue": 77.0}) - grey).max() <= 1
    picture = noise(8, 8)
    third = bench.play(picture, {**NEUTRAL["grade"], "hue": 120.0})
    assert np.abs(third - np.roll(picture, 1, axis=2)).max() <= 1
    assert np.abs(bench.play(picture, {**NEUTRAL["grade"], "hue": 360.0}) - picture).max() <= 1


def test_grade_below_zero_contrast_is_a_negative(bench: Bench) -> None:
    put(bench, "grade")
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    seen = bench.play(ramp, {**NEUTRAL["grade"], "contrast": -1.0})[0, :, 0]
    assert np.all(np.diff(seen) <= 0)
    assert seen[0] == 255
    assert abs(seen[118] - 118) <= 1  # 0.18 of the light: the grey about which contrast turns


@pytest.mark.parametrize("points", [1, 3, -2])
def test_chroma_offset_moves_red_and_blue_by_whole_points(bench: Bench, points: int) -> None:
    put(bench, "chroma-offset")
    picture = noise(32, 48)
    inner = slice(4, -4)
    across = bench.play(picture, {"amount": points / 32, "lens": 0.0})
    for channel, shift in enumerate((points, 0, -points)):
        expected = np.roll(picture[..., channel].astype(int), shift, axis=1)
        assert np.abs(across[:, inner, channel] - expected[:, inner]).max() <= 1
    up = bench.play(picture, {"amount": points / 32, "lens": 0.0, "turn": 90.0})
    for channel, shift in enumerate((-points, 0, points)):
        expected = np.roll(picture[..., channel].astype(int), shift, axis=0)
        assert np.abs(up[inner, :, channel] - expected[inner]).max() <= 1


def test_chroma_offset_of_a_lens_leaves_the_centre_and_greys_alone(bench: Bench) -> None:
    put(bench, "chroma-offset")
    picture = smooth(65)
    for smear in (0.0, 1.0):
        seen = bench.play(picture, {"amount": 0.0, "lens": 0.1, "smear": smear})
        assert np.abs(seen[32, 32] - picture[32, 32]).max() <= 1
        assert np.abs(seen - picture)[..., 0].max() > 5
        assert np.abs(bench.play(flat(90), {"amount": 0.2, "lens": 0.3, "smear": smear}) - 90).max() <= 1


# -- light ------------------------------------------------------------------------------------------------------------


def test_bloom_adds_light_around_what_is_bright_and_nowhere_else(bench: Bench) -> None:
    put(bench, "bloom")
    picture = flat(60, 128)
    picture[60:68, 20:28] = 255
    seen = bench.play(picture, {"amount": 1.0, "wide": 0.0})
    assert seen[64, 32].min() > 65
    assert np.all(seen[64, 32] >= seen[64, 36])
    assert np.all(seen >= picture.astype(int) - 1)
    assert np.abs(seen[:, 80:] - 60).max() <= 1
    far = bench.play(picture, {"amount": 1.0, "wide": 1.0})
    assert far[64, 60].min() > seen[64, 60].min()


def test_bloom_of_what_is_not_bright_is_nothing(bench: Bench) -> None:
    put(bench, "bloom")
    picture = noise(32, 32) // 2
    assert np.abs(bench.play(picture, {"threshold": 0.6, "amount": 2.0}) - picture).max() <= 1


def test_bloom_of_one_colour_is_its_formula(bench: Bench) -> None:
    put(bench, "bloom")
    c = np.array([0.8, 0.6, 0.4])
    shine = to_linear(c) * (0.8 - 0.5) / 0.8
    said: dict[str, Value] = {"amount": 0.7, "threshold": 0.5, "colour": (1.0, 0.5, 1.0, 1.0)}
    expected = levels(from_linear(to_linear(c) + 1.4 * to_linear(np.array([1.0, 0.5, 1.0])) * shine))
    for wide in (0.0, 0.5, 1.0):
        assert np.abs(bench.play(flat((204, 153, 102), 64), {**said, "wide": wide}) - expected).max() <= 1


def test_displace_pushes_by_light(bench: Bench) -> None:
    """A flat picture knows no push; in one with two halves each half moves by its own light."""
    put(bench, "displace")
    assert np.abs(bench.play(flat(90), {"amount": 0.4}) - 90).max() == 0
    rows = np.arange(64)[:, None, None]
    picture = np.broadcast_to(np.where(rows < 32, 255, 0), (64, 64, 3)).astype(np.uint8).copy()
    picture[:32, 32:34] = 0
    picture[32:, 32:34, 2] = 40
    still: dict[str, Value] = {"slope": 0.0, "turn": 0.0, "level": 0.0, "softness": 0.0}
    seen = bench.play(picture, {**still, "amount": 16 / 64})[..., 2]
    assert np.all(seen[8:24, 48:50] == 0)  # the dark mark in the light half, 16 to the right
    assert np.all(seen[8:24, 50:56] == 255)
    assert np.all(np.abs(seen[40:56, 32:34] - 40) <= 4)  # the mark in the dark half stays
    back = bench.play(picture, {**still, "amount": -16 / 64})[..., 2]
    assert np.all(back[8:24, 16:18] == 0)


def test_displace_by_slope_needs_a_slope(bench: Bench) -> None:
    put(bench, "displace")
    ramp = np.broadcast_to(np.arange(64)[None, :, None] * 4, (64, 64, 3)).astype(np.uint8)
    said: dict[str, Value] = {"amount": 0.0, "slope": 0.5, "softness": 4 / 64}
    seen = bench.play(ramp, said)
    rise = 8 * 4 / 255  # over twice the softness
    assert np.abs(seen[:, 20:44, 0] - (ramp[:, 20:44, 0] - 0.5 * rise * 64 * 4)).max() <= 2
    across = bench.play(ramp, {**said, "swirl": 90.0})
    assert np.abs(across[:, 20:44] - ramp[:, 20:44]).max() <= 2


# -- time -------------------------------------------------------------------------------------------------------------

STILL: dict[str, Value] = {"zoom": 0.0, "turn": 0.0, "hue": 0.0, "drift_x": 0.0, "drift_y": 0.0}


def test_a_trail_of_light_fades_as_a_power_and_ends_in_black(bench: Bench) -> None:
    put(bench, "feedback-trail")
    said = {**STILL, "amount": 0.8, "glow": 1.0}
    assert np.all(bench.play(flat(255), said) == 255)
    for n in range(1, 60):
        seen = bench.play(flat(0), said)
        light = 0.8**n if 0.8 ** (n - 1) > 0.0001 else 0.0
        assert np.abs(seen - levels(from_linear(np.array(light)))).max() <= 1
    assert np.all(seen == 0)


def test_a_smear_comes_nearer_by_a_share(bench: Bench) -> None:
    put(bench, "feedback-trail")
    said = {**STILL, "amount": 0.75, "glow": 0.0}
    light = 0.0
    for _ in range(12):
        seen = bench.play(flat(200), said)
        light += 0.25 * (to_linear(np.array(200 / 255)) - light)
        assert np.abs(seen - levels(from_linear(np.array(light)))).max() <= 1
    assert seen.max() > 190


def test_a_trail_drifts(bench: Bench) -> None:
    put(bench, "feedback-trail")
    dot = flat(0, 32)
    dot[16, 8] = 255
    said = {**STILL, "amount": 1.0, "glow": 1.0, "drift_x": 2 / 32, "drift_y": 1 / 32}
    bench.play(dot, said)
    for n in range(1, 6):
        seen = bench.play(flat(0, 32), said)[..., 0]
        assert np.unravel_index(seen.argmax(), seen.shape) == (16 - n, 8 + 2 * n)
        assert seen.max() >= 250
    for _ in range(40):
        seen = bench.play(flat(0, 32), said)
    assert np.all(seen == 0)  # beyond the edge nothing comes back


def test_a_trail_zooms_about_the_middle_and_turns(bench: Bench) -> None:
    put(bench, "feedback-trail")
    dot = flat(0, 65)
    dot[32, 44:47] = dot[31, 44:47] = dot[33, 44:47] = 255
    bench.play(dot, {**STILL, "amount": 1.0, "glow": 1.0})
    seen = bench.play(flat(0, 65), {**STILL, "amount": 1.0, "glow": 1.0, "turn": 90.0})[..., 0]
    assert seen[18:21, 31:34].min() > 200
    seen = bench.play(flat(0, 65), {**STILL, "amount": 1.0, "glow": 1.0, "zoom": float(np.log(2))})[..., 0]
    assert seen[5:8, 31:34].min() > 200


def test_a_trail_of_more_than_one_burns_in_its_colour_and_can_be_put_out(bench: Bench) -> None:
    put(bench, "feedback-trail")
    for _ in range(200):
        seen = bench.play(flat((100, 50, 25)), {**STILL, "amount": 1.3, "glow": 1.0})
    assert seen[0, 0, 0] == 255
    assert seen[0, 0, 2] < 100
    for _ in range(60):
        seen = bench.play(flat(0), {**STILL, "amount": 0.8, "glow": 1.0})
    assert np.all(seen == 0)


def test_slit_scan_shows_rows_as_old_as_their_place(bench: Bench) -> None:
    """Each frame is one grey, so that a grey tells its time."""
    put(bench, "slit-scan")
    side, said = 32, {"stretch": 1.0, "amount": 1.0}
    for t in range(60):
        seen = bench.play(flat(t * 4, side), said)
    rows = (np.arange(side) + 0.5) / side
    expected = 4 * 59 - 4 * rows * 14.0
    assert np.abs(seen[..., 0] - expected[:, None]).max() <= 1
    columns = bench.play(flat(240, side), {**said, "along": 1})
    assert np.abs(columns[..., 0] - (240 - 4 * rows * 14.0)[None, :]).max() <= 1
    backwards = bench.play(flat(244, side), {**said, "amount": -1.0})
    assert np.abs(backwards[..., 0] - (244 - 4 * (1.0 - rows) * 14.0)[:, None]).max() <= 1


@pytest.mark.parametrize("stretch", [2, 5])
def test_slit_scan_flows_also_between_its_memories(bench: Bench, stretch: int) -> None:
    put(bench, "slit-scan")
    side, step = 32, 1
    said: dict[str, Value] = {"stretch": float(stretch), "amount": 1.0}
    rows = (np.arange(side) + 0.5) / side
    for t in range(120):
        seen = bench.play(flat(t * step, side), said)
        if t >= 16 * stretch:
            expected = t * step - step * rows * 14.0 * stretch
            assert np.abs(seen[..., 0] - expected[:, None]).max() <= 1


def test_slit_scan_by_light(bench: Bench) -> None:
    put(bench, "slit-scan")
    said: dict[str, Value] = {"stretch": 1.0, "amount": 1.0, "along": 3}
    for t in range(20):
        picture = flat(0, 32)
        picture[:, 16:] = 128
        picture[..., 2] = t * 10
        seen = bench.play(picture, said)
    assert abs(seen[5, 4, 2] - (190 - 10 * (0.0722 * 190 / 255) * 14)) <= 2
    light = (0.2126 + 0.7152) * 128 / 255 + 0.0722 * 190 / 255
    assert abs(seen[5, 28, 2] - (190 - 10 * light * 14)) <= 2


def test_slit_scan_keeps_the_shape_of_what_it_remembers(bench: Bench) -> None:
    put(bench, "slit-scan")
    picture = smooth(64)
    for _ in range(20):
        seen = bench.play(picture, {"stretch": 1.0, "amount": 1.0})
    assert np.abs(seen[2:-2, 2:-2] - picture[2:-2, 2:-2]).max() <= 6  # half the size loses little of slow waves
