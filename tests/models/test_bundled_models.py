"""The models that come along: what plays when nobody asked for anything else, and whose pictures it learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latentjockey.models import directions, library
from latentjockey.models.card import UNDISCLOSED
from latentjockey.models.container import read_header, read_tensor
from latentjockey.options import DEFAULT_MODEL

MOST_BYTES = 16 << 20
BUNDLED = Path(library.__file__).parent / "bundled"
FILES = sorted(BUNDLED.glob("*.safetensors"))
FOLDERS = sorted(path for path in BUNDLED.iterdir() if path.is_dir())


@pytest.fixture(params=[*FILES, *FOLDERS], ids=[path.stem for path in (*FILES, *FOLDERS)])
def bundled(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> library.Entry:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    return library.get(request.param.stem)


def test_the_default_is_among_them() -> None:
    assert DEFAULT_MODEL in [path.stem for path in FILES]


def test_it_is_small_and_no_smaller_than_is_of_use_on_a_stage(bundled: library.Entry) -> None:
    assert bundled.origin == "bundled"
    assert bundled.bytes <= MOST_BYTES
    assert bundled.spec is not None
    assert min(bundled.spec.size) >= 128


def test_its_card_says_whose_pictures_how_trained_and_what_is_weak(bundled: library.Entry) -> None:
    card = bundled.card
    assert UNDISCLOSED not in (card.author, card.licence, card.data, card.data_licence, card.consent)
    assert all((card.note, card.training, card.weak))
    assert "Not looked at" not in card.weak
    assert card.sources
    assert all(UNDISCLOSED not in (source.author, source.licence, source.consent) for source in card.sources)


def test_its_numbers_are_numbers(bundled: library.Entry) -> None:
    assert bundled.path is not None
    for file in [bundled.path] if bundled.path.is_file() else bundled.path.rglob("*.safetensors"):
        tensors, _ = read_header(file)
        for name, info in tensors.items():
            assert np.isfinite(read_tensor(file, info)).all(), name


def test_its_directions_are_there_and_some_have_names(bundled: library.Entry) -> None:
    assert bundled.spec is not None
    rows = directions.load(bundled.name)
    if bundled.path in FOLDERS:  # none are sought in the noise of a diffusion model
        assert rows is None
        assert bundled.spec.directions == 0
        return
    assert rows is not None
    assert len(rows) == bundled.spec.directions >= 16
    assert sum(map(bool, bundled.spec.direction_labels)) >= 3
