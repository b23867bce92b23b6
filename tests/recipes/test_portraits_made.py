"""Portraits made for real. Needs Node.js, npm with its registry, and resvg_py; passed over where one is missing."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("resvg_py")

from latentjockey.data.dataset import open_dataset
from latentjockey.recipes.portraits import labels, node, picture, traits
from latentjockey.recipes.portraits.__main__ import main
from latentjockey.recipes.portraits.make import Order, make
from latentjockey.recipes.portraits.node import MakeError
from latentjockey.recipes.portraits.styles import CLASSES, STYLES


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no Node.js with npm")
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node, "cache_dir", lambda: cache)
        try:
            return node.install()
        except MakeError as error:
            if "npm install failed" in str(error):
                pytest.skip(str(error))  # no registry
            raise


@pytest.fixture
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(node, "cache_dir", lambda: folder.parents[1])
    assert node.install() == folder  # there already
    return folder


def test_the_packages_say_of_themselves_what_the_credits_say(installed: Path) -> None:
    told = node.describe(installed)
    for style in STYLES:
        text = (installed / "node_modules" / "@dicebear" / style.name / "LICENSE").read_text("utf-8")
        assert f"Source: {style.work} ({style.url})" in text
        assert f"Designer: {style.designer} ({style.designer_url})" in text
        assert f"License: {style.licence} (" in text
        for group in style.inks:
            code = (installed / "node_modules" / "@dicebear" / style.name / "lib" / "index.js").read_text("utf-8")
            assert f'<g transform="{group}">' in code
    assert set(told) == {style.name for style in STYLES}
    assert not list((installed / "node_modules" / "@dicebear").glob("avataaars*"))


def test_every_label_that_is_steered_apart_exists(installed: Path) -> None:
    known = labels.columns(node.describe(installed))
    assert known.keys() >= labels.NO_DIRECTIONS


@pytest.mark.parametrize("first", range(10))
def test_every_style_is_drawn_with_its_own_skin(installed: Path, first: int) -> None:
    told = node.describe(installed)
    portraits = [traits.portrait(1, first + 10 * i, told) for i in range(4)]
    for made, drawing in zip(portraits, node.draw(installed, portraits, told), strict=True):
        pixels = picture.render(picture.document(made, drawing.body, 64), 64)
        assert pixels.shape == (3, 64, 64)
        skin = traits.hexadecimal(made.colours["skin"])
        assert re.search(skin, picture.document(made, drawing.body, 64))
        wanted = np.array([int(skin[i : i + 2], 16) for i in (1, 3, 5)])
        near = np.abs(pixels.astype(int) - wanted[:, None, None]).max(axis=0) <= 60
        assert near[20:60, 12:52].mean() > 0.1  # personas lays light over it
        for part in ("eyes", "mouth"):
            if made.parts.get(part) is not None:
                assert drawing.parts[part] == made.parts[part]


def test_a_data_set_depends_on_its_seed_alone(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentjockey.recipes.portraits.make.GROUP", 20)
    files = [tmp_path / name for name in ("a.ljdata", "b.ljdata", "c.ljdata")]
    heard: list[int] = []
    make(Order(40, 32, 7), files[0], 1, heard.append)
    make(Order(40, 32, 7), files[1], 2)
    make(Order(40, 32, 8), files[2], 1)
    assert heard == list(range(1, 41))
    assert files[0].read_bytes()[-5000:] == files[1].read_bytes()[-5000:]
    first, again, other = (open_dataset(file) for file in files)
    numbers = np.arange(40)
    assert (first.read(numbers) == again.read(numbers)).all()
    assert (first.read(numbers) != other.read(numbers)).any(axis=(1, 2, 3)).all()
    assert first.classes == CLASSES
    assert [source.images for source in first.sources] == [4] * 10
    assert (first.labels == first.source_of).all()
    assert first.name_of(11) == "notionists/000011"
    skin = np.stack([first.parts[f"skin.{axis}"] for axis in ("light", "red", "yellow")], 1)
    assert np.allclose(skin, [traits.skin(7, i) for i in range(40)], atol=1e-6)
    assert first.part_values["behind"] == traits.GROUNDS
    black = first.read(np.flatnonzero(first.parts["behind"] == 0))
    assert (np.median(black[:, :, 0, :], axis=(1, 2)) == 0).mean() > 0.7  # hair may reach the upper edge


def test_the_command_writes_a_file_or_says_why_not(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "p.ljdata"
    monkeypatch.setattr("sys.argv", ["x", "--out", str(out), "--count", "10", "--size", "32", "--processes", "1"])
    assert main() == 0
    assert len(open_dataset(out)) == 10
    monkeypatch.setattr("sys.argv", ["x", "--out", str(out), "--count", "0"])
    assert main() == 2
    assert "1 to" in capsys.readouterr().err
