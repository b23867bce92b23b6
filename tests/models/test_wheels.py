"""Weights out of packages of the index: pip is played by a folder, the wheels are written here."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
from torch import nn

from latentjockey import cli
from latentjockey.models import library, packages, wheels
from latentjockey.models.card import UNDISCLOSED, ModelCard
from latentjockey.models.packages import KnownPackage
from latentjockey.models.wheels import PackageError, Wanted


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models of this test's own."""
    folder = tmp_path / "own"
    monkeypatch.setattr(library, "own_folder", lambda: folder)
    return folder


def weights(latent: int = 12) -> bytes:
    """A DCGAN's state dict, as torch saves it; more than the 64 KiB under which nothing is taken for weights."""
    torch.manual_seed(1)
    layers = [(latent, 64), (64, 32), (32, 16)]
    net = nn.Sequential(
        *(nn.ConvTranspose2d(a, b, 4, 1 if a == latent else 2, 0 if a == latent else 1) for a, b in layers),
        nn.ConvTranspose2d(16, 3, 4, 2, 1),
    )
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    return file.getvalue()


METADATA = (
    b"Metadata-Version: 2.1\nName: tiny-gan\nVersion: 1.0\nAuthor: Nobody\x1b[31m Known\nLicense: MIT\n\nWords.\n"
)


def wheel(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in files.items():
            archive.writestr(name, held)
        archive.writestr("tiny_gan-1.0.dist-info/METADATA", METADATA)
    return path


class Index:
    """Says of one wheel that it is there, with ``sha256`` or its real one, and gives it."""

    def __init__(self, path: Path, sha256: str | None = None) -> None:
        self.path = path
        self.sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if sha256 is None else sha256
        self.asked: list[Sequence[str]] = []

    def __call__(self, arguments: Sequence[str], folder: Path) -> str:
        self.asked.append(arguments)
        assert "--no-deps" in arguments
        assert arguments[arguments.index("--only-binary") + 1] == ":all:"
        if arguments[0] == "install":
            assert "--dry-run" in arguments
            hashes = {"sha256": self.sha256} if self.sha256 else {}
            download = {"url": f"file:///{self.path.name}", "archive_info": {"hashes": hashes}}
            item = {"metadata": {"name": "tiny-gan", "version": "1.0"}, "download_info": download}
            return json.dumps({"version": "1", "install": [item]})
        assert arguments[0] == "download"
        assert "--require-hashes" in arguments
        assert f"tiny-gan==1.0 --hash=sha256:{self.sha256}" in Path(arguments[-1]).read_text()
        into = Path(arguments[arguments.index("--dest") + 1])
        (into / self.path.name).write_bytes(self.path.read_bytes())
        return ""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    hostile = b"raise SystemExit('this package was run')\n" * 4000
    files = {"tiny_gan/__init__.py": hostile, "tiny_gan/model.xyz": weights(), "../../outside": b"\0" * 100_000}
    return wheel(tmp_path / "tiny_gan-1.0-py3-none-any.whl", files)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("pypi:tiny-gan", Wanted("tiny-gan")),
        ("pypi:Tiny_GAN==1.0.post1", Wanted("tiny-gan", "1.0.post1")),
        ("pypi:a", Wanted("a")),
    ],
)
def test_a_package_is_named_as_the_index_does(text: str, what: Wanted) -> None:
    assert wheels.wanted(text) == what


@pytest.mark.parametrize(
    "text", ["", "tiny-gan", "pypi:", "pypi:--index-url", "pypi:a b", "pypi:../a", "pypi:a>=1", "pypi:a==", "pypi:a[b]"]
)
def test_anything_else_is_refused_before_pip_hears_of_it(text: str) -> None:
    with pytest.raises(PackageError, match="Write pypi:NAME"):
        wheels.wanted(text)


def test_the_weights_become_a_model_with_what_the_package_says_of_itself(good: Path, own: Path) -> None:
    index = Index(good)
    got = wheels.get(Wanted("tiny-gan"), {"classes": ["a", "b"]}, pip=index)
    assert [arguments[0] for arguments in index.asked] == ["install", "download"]
    assert (got.package, got.version, got.within, got.seen) == ("tiny-gan", "1.0", "tiny_gan/model.xyz", False)
    assert got.path == own / "tiny-gan.safetensors"
    entry = library.get("tiny-gan")
    assert entry.spec is not None
    assert (entry.spec.z_dim, entry.spec.classes, entry.spec.size) == (10, ("a", "b"), (32, 32))
    card = entry.card
    assert card.author == "Nobody [31m Known"
    assert card.licence == "MIT, by the package's metadata"
    assert (card.data, card.data_licence, card.consent) == (UNDISCLOSED,) * 3
    assert index.sha256 in card.note
    assert index.sha256 in wheels.told(got)
    assert sorted(path.name for path in own.iterdir()) == ["tiny-gan.safetensors"]
    assert not (own.parent / "outside").exists()


