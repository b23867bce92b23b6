"""Portraits without Node.js and without a renderer: colours, chances, framing, labels, credits, what may come back."""

import json
import math
import sys
from collections import Counter
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.data.packed import PackedWriter
from latentjockey.jobs.material import look_at
from latentjockey.models.card import CONSENTS
from latentjockey.recipes.made import MADE, place
from latentjockey.recipes.portraits import labels, node, picture, traits
from latentjockey.recipes.portraits.colour import BLACK, apart, hexadecimal, lch, wheel
from latentjockey.recipes.portraits.make import Order
from latentjockey.recipes.portraits.node import Drawing, MakeError
from latentjockey.recipes.portraits.styles import BY_NAME, CC0, CC_BY, CLASSES, SOURCES, STYLES, VERSION, credits
from latentjockey.recipes.portraits.traits import StyleParts

TOLD = {
    style.name: StyleParts(
        style.work, style.designer, style.url, style.licence,
        {"eyes": ["a", "b", "sunglasses"], "hair": ["long", "short"], "mouth": ["smile", "sad"], "beard": ["full"],
         "glasses": ["round"], "face": sorted(style.eye_lines) or ["plain"]},
        ["skinColor", "hairColor", "eyesColor"],
        ["beard", "glasses"],
    )
    for style in STYLES
}  # fmt: skip
KNOWN = labels.columns(TOLD)


def hue(colour: tuple[float, float, float]) -> float:
    return math.atan2(colour[2], colour[1]) / (2 * math.pi) % 1


# -- colour -----------------------------------------------------------------------------------------------------------


@given(st.floats(0.05, 0.98), st.floats(0.0, 0.4), st.floats(0.0, 1.0))
def test_a_colour_keeps_hue_and_lightness_and_is_one_that_srgb_has(light: float, chroma: float, turn: float) -> None:
    colour = lch(light, chroma, turn)
    assert colour[0] == light
    assert math.hypot(*colour[1:]) <= chroma + 1e-9
    if math.hypot(*colour[1:]) > 1e-3:
        assert abs((hue(colour) - turn + 0.5) % 1 - 0.5) < 1e-6
    assert len(hexadecimal(colour)) == 7
    assert int(hexadecimal(colour)[1:], 16) < 1 << 24


def test_colours_are_those_of_the_published_conversion() -> None:
    assert hexadecimal(BLACK) == "#000000"
    assert hexadecimal((1.0, 0.0, 0.0)) == "#ffffff"
    assert hexadecimal((0.62796, 0.22486, 0.12585)) == "#ff0000"
    assert hexadecimal((0.86644, -0.23389, 0.17950)) == "#00ff00"


def test_a_colour_apart_gives_up_after_so_many_tries() -> None:
    tries = iter([BLACK, BLACK, (0.5, 0.0, 0.0), (0.9, 0.0, 0.0)])
    assert apart(lambda: next(tries), (BLACK,), 0.3) == (0.5, 0.0, 0.0)
    assert apart(lambda: BLACK, (BLACK,), 0.3) == BLACK


# -- skin, and what must not depend on what ---------------------------------------------------------------------------


def test_skin_is_of_every_hue_as_often_in_every_style() -> None:
    hues = np.array([hue(traits.skin(1, i)) for i in range(12_000)])
    counts = np.histogram(hues, 12, (0, 1))[0]
    # 1000 each; five standard deviations of a count are about 150
    assert counts.min() > 850
    assert counts.max() < 1150
    for style in range(len(STYLES)):
        mine = np.histogram(hues[style :: len(STYLES)], 6, (0, 1))[0]
        assert mine.min() > 130
        assert mine.max() < 270


def test_skin_depends_on_no_style_and_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [traits.portrait(3, i, TOLD).colours["skin"] for i in range(20)]
    monkeypatch.setattr(traits, "STYLES", tuple(reversed(STYLES)))
    fewer = {name: replace_parts(told) for name, told in TOLD.items()}
    after = [traits.portrait(3, i, fewer) for i in range(20)]
    assert [made.colours["skin"] for made in after] == before
    assert after[0].style is STYLES[-1]


