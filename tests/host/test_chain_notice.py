"""The conductor's ticks that effects need not hear of."""

from __future__ import annotations

import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import ENGINE, HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value
from latentjockey.host.chain_notice import Notice


@pytest.fixture
def bay() -> Bay:
    return Bay(Layout(1, builtin(4, (8, 8))), ManualClock(1.0))


@pytest.mark.parametrize(
    ("address", "value", "matters"),
    [
        ("/fx/3/mix", 0.25, True),
        ("/fx/3/shader", "moss", True),
        ("/lfo/1/rate", 0.125, True),
        ("/engine/fps_cap", 30.0, True),
        ("/transport/bpm", 99.0, True),
        ("/mix/crossfade", 0.5, False),
        ("/deck/a/psi", 2.0, False),
        ("/stage/fit", 1, False),
    ],
)
def test_only_what_moves_effects_matters(bay: Bay, address: str, value: Value, matters: bool) -> None:
    notice = Notice()
    assert notice.differs(bay.snapshot())
    assert not notice.differs(bay.snapshot())
    assert not bay.write([(address, value)], HAND).refused
    assert notice.differs(bay.snapshot()) is matters
    assert not notice.differs(bay.snapshot())


def test_readouts_wake_nobody_and_new_guests_do(bay: Bay) -> None:
    notice = Notice()
    notice.differs(bay.snapshot())
    assert not bay.write([("/fx/ms", 3.5), ("/engine/fps", 60.0)], ENGINE).refused
    assert not notice.differs(bay.snapshot())
    bay.exchange([ControlSpec("/fx/1/size", Kind.FLOAT, 0.5, local=True)])
    assert notice.differs(bay.snapshot())
    assert not bay.write([("/fx/1/size", 0.75)], HAND).refused
    assert notice.differs(bay.snapshot())
