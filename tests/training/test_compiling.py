"""When a run's networks are compiled."""

from __future__ import annotations

import pytest

from latentjockey.training import compiling
from latentjockey.training.config import Plan


def _plan(**budget: object) -> Plan:
    return Plan("x", "night-garden", **{"minutes": None, **budget})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("budget", "there", "compiled"),
    [
        ({"minutes": 120.0}, True, True),
        ({"minutes": 120.0}, False, False),
        ({"minutes": 10.0}, True, False),
        ({"images": 500_000}, True, True),
        ({"images": 480}, True, False),
    ],
)
def test_long_runs_are_compiled_where_there_is_a_compiler(
    budget: dict[str, object], there: bool, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "has_cpp_compiler", lambda: there)

    assert compiling.decided(None, _plan(**budget)) is compiled


@pytest.mark.parametrize("asked", [True, False])
def test_a_hand_decides(asked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "has_cpp_compiler", lambda: not asked)

    assert compiling.decided(asked, _plan(minutes=1.0 if asked else 500.0)) is asked
