"""The document of the controls is complete, and the one in the repository is today's."""

from __future__ import annotations

import json
from pathlib import Path

from latentjockey.control.document import as_json, markdown, table
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.builtin import CPPN
from latentjockey.models.controls import controls_of
from latentjockey.models.library import get
from latentjockey.options import DEFAULT_MODEL

MODEL = get(DEFAULT_MODEL).spec or CPPN
SPECS = controls_of(MODEL)
PAGE = Path(__file__).parents[2] / "docs" / "controls.md"


def test_the_page_in_the_repository_is_current() -> None:
    made = markdown(SPECS)
    assert PAGE.read_text(encoding="utf-8") == made, "run: latentjockey controls --markdown > docs/controls.md"


def test_the_page_names_every_control_once_with_its_help() -> None:
    rows = [line for line in markdown(SPECS).splitlines() if line.startswith("| `/")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(spec.address for spec in SPECS)
    by_address = {row.split("`")[1]: row for row in rows}
    assert all(spec.help and spec.help in by_address[spec.address] for spec in SPECS)


def test_every_table_is_well_formed() -> None:
    spec = ControlSpec("/a", Kind.CHOICE, 0, choices=("x|y", "z"), aliases=("/b",), help="one | two")
    for line in markdown((*SPECS, spec)).splitlines():
        if line.startswith("|"):
            assert line.replace("\\|", "").count("|") == 7
    assert "`/a`, also `/b`" in markdown([spec])
    assert "one \\| two" in markdown([spec])


def test_json_has_every_control_in_order_and_goes_through_json() -> None:
    listed = json.loads(json.dumps(as_json(SPECS), allow_nan=False))
    assert [entry["address"] for entry in listed] == [spec.address for spec in SPECS]
    by_address = {entry["address"]: entry for entry in listed}
    crossfade = by_address["/mix/crossfade"]
    assert (crossfade["kind"], crossfade["default"], crossfade["lo"], crossfade["hi"]) == ("float", 0.0, 0.0, 1.0)
    assert (by_address["/deck/a/z"]["size"], by_address["/deck/a/z"]["default"]) == (MODEL.z_dim, 0.0)
    assert len(by_address["/mix/travel"]["default"]) == by_address["/mix/travel"]["size"]
    assert by_address["/engine/width"]["guard"] == [1.0, 16384.0]
    assert all(entry["help"] for entry in listed)


def test_the_table_for_the_terminal_has_a_line_for_each_control() -> None:
    head, *lines = table(SPECS).splitlines()
    assert [line.split()[0] for line in lines] == [spec.address for spec in SPECS]
    assert all(line.endswith(spec.help) for line, spec in zip(lines, SPECS, strict=True))
    assert all(line[head.index("WHAT") - 1] == " " for line in lines)
