"""Compiled code of a file, loaded without the compiler."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from latentjockey.generators.packages import load_package

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no compiler here")


class _Two(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return a + b, a * b


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("package") / "two.pt2"
    program = torch.export.export(_Two(), (torch.zeros(3), torch.zeros(3)))
    torch._inductor.aoti_compile_and_package(program, package_path=str(path))
    return path


def test_loading_one_does_not_load_the_compiler(package: Path) -> None:
    code = (
        "import sys, torch; from pathlib import Path; from latentjockey.generators.packages import load_package\n"
        "before = set(sys.modules); made = load_package(Path(sys.argv[1]))([torch.ones(3), 2 * torch.ones(3)])\n"
        "print([each.tolist() for each in made], sorted(set(sys.modules) - before))"
    )
    run = [sys.executable, "-c", code, str(package)]
    answer = subprocess.run(run, capture_output=True, text=True, check=True, timeout=300)
    assert answer.stdout.strip() == "[[3.0, 3.0, 3.0], [2.0, 2.0, 2.0]] []"


def test_where_torch_has_no_such_loader_it_is_asked_the_long_way(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = torch.randn(3), torch.randn(3)
    short = load_package(package)([a, b])
    loader, calls = torch._C._aoti.AOTIModelPackageLoader, []

    def none_such(path: str, *others: object) -> object:
        calls.append(path)
        if len(calls) == 1:
            raise TypeError("other arguments are wanted")
        return loader(path, *others)

    none_such.load_metadata_from_package = loader.load_metadata_from_package  # type: ignore[attr-defined]
    monkeypatch.setattr(torch._C._aoti, "AOTIModelPackageLoader", none_such)
    long = load_package(package)([a, b])
    assert len(calls) == 2
    assert all(torch.equal(x, y) for x, y in zip(short, long, strict=True))


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pt2"
    broken.write_bytes(b"nothing")
    with pytest.raises(RuntimeError):
        load_package(broken)
