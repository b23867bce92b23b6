"""What wants to act does not, what lies is not believed, and what is said is one sentence."""

from __future__ import annotations

import contextlib
import copyreg
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from latentjockey.models.reading.allowed import NAMES, known
from latentjockey.models.reading.limits import Limits
from latentjockey.models.reading.plain import OverloadedError, RefusedError
from latentjockey.models.reading.reader import read
from tests.models.reading import payloads

ALL = {**payloads.LIVE, **payloads.ZIPS, **payloads.STREAMS, **payloads.LIES}
_EXTENSIONS = (0xF1, 0xF1F1, 0x01F1F1F1)


@pytest.fixture
def extensions() -> Iterator[None]:
    """Codes that Python's own pickles would take for ``os.mkdir``."""
    module, name = os.mkdir.__module__, "mkdir"
    for n, code in enumerate(_EXTENSIONS):
        copyreg.add_extension(module, name, code) if n == 0 else copyreg._inverted_registry.update(
            {code: (module, name)}
        )
    yield
    copyreg.remove_extension(module, name, _EXTENSIONS[0])
    for code in _EXTENSIONS[1:]:
        del copyreg._inverted_registry[code]
    copyreg._extension_cache.clear()


def test_there_are_enough_shapes() -> None:
    assert len(ALL) >= 100
    assert len(payloads.NAMES) == len(set(payloads.NAMES)) >= 60


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("shape", payloads.LIVE)
def test_these_payloads_are_alive(tmp_path: Path, shape: str, extensions: None) -> None:
    target = tmp_path / "made"
    data = payloads.LIVE[shape](str(target))
    with contextlib.suppress(Exception):  # some do what they want and then fail
        pickle.loads(data)  # noqa: S301 - written above: it makes a folder
    assert target.is_dir()


@pytest.mark.parametrize("shape", ALL)
def test_nothing_is_run_and_nothing_believed(tmp_path: Path, shape: str, extensions: None) -> None:
    target = tmp_path / "made"
    path = tmp_path / "model.pkl"
    path.write_bytes(ALL[shape](str(target)))
    before = set(os.listdir(tmp_path))
    limits = Limits(made=1 << 26, tensors=1 << 26, text=1 << 26, seconds=5)
    if shape in payloads.HARMLESS:
        read(path, limits)
    else:
        with pytest.raises(RefusedError) as refused:
            read(path, limits)
        said = str(refused.value)
        assert not isinstance(refused.value, OverloadedError), said
        assert "\n" not in said
        assert 20 < len(said) < 400
    assert not target.exists()
    assert set(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("name", payloads.NAMES)
@pytest.mark.parametrize("stacked", [False, True])
def test_names_that_are_not_known_are_refused_by_name(tmp_path: Path, name: str, stacked: bool) -> None:
    module, _, attribute = name.rpartition(".")
    path = tmp_path / "model.pkl"
    by = payloads.stacked if stacked else payloads.name
    path.write_bytes(payloads.whole(payloads.call(by(module, attribute), payloads.word("x"))))
    with pytest.raises(RefusedError) as refused:
        read(path)
    assert name in str(refused.value)


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_no_name_that_is_known_is_looked_up(module: str, name: str) -> None:
    found = known(module, name)
    assert type(found).__module__ == "latentjockey.models.reading.workshop"
    assert found.make is None or found.make.__module__ == "latentjockey.models.reading.allowed"


def test_the_reader_has_no_way_to_import_or_run() -> None:
    import ast

    import latentjockey.models.reading as package

    forbidden = {
        "exec", "eval", "compile", "__import__", "getattr", "setattr", "globals", "vars", "importlib", "pickle",
        "torch", "runpy", "subprocess", "ctypes", "marshal", "shelve", "socket",
    }  # fmt: skip
    files = sorted(Path(package.__path__[0]).glob("*.py"))
    assert len(files) >= 8
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            used = {
                ast.Name: lambda n: {n.id},
                ast.Import: lambda n: {alias.name.split(".")[0] for alias in n.names},
                ast.ImportFrom: lambda n: {(n.module or "").split(".")[0]},
            }.get(type(node), lambda n: set())(node)
            assert not used & forbidden, f"{path.name}: {used & forbidden}"


def test_names_are_shown_without_what_commands_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(payloads.whole(payloads.stacked("os\x1b[2J\n", "sys\x07tem" + "x" * 400)))
    with pytest.raises(RefusedError) as refused:
        read(path)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 300


def test_a_file_like_the_attacks_but_honest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(payloads.torch_beside())
    assert read(path).root["a"].tolist() == [1, 1, 1, 1]