def replace_parts(told: StyleParts) -> StyleParts:
    return StyleParts(
        told.title, told.creator, told.source, told.licence, {"eyes": ["z"]}, ["skinColor"], []
    )  # fmt: skip


def test_dark_and_light_skins_are_of_every_hue() -> None:
    skins = [traits.skin(2, i) for i in range(4000)]
    for turn in range(6):
        of_hue = [c[0] for c in skins if int(hue(c) * 6) == turn]
        assert min(of_hue) < 0.5
        assert max(of_hue) > 0.85
        assert 0.62 < float(np.mean(of_hue)) < 0.75


def test_no_direction_is_made_of_skin_hair_types_or_beards() -> None:
    refused = {name for name in KNOWN if not labels.steerable(name)}
    assert {"skin.light", "skin.red", "skin.yellow", "hair", "beard", "bearded", "face"} <= refused
    assert {"hair.light", "wears glasses", "ground.red", "mood"} <= KNOWN.keys() - refused


# -- one portrait -----------------------------------------------------------------------------------------------------


def test_a_portrait_is_a_function_of_seed_and_number() -> None:
    made = [traits.portrait(1, i, TOLD) for i in range(30)]
    assert made == [traits.portrait(1, i, TOLD) for i in range(30)]
    assert made[7] != traits.portrait(2, 7, TOLD)
    assert Counter(p.style.name for p in made) == dict.fromkeys(BY_NAME, 3)


def test_a_quarter_stands_on_black_and_other_things_vary() -> None:
    made = [traits.portrait(1, i, TOLD) for i in range(2000)]
    kinds = Counter(p.ground.kind for p in made)
    assert 400 < kinds["black"] < 600
    assert min(kinds.values()) > 400
    assert all(p.ground.ends == (BLACK, BLACK) for p in made if p.ground.kind == "black")
    assert 850 < sum(p.framing.flip for p in made) < 1150
    assert all(p.framing.lean == 0 for p in made if p.style.upright)
    assert 400 < sum(p.parts["glasses"] is not None for p in made) < 800
    assert all(p.parts["eyes"] is not None for p in made)


def test_what_can_hardly_be_told_from_the_skin_is_drawn_again() -> None:
    made = [traits.portrait(1, i, TOLD) for i in range(500)]
    near = sum(math.dist(p.colours["skin"], p.colours["hair"]) < 0.16 for p in made)
    assert near <= 2


def test_options_decide_everything() -> None:
    made = traits.portrait(1, 3, TOLD)
    given_ = traits.options(made, TOLD[made.style.name])
    assert given_["skinColor"] == [hexadecimal(made.colours["skin"])[1:]]
    assert given_["eyesColor"] == [hexadecimal(made.colours["iris"])[1:]]  # pixel art; other styles have black eyes
    assert given_["eyes"] == [made.parts["eyes"]]
    assert given_["glassesProbability"] in (0, 100)
    assert ("glasses" in given_) == (given_["glassesProbability"] == 100)
    assert "eyesProbability" not in given_


# -- framing and the document -----------------------------------------------------------------------------------------


