"""Generators that their players wrote: run when trusted, from the trusted bytes; what they do wrong is said.

The example is the one in docs/own-generator.md, read from there.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.own.player import OwnCodeError
from latentjockey.generators.protocol import FrameRequest, FrameResult, Generator, Moment
from latentjockey.generators.registry import create, played
from latentjockey.models import container, library, trust

DOCUMENT = (Path(__file__).parents[2] / "docs" / "own-generator.md").read_text(encoding="utf-8")
CODE, WORDS = (re.findall(rf"```{kind}\n(.*?)```", DOCUMENT, re.DOTALL)[0] for kind in ("python", "json"))
PLAIN = """
from latentjockey.generators.own import OwnGenerator
import torch

class Generator(OwnGenerator):
    def synthesize(self, layers, controls, size):
        return layers.mean() + torch.zeros(3, 8, 8)
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Puts a generator into the library, and trusts it unless told otherwise."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(tmp_path / "models"))

    def written(
        code: str = PLAIN, words: str = '{"z_dim": 4}', *, trusted: bool = True, name: str = "mine", **files: str
    ) -> Path:
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "generator.py").write_text(code)
        (folder / "model.json").write_text(words)
        for file, text in files.items():
            (folder / f"{file}.py").write_text(text)
        if trusted:
            trust.trust(folder)
        return folder

    return written


def draw(generator: Generator, native: dict[str, float] | None = None, side: int = 16) -> FrameResult:
    z = np.full((1, generator.spec.z_dim), 0.5, np.float32)
    return generator.frame(FrameRequest(side, side), lambda: Moment(generator.embed(z)[0], native or {}))


def weights_of_the_example(folder: Path, seed: int = 0) -> None:
    """What the document says of where weights come from, without the package that it says it with."""
    made: dict[str, Any] = {}
    exec(compile(CODE, "example", "exec"), made)  # noqa: S102 - the example of our own document
    torch.manual_seed(seed)
    state = {name: tensor.numpy() for name, tensor in made["Decoder"]().state_dict().items()}
    container.write(folder / "weights.safetensors", state, {})


def test_the_documents_example_is_short_and_plays(write: Write) -> None:
    assert len(CODE.splitlines()) <= 40
    folder = write(CODE, WORDS, name="waves", trusted=False)
    weights_of_the_example(folder)
    with pytest.raises(StageError, match="not trusted yet"):
        played("waves")
    trust.trust(folder)
    generator = played("waves")
    assert generator.spec.card.author == "you"
    assert generator.spec.card.open
    first = draw(generator).pixels
    assert first.std() > 2
    assert not np.array_equal(draw(generator, {"/gen/bend": -7.0}).pixels, first)
    assert np.array_equal(draw(generator).pixels, first)
    weights_of_the_example(folder, seed=1)
    with pytest.raises(StageError, match="was changed since you trusted it"):
        played("waves")
    generator.close()


def test_other_processes_than_the_engine_do_not_run_it(write: Write, tmp_path: Path) -> None:
    target = tmp_path / "made"
    write(f"import pathlib; pathlib.Path({str(target)!r}).mkdir()\n{PLAIN}")
    entry = library.get("mine")
    assert entry.spec is not None
    assert library.entries()
    with pytest.raises(StageError, match="runs only while it plays"):
        create("mine")
    assert not target.exists()
    played("mine").close()
    assert target.exists()


def test_nothing_runs_before_it_is_trusted_and_nothing_after_a_change(write: Write, tmp_path: Path) -> None:
    target = tmp_path / "made"
    evil = f"import pathlib; pathlib.Path({str(target)!r}).mkdir()\n{PLAIN}"
    folder = write(evil, trusted=False)
    with pytest.raises(StageError, match='say "latentjockey models trust mine"'):
        played("mine")
    (folder / "generator.py").write_text(PLAIN)
    trust.trust(folder)
    played("mine").close()
    (folder / "generator.py").write_text(evil)
    with pytest.raises(StageError, match="was changed since"):
        played("mine")
    assert not target.exists()


