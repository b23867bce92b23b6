"""The shader in docs/shaders.md is one, and every shader that comes along brings controls that a bay can hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from latentjockey.control.catalogue_fx import fx_controls
from latentjockey.control.layout import Layout
from latentjockey.control.spec import Kind
from latentjockey.session.shader_controls import read
from latentjockey.session.shader_files import ShaderFiles

HERE = Path(__file__).resolve().parents[2]
GUIDE = HERE / "docs" / "shaders.md"
BUNDLED = sorted((HERE / "shaders").glob("*.fs"))


def test_the_shader_in_the_guide_is_read_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "night-window.fs").write_text(re.findall(r"```glsl\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0])
    shader = read(ShaderFiles(tmp_path, tmp_path / "none").load("night-window"))
    kinds = {spec.address: spec.kind for spec in shader.controls(3)}
    assert kinds == {
        "/fx/3/radius": Kind.FLOAT,
        "/fx/3/soft": Kind.FLOAT,
        "/fx/3/centre": Kind.VECTOR,
        "/fx/3/night": Kind.VECTOR,
        "/fx/3/breathe": Kind.BOOL,
    }


def test_the_guide_names_the_addresses_that_there_are() -> None:
    addresses = {spec.address.replace("/fx/1/", "/fx/n/") for spec in fx_controls()}
    told = set(re.findall(r"`(/fx/[a-z/]+)`", GUIDE.read_text())) - {"/fx/n/name"}
    assert told >= {a for a in addresses if a.startswith("/fx/n/")} | {"/fx/add", "/fx/state", "/fx/ms"}
    assert told <= addresses


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_shaders_bring_controls_and_say_what_they_do(path: Path, tmp_path: Path) -> None:
    shader = read(ShaderFiles(tmp_path, path.parent).load(path.stem))
    layout = Layout(1, fx_controls(), shader.controls(1))
    assert len(layout.guests) > 0
    assert shader.header.description
    assert shader.header.categories