def placed(made: traits.Portrait, x: float, y: float) -> tuple[float, float]:
    """Where the transform puts a point, by the rules of SVG."""
    words = picture.placing(made).replace("(", " ").replace(")", " ").split()
    right, down, lean, across, scale, left, up = (float(w) for w in words if w.lstrip("-")[0].isdigit())
    x, y = (x + left) * across, (y + up) * scale
    turn = math.radians(lean)
    return x * math.cos(turn) - y * math.sin(turn) + right, x * math.sin(turn) + y * math.cos(turn) + down


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_eyes_and_chins_of_all_styles_lie_on_the_same_lines(style: traits.Style) -> None:
    still = replace(traits.portrait(1, 0, TOLD), style=style, framing=traits.Framing(), parts={})
    assert placed(still, *style.eyes) == pytest.approx((0.5, picture.EYES), abs=1e-4)
    assert placed(still, style.eyes[0], style.chin)[1] == pytest.approx(picture.CHIN, abs=1e-4)
    flipped = replace(still, framing=traits.Framing(flip=True))
    x = style.eyes[0] + (style.chin - style.eyes[1]) / 2
    assert placed(still, x, style.chin)[0] - 0.5 == pytest.approx(0.5 - placed(flipped, x, style.chin)[0], abs=1e-4)


@pytest.mark.parametrize("index", range(60))
def test_no_framing_loses_the_face(index: int) -> None:
    made = traits.portrait(5, index, TOLD)
    for y in (made.style.eyes[1], made.style.chin):
        across, down = placed(made, made.style.eyes[0], y)
        assert 0.4 < across < 0.6
        assert 0.4 < down < 0.95


def test_fixed_black_and_white_become_colours_only_where_the_style_says() -> None:
    made = replace(traits.portrait(1, 1, TOLD), style=BY_NAME["notionists"])
    skin, hair, accent = (hexadecimal(made.colours[role]) for role in ("skin", "hair", "accent"))
    body = (
        '<g transform="translate(531 487)"><path d="m" fill="#fff"/><path fill="#000"/></g>'
        '<g transform="translate(791 871)"><path fill="#fff"/></g>'
        '<g transform="translate(266 207)"><g><path stroke="#000"/></g><path fill="#FFF"/></g>'
    )
    assert picture.inked(made, body) == (
        f'<g transform="translate(531 487)"><path d="m" fill="{skin}"/><path fill="#000"/></g>'
        '<g transform="translate(791 871)"><path fill="#fff"/></g>'
        f'<g transform="translate(266 207)"><g><path stroke="{hair}"/></g><path fill="{accent}"/></g>'
    )


@pytest.mark.parametrize(
    "body",
    [
        '<image href="/etc/passwd"/>',
        '<use xlink:href="file:///etc/passwd#a"/>',
        '<path fill="url(http://example.org/a)"/>',
        "<style>@import url(x)</style>",
        "<script>1</script>",
    ],
)
def test_a_drawing_that_points_outside_itself_is_refused(body: str) -> None:
    with pytest.raises(picture.DrawingError):
        picture.document(traits.portrait(1, 0, TOLD), body, 64)


def test_a_drawing_of_shapes_is_framed_on_its_ground() -> None:
    made = replace(
        traits.portrait(1, 3, TOLD), ground=traits.Ground("gradient", (BLACK, (1.0, 0.0, 0.0)), 0.25)
    )  # fmt: skip
    svg = picture.document(made, '<mask id="a"/><path mask="url(#a)"/>', 64)
    assert 'width="64"' in svg
    assert '<path mask="url(#a)"/>' in svg
    assert "crispEdges" in svg
    assert svg.count("<stop ") >= 5
    assert 'stop-color="#000000"' in svg
    assert 'stop-color="#ffffff"' in svg
    assert 'y1="0.0000"' in svg
    assert 'y2="1.0000"' in svg


# -- labels -----------------------------------------------------------------------------------------------------------


def test_labels_are_of_what_was_drawn_and_fit_the_columns() -> None:
    made = traits.portrait(1, 9, TOLD)
    drawn = Drawing(9, "0 0 64 64", "", {"eyes": "sunglasses", "mouth": "smile", "hair": "strange"})
    told = labels.labels(made, drawn, KNOWN)
    assert told.keys() == KNOWN.keys()
    assert KNOWN["eyes"][int(told["eyes"])] == "personas sunglasses"
    assert KNOWN["hair"][int(told["hair"])] == labels.ABSENT  # not a word that the packages know
    assert told["wears glasses"] == 1
    assert told["bearded"] == 0
    assert labels.MOODS[int(told["mood"])] == "happy"
    assert labels.SIDES[int(told["looks"])] == "front"
    assert (told["skin.light"], told["skin.red"], told["skin.yellow"]) == made.colours["skin"]
    assert all(math.isfinite(value) for value in told.values())
    assert all(0 <= told[name] < len(words) for name, words in KNOWN.items() if words)