def test_the_engine_hashes_what_it_runs_and_not_what_the_list_believed(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is changed between the look at the list and the loading."""
    target = tmp_path / "made"
    folder = write()
    entry = library.get("mine")
    (folder / "generator.py").write_text(f"import pathlib; pathlib.Path({str(target)!r}).mkdir()\n{PLAIN}")
    monkeypatch.setattr(library, "get", lambda _: entry)
    monkeypatch.setattr(trust, "state", lambda _: trust.Trust.TRUSTED)
    with pytest.raises(StageError, match="was changed since"):
        played("mine")
    assert not target.exists()


def test_modules_beside_it_come_out_of_the_trusted_bytes(write: Write) -> None:
    code = PLAIN.replace("import torch", "import torch\nfrom .tones import grey").replace(
        "layers.mean() +", "grey(layers) +"
    )
    folder = write(code, tones="from . import deep\ndef grey(layers):\n    return deep.value", deep="value = 0.5")
    generator = played("mine")
    before = list(sys.path)
    assert int(draw(generator).pixels[0, 0, 0]) == 191
    (folder / "tones.py").write_text("raise SystemExit")
    assert int(draw(generator).pixels[0, 0, 0]) == 191
    assert str(folder) not in before
    assert not (folder / "__pycache__").exists()
    generator.close()
    assert not [name for name in sys.modules if name.startswith("latentjockey_own_")]


def test_a_compiled_file_beside_it_is_not_read(write: Write, tmp_path: Path) -> None:
    import py_compile

    target = tmp_path / "made"
    evil = tmp_path / "evil.py"
    evil.write_text(f"import pathlib; pathlib.Path({str(target)!r}).mkdir()")
    folder = write(f"from . import tones\n{PLAIN}", tones="x = 1")
    (folder / "__pycache__").mkdir()
    tag = sys.implementation.cache_tag
    py_compile.compile(str(evil), cfile=str(folder / "__pycache__" / f"tones.{tag}.pyc"), doraise=True)
    played("mine").close()
    assert not target.exists()


def test_a_module_that_is_not_there_is_not_looked_for_elsewhere(write: Write, tmp_path: Path) -> None:
    folder = write(f"from . import tones\n{PLAIN}")
    (folder / ".tones.py").write_text("x = 1")
    with pytest.raises(OwnCodeError, match=r"^mine/generator\.py, line 1, failed: ImportError: .*tones.*\.$"):
        played("mine")


def test_two_of_them_do_not_meet(write: Write) -> None:
    write(name="one", tones="value = 1", code=f"from .tones import value\n{PLAIN}".replace("layers.mean()", "-value"))
    write(
        name="two", tones="value = 2", code=f"from .tones import value\n{PLAIN}".replace("layers.mean()", "value - 1")
    )
    one, two = played("one"), played("two")
    assert (int(draw(one).pixels.max()), int(draw(two).pixels.min())) == (0, 255)
    one.close()
    assert int(draw(two).pixels.min()) == 255


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("x = (", r"^mine.* failed: SyntaxError"),
        ("x = 1 / 0", r"^mine/generator\.py, line 1, failed: ZeroDivisionError: division by zero\.$"),
        ("import nobody_wrote_this", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("\0", "^mine.* failed: "),
        ("x = 1", "no class Generator that extends"),
        ("class Generator: pass", "no class Generator that extends"),
        ("Generator = 7", "no class Generator that extends"),
        (
            PLAIN + "\n    def setup(self):\n        self.net = self.ready(torch.nn.Linear(2, 3))",
            "RuntimeError.*Missing key",
        ),
    ],
)
def test_what_fails_while_it_loads_is_one_sentence(write: Write, code: str, why: str) -> None:
    write(code)
    with pytest.raises(StageError, match=why) as failed:
        played("mine")
    assert "\n" not in str(failed.value)
    assert len(str(failed.value)) < 600


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return None", "synthesize gave NoneType"),
        ("return torch.zeros(8, 8)", r"the shape \(8, 8\), and a picture"),
        ("return torch.zeros(5, 8, 8)", r"the shape \(5, 8, 8\)"),
        ("return torch.zeros(3, 0, 8)", r"the shape \(3, 0, 8\)"),
        ("return controls['none']", r"mine/generator\.py, line 7, failed: KeyError"),
        ("return torch.zeros(3, 8, 8) @ torch.zeros(5, 5)", "RuntimeError"),
    ],
)
def test_what_fails_in_a_picture_is_one_sentence(write: Write, body: str, why: str) -> None:
    write(PLAIN.replace("return layers.mean() + torch.zeros(3, 8, 8)", body))
    generator = played("mine")
    with pytest.raises(OwnCodeError, match=why) as failed:
        draw(generator)
    assert "\n" not in str(failed.value)


def test_layers_of_another_shape_are_one_sentence(write: Write) -> None:
    write(PLAIN + "\n    def embed(self, z, classes):\n        return z")
    generator = played("mine")
    with pytest.raises(OwnCodeError, match=r"embed gave a tensor of the shape \(1, 4\), and a tensor of the shape"):
        draw(generator)


def test_a_lack_of_memory_stays_one(write: Write) -> None:
    write(PLAIN.replace("return layers", "raise MemoryError('out of memory')\n        return layers"))
    with pytest.raises(MemoryError):
        draw(played("mine"))


def test_a_picture_that_is_no_number_is_not_shown(write: Write) -> None:
    write(PLAIN.replace("layers.mean()", "float('nan')"))
    assert not draw(played("mine")).finite


@pytest.mark.parametrize("shape", ["3, 8, 8", "1, 3, 8, 8", "1, 8, 8", "4, 8, 8"])
def test_pictures_of_several_shapes_are_taken(write: Write, shape: str) -> None:
    write(PLAIN.replace("3, 8, 8", shape))
    assert draw(played("mine")).pixels.shape == (3, 16, 16)


def test_controls_of_every_kind_reach_it_by_name(write: Write) -> None:
    words = {
        "z_dim": 4,
        "controls": [
            {"name": "hue", "default": 0.25, "lo": -1, "hi": 1},
            {"name": "steps", "kind": "int", "default": 3, "hi": 9},
            {"name": "on", "kind": "bool", "default": True},
            {"name": "way", "kind": "choice", "choices": ["a", "b"], "default": 1},
        ],
    }  # fmt: skip
    write(PLAIN.replace("return layers", "print(controls, size)\n        return layers"), json.dumps(words))
    generator = played("mine")
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *what: said.append(str(what)))
        draw(generator)
        draw(generator, {"/gen/hue": 9.0})
    assert said[0] == "({'hue': 0.25, 'steps': 3.0, 'on': 1.0, 'way': 1.0}, (16, 16))"
    assert "'hue': 9.0" in said[1]


def test_weights_of_two_files_with_one_name_are_refused(write: Write) -> None:
    folder = write(trusted=False)
    for name in ("a", "b"):
        container.write(folder / f"{name}.safetensors", {"w": np.zeros(3, np.float32)}, {})
    trust.trust(folder)
    with pytest.raises(StageError, match="two of its files hold a tensor 'w'"):
        played("mine")


def test_damaged_weights_are_a_sentence(write: Write) -> None:
    folder = write(trusted=False)
    (folder / "w.safetensors").write_bytes(b"\xff" * 40)
    trust.trust(folder)
    with pytest.raises(StageError, match=r"^mine/w\.safetensors is no safetensors file"):
        played("mine")
