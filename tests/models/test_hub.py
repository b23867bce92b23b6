"""Models on a hub: a small one on the loopback is asked for real."""

from __future__ import annotations

import os
import pickle
import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from latentjockey import cli
from latentjockey.base.diagnostics import StageError
from latentjockey.models import hub, hub_adding, library
from latentjockey.models.hub_files import HubError, HubFile, chosen
from tests.models.diffusers_layout import VAE, like_turbo, weights, write
from tests.models.hub_server import COMMIT, Hub, of_folder, served
from tests.models.test_wheels import weights as dcgan

UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models of this test's own."""
    folder = tmp_path / "own"
    monkeypatch.setattr(library, "own_folder", lambda: folder)
    return folder


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with a text-to-image model, and beside what of it is played much else."""
    turbo = like_turbo(tmp_path / "turbo")
    (turbo / "README.md").write_text("---\nlicense: openrail++\n---\n# Tiny\n")
    weights(turbo / "unet" / "diffusion_pytorch_model.fp16.safetensors")
    held = of_folder(turbo)
    held.files |= {
        "LICENSE.md": b"terms",
        "tiny_turbo.safetensors": b"all at once",
        "unet/diffusion_pytorch_model.bin": b"a pickle",
        "unet/model.py": b"print('hello')",
        "unet/model.onnx": b"a graph",
        "safety_checker/model.safetensors": b"not heard",
        "text_encoder/flax_model.msgpack": b"flax",
        ".gitattributes": b"*.bin lfs",
        "../outside.json": b"{}",
    }
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with served(held) as answering:
        monkeypatch.setenv("HF_ENDPOINT", answering.endpoint)
        yield answering


def got(text: str = "hf:someone/tiny-turbo", name: str = "") -> Path:
    return hub_adding.get(hub.wanted(text), name=name)


def refused(text: str = "hf:someone/tiny-turbo", name: str = "") -> str:
    with pytest.raises(StageError) as raised:
        got(text, name)
    return str(raised.value)


def test_what_is_played_of_it_comes_and_nothing_else(there: Hub, own: Path) -> None:
    path = got()
    assert path == own / "tiny-turbo"
    entry = library.read(path)
    assert entry.trouble == ""
    assert entry.family == "text to image"
    assert entry.card.licence == "openrail++"
    assert f"From someone/tiny-turbo on the hub, revision {COMMIT}." in entry.card.note
    kept = {each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file()}
    assert kept == {
        "LICENSE.md", "README.md", "hub.json", "model_index.json", "scheduler/scheduler_config.json",
        "text_encoder/config.json", "text_encoder/model.safetensors", "tokenizer/merges.txt", "tokenizer/vocab.json",
        "unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
    }  # fmt: skip
    assert set(there.fetched) == kept - {"hub.json", "tokenizer/merges.txt"}, "what is empty need not be asked for"
    assert not any(each.is_symlink() for each in path.rglob("*"))
    assert [each.name for each in own.iterdir()] == ["tiny-turbo"], "nothing is left aside"


def test_the_command_says_what_comes_and_what_came(there: Hub, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "get", "someone/tiny-turbo", "--name", "Water"]) == 0
    told = capsys.readouterr()
    assert f"someone/tiny-turbo at {COMMIT[:12]}: 12 files" in " ".join(told.err.split())
    assert f"{own / 'Water'} plays as water." in told.out
    assert cli.main(["models", "get", "hf:someone/tiny-turbo", "--name", "Water"]) == 2
    assert "water is that very revision of someone/tiny-turbo already." in capsys.readouterr().err


def test_a_broken_connection_goes_on_by_itself(there: Hub) -> None:
    large = "vae/diffusion_pytorch_model.safetensors"
    there.cuts[large] = [10, 7]
    path = got()
    assert (path / large).read_bytes() == there.files[large]
    ranges = [asked for place, asked, _ in there.asked if place.endswith(large)]
    assert ranges == ["", "bytes=10-", "bytes=17-"]


@pytest.mark.parametrize("whole", [False, True])
def test_an_interrupted_download_goes_on_where_it_was(there: Hub, own: Path, *, whole: bool) -> None:
    large = "vae/diffusion_pytorch_model.safetensors"
    there.cuts[large] = [10] + [0] * 20
    assert "cannot be reached" in refused()
    assert [entry for entry in library.entries() if entry.origin == library.OWN] == [], "a part of one is no model"
    assert [each.name[0] for each in own.iterdir()] == ["."]
    before = len(there.asked)
    there.cuts.clear()
    there.whole = whole
    path = got()
    assert (path / large).read_bytes() == there.files[large]
    again = [(place, asked) for place, asked, _ in there.asked[before + 1 :]]
    assert [asked for _, asked in again] == ["bytes=10-"], "what was there is not asked for again"


def test_another_file_than_the_hub_says_is_thrown_away(there: Hub, own: Path) -> None:
    there.lies.add("vae/diffusion_pytorch_model.safetensors")
    assert "is not what the hub says it is" in refused()
    there.lies.clear()
    assert library.read(got()).trouble == ""
    there.files["vae/config.json"] += b" "
    there.lies.add("vae/config.json")
    assert "vae/config.json is not what the hub says" in refused(name="second")


def test_what_cannot_be_played_is_kept_nowhere(there: Hub, own: Path) -> None:
    there.files["unet/config.json"] = b'{"auto_map": {}, "_class_name": "UNet2DConditionModel"}'
    assert "asks for code of its own" in refused()
    assert list(own.iterdir()) == []


def test_a_transformer_alone_finds_the_decoder_that_is_there_already(there: Hub, own: Path) -> None:
    shape = {"sample_size": 32, "in_channels": 4, "num_embeds_ada_norm": 10}
    write(own / "model" / "config.json", {"_class_name": "DiTTransformer2DModel", **shape})
    weights(own / "model" / "diffusion_pytorch_model.safetensors")
    there.files = of_folder(own / "model").files
    shutil.rmtree(own / "model")
    told = refused()
    assert told.startswith("tiny-turbo cannot be played")
    assert "vae" in told
    assert list(own.iterdir()) == []
    write(own / "vae" / "config.json", VAE)
    weights(own / "vae" / "diffusion_pytorch_model.safetensors")
    assert library.read(got()).family == "diffusion, classes"


def test_refusals_are_one_sentence_each(
    there: Hub, own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "The hub has no model someone/else, or it is private" in refused("hf:someone/else")
    assert "has no revision other" in refused("hf:someone/tiny-turbo@other")
    assert "There is no file nothing.pkl in someone/tiny-turbo" in refused("hf:someone/tiny-turbo/nothing.pkl")
    there.gated = True
    assert "is gated: accept its terms" in refused()
    there.gated, there.down = False, 503
    assert "The hub refuses (503)" in refused()
    there.down = 429
    assert "patience" in refused()
    there.down = 0
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    before = len(there.asked)
    assert "HF_HUB_OFFLINE is set" in refused()
    assert len(there.asked) == before
    for text in ("hf:", "hf:one", "hf:../..", "hf:a/../b", "hf:a/b@", "hf:a/b/../c", "hf:a b/c"):
        assert cli.main(["models", "get", text]) == 2
        assert "Write hf:OWNER/NAME" in capsys.readouterr().err


def test_a_hub_that_is_not_there(there: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{held.getsockname()[1]}")
        assert "The hub cannot be reached" in refused()


def test_a_full_disk_is_said_before_anything_comes(there: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 30, (1 << 30) - 1000, 1000))
    assert "The disk has no room for someone/tiny-turbo: it needs" in refused()
    assert there.fetched == []


def test_a_disk_that_gets_full_is_said(there: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "touch", full)
    assert "could not be written: no space left on device." in refused()


def test_a_token_is_sent_to_the_hub(there: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    got()
    assert {token for _, _, token in there.asked} == {""}
    monkeypatch.setenv("HF_TOKEN", "a-word")
    got(name="second")
    assert there.asked[-1][2] == "Bearer a-word"


def test_a_single_file_goes_the_way_of_any_file(there: Hub, own: Path) -> None:
    there.files["nets/evil.pkl"] = pickle.dumps(os.getcwd)
    told = refused("hf:someone/tiny-turbo/nets/evil.pkl")
    assert "evil" in told
    assert list(own.iterdir()) == []


def test_a_single_file_plays_and_its_card_says_where_it_is_from(there: Hub, own: Path) -> None:
    there.files["nets/small.pkl"] = dcgan()
    path = got("hf:someone/tiny-turbo/nets/small.pkl")
    entry = library.read(path)
    assert (entry.name, entry.trouble, entry.family) == ("small", "", "DCGAN")
    assert entry.card.note.endswith(f"From someone/tiny-turbo on the hub, revision {COMMIT}.")
    assert entry.card.licence == "openrail++"
    assert list(own.iterdir()) == [path]


def test_a_repository_of_single_files_says_how_to_name_one(there: Hub) -> None:
    there.files = {"network-snapshot.pkl": b"1", "README.md": b"words"}
    assert "hf:someone/tiny-turbo/network-snapshot.pkl" in refused()
    there.files = {"README.md": b"words"}
    assert "neither model_index.json nor config.json" in refused()


def files(*paths: str) -> list[HubFile]:
    return [HubFile(path, 1) for path in paths]


def test_one_set_of_weights_is_chosen() -> None:
    sets = {
        "fp16": ["unet/diffusion_pytorch_model.fp16.safetensors"],
        "fp16 shards": [f"unet/diffusion_pytorch_model.fp16-0000{n}-of-00002.safetensors" for n in (1, 2)],
        "plain": ["unet/diffusion_pytorch_model.safetensors"],
        "shards": [f"unet/diffusion_pytorch_model-0000{n}-of-00002.safetensors" for n in (1, 2)],
        "others": ["unet/diffusion_pytorch_model.non_ema.safetensors"],
    }
    index = "unet/diffusion_pytorch_model.safetensors.index.json"
    half = "unet/diffusion_pytorch_model.safetensors.index.fp16.json"
    for count, name in enumerate(sets):
        offered = [path for each in list(sets)[count:] for path in sets[each]]
        taken = [file.path for file in chosen(files("model_index.json", index, half, *offered), "a/b")]
        wanted = [*{"shards": [index], "fp16 shards": [half]}.get(name, []), *sets[name]]
        assert sorted(taken) == sorted(["model_index.json", *wanted]), name


def test_weights_that_are_pickles_alone_are_refused() -> None:
    with pytest.raises(HubError, match=r"no weights of the unet of a/b as safetensors"):
        chosen(files("model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.bin"), "a/b")
    with pytest.raises(HubError, match=r"a/b holds no weights as safetensors"):
        chosen(files("model_index.json", "scheduler/scheduler_config.json"), "a/b")


def test_more_than_is_played_is_refused_before_it_comes() -> None:
    huge = HubFile("unet/diffusion_pytorch_model.safetensors", 65 << 30)
    with pytest.raises(HubError, match="a/b is larger than 64 GiB"):
        chosen([*files("model_index.json"), huge], "a/b")


def test_a_part_alone_comes_with_its_decoder() -> None:
    net = ("config.json", "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin", "train.py")
    vae = ("vae/config.json", "vae/diffusion_pytorch_model.safetensors")
    taken = {file.path for file in chosen(files(*net, *vae, "logs/x.json"), "a/b")}
    assert taken == {*net[:2], *vae}


@pytest.mark.parametrize(
    ("text", "repository", "file", "revision"),
    [
        ("hf:a/b", "a/b", "", ""),
        ("a/b", "a/b", "", ""),
        ("hf:a/b@v1.0", "a/b", "", "v1.0"),
        ("hf:a/b-c.d/e f.pkl", None, "", ""),
        ("hf:a/b-c.d/e/f.pkl", "a/b-c.d", "e/f.pkl", ""),
        ("pypi:a", None, "", ""),
        ("a/b/c", None, "", ""),
    ],
)
def test_what_names_something_on_the_hub(text: str, repository: str | None, file: str, revision: str) -> None:
    known = hub.is_wanted(text) and hub.wanted_or_none(text.removeprefix("hf:")) is not None
    assert known == (repository is not None)
    if repository is not None:
        assert hub.wanted(text) == hub.Wanted(repository, file, revision)