@pytest.mark.parametrize(
    ("style", "parts", "label"),
    [
        ("croodles", {"eyes": "variant13"}, "wears glasses"),
        ("open-peeps", {"accessories": "sunglasses2"}, "wears glasses"),
        ("lorelei", {"glasses": "variant01"}, "wears glasses"),
        ("pixel-art", {"hat": "variant01"}, "wears a hat"),
        ("personas", {"hair": "beanie"}, "wears a hat"),
        ("croodles", {"mustache": "variant01"}, "bearded"),
        ("adventurer", {"features": "mustache"}, "bearded"),
    ],
)
def test_things_that_mean_the_same_are_told_of_every_style(style: str, parts: dict[str, str], label: str) -> None:
    made = replace(traits.portrait(1, 0, TOLD), style=BY_NAME[style])
    assert labels.labels(made, Drawing(0, "", "", parts), KNOWN)[label] == 1
    assert labels.labels(made, Drawing(0, "", "", {"accessories": "eyepatch"}), KNOWN)[label] == 0


def test_who_is_mirrored_looks_the_other_way() -> None:
    made = replace(traits.portrait(1, 0, TOLD), style=BY_NAME["adventurer"], framing=traits.Framing())
    sides = [
        labels.SIDES[int(labels.labels(one, Drawing(0, "", "", {}), KNOWN)["looks"])]
        for one in (made, replace(made, framing=traits.Framing(flip=True)))
    ]
    assert sides == ["left", "right"]


# -- what comes back from the other program ---------------------------------------------------------------------------


def line(index: int, **other: object) -> bytes:
    return json.dumps({"index": index, "view": "0 0 1 1", "body": "<g/>", "parts": {"eyes": "a"}} | other).encode()


def test_drawings_are_read_in_their_order() -> None:
    portraits = [traits.portrait(1, i, TOLD) for i in range(2)]
    made = node.drawings([line(0), line(1, body="<a/>")], portraits)
    assert [(d.index, d.body, d.parts) for d in made] == [(0, "<g/>", {"eyes": "a"}), (1, "<a/>", {"eyes": "a"})]


@pytest.mark.parametrize(
    "lines",
    [
        [line(0)],
        [line(0), line(1), line(2)],
        [line(1), line(0)],
        [line(0), b"{"],
        [line(0), b"[]"],
        [line(0), line(1, parts={"eyes": 3})],
        [line(0), line(1, body=None)],
        [line(0), line(1, body="x" * (node.LONGEST_LINE + 1))],
        [line(0), b"\xff\xfe"],
    ],
)
def test_anything_else_that_comes_back_is_one_sentence(lines: list[bytes]) -> None:
    with pytest.raises(MakeError) as caught:
        node.drawings(lines, [traits.portrait(1, i, TOLD) for i in range(2)])
    assert str(caught.value).count(".") <= 2


def test_styles_of_other_people_than_the_credits_name_are_refused() -> None:
    node.check(TOLD)
    other = TOLD["micah"]
    for changed in (
        StyleParts("Else", other.creator, other.source, other.licence, other.parts, [], []),
        StyleParts(other.title, other.creator, other.source, "All rights reserved", other.parts, [], []),
        StyleParts(other.title, other.creator, other.source, other.licence, {"eyes": []}, [], []),
    ):
        with pytest.raises(MakeError, match="micah"):
            node.check({**TOLD, "micah": changed})
    with pytest.raises(MakeError, match="not installed"):
        node.check({name: told for name, told in TOLD.items() if name != "micah"})


