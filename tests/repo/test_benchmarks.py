"""The benchmarks: the cheap ones run, the arithmetic is right, and the table goes where it belongs."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _from_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when it is run: from the top of the repository, which children inherit by PYTHONPATH."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_every_measure_is_there_and_documented() -> None:
    from benchmarks.__main__ import MEASURES
    from benchmarks.table import MACHINE, inside

    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    for name in (*MEASURES, MACHINE):
        assert inside(text, name), f"docs/performance.md has no figures of {name}"
        if name != MACHINE:
            assert (ROOT / "benchmarks" / f"{name}.py").is_file()


def test_the_cheap_ones_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from benchmarks.__main__ import main

    page = tmp_path / "page.md"
    page.write_text("before <!-- machine --><!-- /machine --> <!-- bay -->\nold\n<!-- /bay -->\n"
                    "<!-- ring --><!-- /ring --> after", encoding="utf-8")  # fmt: skip
    assert main(["--quick", "--only", "bay", "--only", "ring", "--markdown", str(page)]) == 0
    printed = capsys.readouterr().out
    assert "Control bay" in printed
    assert "failed" not in printed
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "old" not in text
    assert re.search(r"\| write of one float \| p50 [\d.]+, p99 [\d.,]+, least [\d.]+ µs \|", text)
    assert re.search(r"\| 1920×1080: both \| p50 [\d.]+, p99 [\d.,]+ ms \|", text)


def test_the_spread_of_a_hundred() -> None:
    from benchmarks.figures import spread

    s = spread([float(n) for n in range(100, 0, -1)])
    assert (s.n, s.least, s.p50, s.p99, s.most) == (100, 1.0, 50.5, 99.0, 100.0)
    assert math.isnan(spread([]).p50)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.01234, "0.0123"), (1.234, "1.23"), (99.96, "100.0"), (12345.6, "12,346"), (math.nan, "–")],
)
def test_three_digits(value: float, text: str) -> None:
    from benchmarks.figures import number

    assert number(value) == text


def test_figures_of_two_machines_do_not_mix(tmp_path: Path) -> None:
    from benchmarks.table import MarkdownError, begun

    page = tmp_path / "page.md"
    page.write_text("<!-- machine -->\nan abacus\n<!-- /machine -->", encoding="utf-8")
    assert begun(page, "an abacus", whole=False)
    assert begun(page, "a slide rule", whole=True)
    with pytest.raises(MarkdownError, match="another machine"):
        begun(page, "a slide rule", whole=False)


def test_a_file_without_places_is_refused() -> None:
    from benchmarks.table import MarkdownError, filled

    with pytest.raises(MarkdownError, match="no place for bay"):
        filled("nothing here", "bay", "figures")


def test_a_child_that_says_nothing_is_an_error() -> None:
    from benchmarks.children import Child, ChildError

    with Child("benchmarks.figures") as child, pytest.raises(ChildError, match="gave no answer"):
        child.answer(20)