def test_to_get_it_again_replaces_it_and_never_another_model(good: Path, own: Path) -> None:
    wheels.get(Wanted("tiny-gan"), {"classes": 0}, pip=Index(good))
    wheels.get(Wanted("tiny-gan"), {"classes": 4}, pip=Index(good))
    spec = library.get("tiny-gan").spec
    assert spec is not None
    assert len(spec.classes) == 4
    (own / "tiny-gan.safetensors").write_bytes(b"something else")
    with pytest.raises(PackageError, match="is another model"):
        wheels.get(Wanted("tiny-gan"), {"classes": 0}, pip=Index(good))
    assert (own / "tiny-gan.safetensors").read_bytes() == b"something else"


def test_what_is_known_here_is_told_and_compared(good: Path, monkeypatch: pytest.MonkeyPatch, own: Path) -> None:
    real = hashlib.sha256(good.read_bytes()).hexdigest()
    card = ModelCard("Tiny", author="Somebody", note="Known.")
    monkeypatch.setitem(packages.KNOWN, "tiny-gan", KnownPackage(card, {"1.0": real}, {"classes": ["x", "y"]}))
    got = wheels.get(Wanted("tiny-gan"), {}, pip=Index(good))
    assert got.seen
    assert library.get("tiny-gan").title == "Tiny"
    assert library.get("tiny-gan").card.author == "Somebody"
    got.path.unlink()
    monkeypatch.setitem(packages.KNOWN, "tiny-gan", KnownPackage(card, {"1.0": "0" * 64}))
    with pytest.raises(PackageError, match="not the wheel that is known here"):
        wheels.get(Wanted("tiny-gan"), {}, pip=Index(good))
    assert not got.path.exists()


@pytest.mark.parametrize(
    ("sha256", "why"), [("f" * 64, "not what the index says"), ("", "tells no SHA-256"), ("xyz", "tells no SHA-256")]
)
def test_a_wheel_of_another_hash_is_not_opened(good: Path, own: Path, sha256: str, why: str) -> None:
    with pytest.raises(PackageError, match=why):
        wheels.get(Wanted("tiny-gan"), {}, pip=Index(good, sha256))
    assert not own.exists()


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"tiny_gan/__init__.py": b"#" * 200_000}, "holds no weights"),
        ({"tiny_gan/small.pth": b"\x80\x02." * 100}, "holds no weights"),
        ({"tiny_gan/a.pth": b"\x80\x02cos\nsystem\nU\x02ls\x85R." + b"\0" * 100_000}, "Nothing in the wheel.*a.pth"),
        ({"tiny_gan/noise.bin": bytes(range(256)) * 1000}, "Nothing in the wheel.*noise.bin"),
    ],
)
def test_a_wheel_without_a_model_is_a_sentence(tmp_path: Path, own: Path, files: dict[str, bytes], why: str) -> None:
    path = wheel(tmp_path / "tiny_gan-1.0-py3-none-any.whl", files)
    with pytest.raises(PackageError, match=why) as caught:
        wheels.get(Wanted("tiny-gan"), {}, pip=Index(path))
    assert str(caught.value).endswith(".")
    assert not own.exists()


def test_a_damaged_wheel_is_a_sentence(good: Path, own: Path) -> None:
    held = good.read_bytes()
    good.write_bytes(held[: len(held) // 2])
    with pytest.raises(PackageError, match="damaged"):
        wheels.get(Wanted("tiny-gan"), {}, pip=Index(good))
    middle = held.index(b"model.xyz") + 2000
    good.write_bytes(held[:middle] + b"\xff" * 64 + held[middle + 64 :])
    with pytest.raises(PackageError, match="damaged"):
        wheels.get(Wanted("tiny-gan"), {}, pip=Index(good))
    assert not own.exists()


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        ("ERROR: Could not find a version that satisfies the requirement x", "no wheel of that name"),
        ("WARNING: Retrying ... NewConnectionError\nERROR: Could not find a version", "cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not what the index says"),
        ("/usr/bin/python: No module named pip", "no pip beside this Python"),
        ("ERROR: Something \x1b[31mnew.", r"pip could not get it: Something  \[31mnew\."),
        ("", "no reason told"),
    ],
)
def test_whatever_pip_complains_of_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], complaint: str, sentence: str
) -> None:
    def failing(command: list[str], **rest: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, 1, b"", complaint.encode())

    monkeypatch.setattr(subprocess, "run", failing)
    with pytest.raises(PackageError, match=sentence):
        wheels.get(Wanted("tiny-gan"), {})
    assert cli.main(["models", "get", "pypi:tiny-gan"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_an_index_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(command: list[str], timeout: float, **rest: object) -> subprocess.CompletedProcess[bytes]:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", endless)
    with pytest.raises(PackageError, match="did not answer within"):
        wheels.get(Wanted("tiny-gan"), {})


def test_pip_that_says_what_nobody_understands_is_a_sentence(tmp_path: Path) -> None:
    for said in ("", "[]", '{"install": []}', '{"install": [{"metadata": 3}]}'):
        with pytest.raises(PackageError):
            wheels.get(Wanted("tiny-gan"), {}, pip=lambda arguments, folder, said=said: said)  # type: ignore[misc]
