"""LoRA files as they are read: as data, and as if a stranger wrote them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.models import container
from latentjockey.models.card import UNDISCLOSED
from latentjockey.models.container import TensorInfo
from latentjockey.models.header import BrokenError
from latentjockey.models.lora_file import MOST_LORAS, Branch, is_lora, loras_in, plain_name, read_lora
from latentjockey.models.lora_fit import current_name, fit_of, fits, fits_encoder

Shapes = dict[str, tuple[int, ...]]


def write(path: Path, shapes: Shapes, metadata: dict[str, str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    container.write(path, {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}, metadata or {})
    return path


@pytest.mark.parametrize(
    "written",
    [
        "lora_unet_up_blocks_1_attentions_0_proj_in",
        "unet.up_blocks.1.attentions.0.proj_in",
        "up_blocks.1.attentions.0.proj_in",
        "unet.up_blocks.1.attentions.0.processor.proj_in",
    ],
)
def test_one_layer_has_one_name(written: str) -> None:
    assert plain_name(written) == "up_blocks_1_attentions_0_proj_in"


def test_what_leaves_an_attention_was_once_one_layer() -> None:
    assert plain_name("unet.mid_block.attentions.0.attn1.processor.to_out") == "mid_block_attentions_0_attn1_to_out_0"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("input_blocks_0_0", "input_blocks_0_0"),
        (
            "input_blocks_4_1_transformer_blocks_0_attn1_to_q",
            "down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q",
        ),
        ("input_blocks_3_0_op", "down_blocks_0_downsamplers_0_conv"),
        ("input_blocks_8_0_in_layers_2", "down_blocks_2_resnets_1_conv1"),
        ("middle_block_1_proj_in", "mid_block_attentions_0_proj_in"),
        ("middle_block_2_out_layers_3", "mid_block_resnets_1_conv2"),
        ("output_blocks_2_2_conv", "up_blocks_0_upsamplers_0_conv"),
        (
            "output_blocks_5_1_transformer_blocks_1_ff_net_0_proj",
            "up_blocks_1_attentions_2_transformer_blocks_1_ff_net_0_proj",
        ),
        ("output_blocks_7_0_skip_connection", "up_blocks_2_resnets_1_conv_shortcut"),
        ("time_embed_2", "time_embedding_linear_2"),
        ("down_blocks_0_attentions_0_proj_in", "down_blocks_0_attentions_0_proj_in"),
    ],
)
def test_names_after_the_first_implementation(old: str, new: str) -> None:
    assert current_name(old, 2) == new


@given(st.text(max_size=60))
def test_any_name_is_some_name(name: str) -> None:
    assert isinstance(current_name(plain_name(name), 2), str)


def test_what_fits_is_told_from_what_does_not(tmp_path: Path) -> None:
    lora = read_lora(
        write(
            tmp_path / "some.safetensors",
            {
                "lora_unet_a.lora_down.weight": (4, 8),
                "lora_unet_a.lora_up.weight": (6, 4),
                "lora_unet_b_c.lora_down.weight": (4, 8, 3, 3),
                "lora_unet_b_c.lora_up.weight": (6, 4, 1, 1),
                "lora_unet_d.lora_down.weight": (4, 1, 1, 1),
                "lora_unet_d.lora_mid.weight": (5, 4, 3, 3),
                "lora_unet_d.lora_up.weight": (6, 5, 1, 1),
                "lora_unet_wide.lora_down.weight": (4, 9),
                "lora_unet_wide.lora_up.weight": (6, 4),
                "lora_unet_half.lora_down.weight": (4, 9),
                "something else": (1,),
            },
            {"modelspec.license": "CC0-1.0"},
        )
    )
    network: Shapes = {"a": (6, 8), "b.c": (6, 8, 3, 3), "d": (6, 1, 3, 3), "wide": (6, 8)}
    fit = fit_of(lora, network, 2, [])
    assert sorted(fit.network) == ["a", "b.c", "d"]
    assert (fit.left, fit.heard) == (("wide",), 3)
    assert (lora.odd, lora.licence, lora.name) == (2, "CC0-1.0", "some")
    assert fit.told("moths") == (
        "The LoRA some is heard in part with moths: 3 of its 4 layers fit and 1 does not, such as wide; 2 tensors are "
        "no part of a plain LoRA; it does less than it was taught, or other things."
    )


@pytest.mark.parametrize(
    ("written", "number", "layer"),
    [
        ("lora_te_text_model_encoder_layers_0_mlp_fc1", 0, "encoder.layers.0.mlp.fc1"),
        ("lora_te1_text_model_encoder_layers_0_self_attn_q_proj", 0, "encoder.layers.0.self_attn.q_proj"),
        ("lora_te2_text_model_encoder_layers_1_mlp_fc2", 1, "text_model.encoder.layers.1.mlp.fc2"),
        ("lora_te2_text_projection", 1, "text_projection"),
        ("text_encoder.text_model.encoder.layers.0.self_attn.out_proj", 0, "encoder.layers.0.self_attn.out_proj"),
        ("text_encoder_2.text_model.encoder.layers.1.mlp.fc1", 1, "text_model.encoder.layers.1.mlp.fc1"),
        ("text_encoder.text_model.encoder.layers.0.self_attn.to_out", 0, "encoder.layers.0.self_attn.out_proj"),
        ("text_encoder.text_model.encoder.layers.0.self_attn.to_v", 0, "encoder.layers.0.self_attn.v_proj"),
    ],
)
@pytest.mark.parametrize("form", ["lora_{}", ".lora_linear_layer.{}"])
def test_a_layer_of_a_text_encoder_is_found_however_it_is_written(
    tmp_path: Path, written: str, number: int, layer: str, form: str
) -> None:
    end = form if form.startswith(".") else "." + form
    shapes = {f"{written}{end.format('down')}.weight": (2, 8), f"{written}{end.format('up')}.weight": (6, 2)}
    lora = read_lora(write(tmp_path / "some.safetensors", shapes))
    assert not lora.branches
    assert list(fits_encoder(lora, {layer: (6, 8), "other": (6, 8)}, number)) == [layer]
    assert fits_encoder(lora, {layer: (6, 8)}, 1 - number) == {}
    assert fits_encoder(lora, {layer: (6, 9)}, number) == {}


def test_a_file_of_another_model_is_said_to_be_one(tmp_path: Path) -> None:
    shapes: Shapes = {
        "unet.a.lora_A.weight": (4, 8),
        "unet.a.lora_B.weight": (6, 4),
        "text_encoder_2.b.lora_A.weight": (4, 8),
        "text_encoder_2.b.lora_B.weight": (6, 4),
    }
    lora = read_lora(write(tmp_path / "dusk.safetensors", shapes))
    none = fit_of(lora, {"a": (6, 9)}, 2, [{"b": (6, 8)}])
    assert none.left == ("a", "text encoder b")
    assert none.told("moths") == (
        "The LoRA dusk is not heard with moths: none of its 2 layers fits, such as a; it was made for another kind of "
        "model."
    )
    assert fit_of(lora, {"a": (6, 8)}, 2, [{}, {"b": (6, 8)}]).told("moths") == ""
    assert "1 of its 2 layers fit and 1 does not, such as text encoder b" in fit_of(lora, {"a": (6, 8)}, 2, []).told("")


shapes_of_any = st.lists(st.integers(0, 4), max_size=5).map(tuple)


@given(shapes_of_any, shapes_of_any, st.none() | shapes_of_any, shapes_of_any)
def test_any_shapes_fit_or_do_not(
    down: tuple[int, ...], up: tuple[int, ...], mid: tuple[int, ...] | None, weight: tuple[int, ...]
) -> None:
    tensors = [TensorInfo("F32", shape, 0, 0) for shape in ((1, *down), up)]
    between = None if mid is None else TensorInfo("F32", mid, 0, 0)
    if fits(Branch(tensors[0], tensors[1], between), weight):
        assert len(weight) in (2, 4)
        assert (up[0], (1, *down)[1]) == weight[:2]


def test_alpha_of_all_layers_is_said_in_the_metadata_of_diffusers(tmp_path: Path) -> None:
    shapes: Shapes = {"unet.a.lora_A.weight": (4, 8), "unet.a.lora_B.weight": (6, 4)}
    said = {"lora_adapter_metadata": json.dumps({"unet.lora_alpha": 2, "unet.r": 4})}
    assert read_lora(write(tmp_path / "said.safetensors", shapes, said)).branches["a"].scale == 0.5
    shapes |= {"text_encoder_2.b.lora_A.weight": (4, 8), "text_encoder_2.b.lora_B.weight": (6, 4)}
    said = {"lora_adapter_metadata": json.dumps({"unet.lora_alpha": 2, "text_encoder_2.lora_alpha": 8})}
    assert read_lora(write(tmp_path / "both.safetensors", shapes, said)).texts[1]["b"].scale == 2.0
    unsaid = read_lora(write(tmp_path / "unsaid.safetensors", shapes, {"lora_adapter_metadata": "[[["}))
    assert unsaid.branches["a"].scale is None
    assert unsaid.licence == UNDISCLOSED


@pytest.mark.parametrize(
    ("tensor", "kind"),
    [
        ("lora_unet_a.hada_w1_a", "LoHa"),
        ("lora_unet_a.lokr_w1", "LoKr"),
        ("lora_unet_a.dora_scale", "DoRA"),
        ("unet.a.lora_magnitude_vector", "DoRA"),
    ],
)
def test_what_is_no_plain_lora_is_refused_by_its_name(tmp_path: Path, tensor: str, kind: str) -> None:
    shapes: Shapes = {"lora_unet_a.lora_down.weight": (4, 8), "lora_unet_a.lora_up.weight": (6, 4), tensor: (4, 4)}
    path = write(tmp_path / "other.safetensors", shapes)
    assert is_lora(path)
    with pytest.raises(BrokenError, match=f"it is a {kind}, and only plain LoRAs are played"):
        read_lora(path)


def test_a_model_is_no_lora(tmp_path: Path) -> None:
    path = write(tmp_path / "model.safetensors", {"conv.weight": (4, 8)})
    assert not is_lora(path)
    with pytest.raises(BrokenError, match="it is no LoRA"):
        read_lora(path)
    path.write_bytes(path.read_bytes()[:20])
    assert not is_lora(path)
    with pytest.raises(StageError):
        read_lora(path)


def test_of_a_folder_the_first_are_played_and_the_rest_is_said(tmp_path: Path) -> None:
    names = [f"{letter}.safetensors" for letter in "ihgfedcba"]
    for name in names:
        write(tmp_path / "loras" / name, {"unet.a.lora_A.weight": (4, 8), "unet.a.lora_B.weight": (6, 4)})
    write(tmp_path / "loras" / "0.safetensors", {"unet.a.lokr_w1": (4, 8)})
    (tmp_path / "loras" / "1.safetensors").write_bytes(b"no")
    loras, why = loras_in(tmp_path, ["0.safetensors", "1.safetensors", "words.txt", *names])
    assert [each.name for each in loras] == list("abcdefgh")
    assert len(loras) == MOST_LORAS
    assert why[0] == "0.safetensors is not heard: it is a LoKr, and only plain LoRAs are played."
    assert "1.safetensors" in why[1]
    assert why[2].endswith("holds 9 LoRAs, and no more than 8 are heard: 1 are not.")