def test_without_node_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(MakeError, match=r"install Node\.js"):
        node.install()


def test_a_program_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(MakeError, match="it is broken"):
        node._run([sys.executable, "-c", "import sys; sys.exit('error: it is broken')"], tmp_path, 60)


@pytest.mark.parametrize("version", [b"v16.3.0\n", b"", b"what"])
def test_an_old_node_is_refused(version: bytes) -> None:
    with pytest.raises(MakeError, match="too old"):
        node._check_version(version)
    node._check_version(b"v20.1.0\n")


@pytest.mark.parametrize("wrong", [{"count": 0}, {"size": 4}, {"seed": -1}, {"quality": 0}])
def test_an_order_out_of_bounds_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(MakeError):
        Order(**{"count": 1, "size": 64, "seed": 0, **wrong})  # type: ignore[arg-type]


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_the_credits_name_everybody_and_only_open_licences() -> None:
    here = resources.files("latentjockey.recipes.portraits")
    text = (here / "CREDITS.md").read_text("utf-8")
    assert text == credits()
    pinned = json.loads((here / "package.json").read_text())["dependencies"]
    assert pinned == dict.fromkeys((*(s.package for s in STYLES), "@dicebear/core"), VERSION)
    assert {s.licence for s in STYLES} == {CC0, CC_BY}
    assert len(set(CLASSES)) == len(STYLES) == 10
    for source in SOURCES:
        assert source.author in text
        assert source.url in text
        assert source.consent == "licensed, not asked"
        assert source.consent in CONSENTS
        assert source.told
    script = (here / "make.mjs").read_text()
    assert all(f"'{style.name}'" in script for style in STYLES)


def test_a_recipe_that_was_not_made_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentjockey.recipes.made.cache_dir", lambda: tmp_path)
    with pytest.raises(StageError, match=r"python -m latentjockey\.recipes\.portraits"):
        place("portraits")
    assert place("other/portraits") == Path("other/portraits")
    MADE["portraits"].path.parent.mkdir()
    MADE["portraits"].path.touch()
    assert place("portraits") == MADE["portraits"].path


def test_a_wheel_of_chances_reaches_round() -> None:
    chances = iter([0.5, 0.5, 0.0, 0.5, 0.5, 0.5])
    first, second = (wheel(lambda: next(chances), (0.4, 0.8), (0.05, 0.05)) for _ in range(2))
    assert first[0] == second[0] == pytest.approx(0.6)
    assert first[1] == pytest.approx(-second[1])


def test_what_can_be_trained_names_portraits_and_how_to_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latentjockey.recipes.made.cache_dir", lambda: tmp_path)
    missing = look_at("portraits")
    assert MADE["portraits"].command in missing.trouble
    file = MADE["portraits"].path
    file.parent.mkdir()
    with PackedWriter(file, 8, CLASSES, SOURCES) as writer:
        for style in range(len(STYLES)):
            writer.add(np.full((3, 8, 8), style, np.uint8), style, style)
    found = look_at("portraits")
    assert (found.data, found.images, found.classes, found.trouble) == ("portraits", 10, CLASSES, "")
    assert "ten openly licensed" in found.words
    assert [source.author for source in found.sources] == [style.designer for style in STYLES]


def test_drawing_them_like_a_garden_says_what_to_do_instead(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from latentjockey.recipes.__main__ import main as draw
    from latentjockey.recipes.registry import recipe

    with pytest.raises(KeyError, match=r"python -m latentjockey\.recipes\.portraits"):
        recipe("portraits")
    monkeypatch.setattr(
        "sys.argv", ["x", "portraits", "--out", str(tmp_path), "--count=1", "--size=32", "--seed=1"]
    )  # fmt: skip
    assert draw() == 2
    assert "python -m latentjockey.recipes.portraits" in capsys.readouterr().err
