"""What stands in the slots while shaders compile, fail, hang and are tried again."""

from __future__ import annotations

from dataclasses import replace

from latentjockey.frames.chain import Chain, ChainInput, ChainProgram
from latentjockey.host.chain_slots import ChainSlots
from latentjockey.link.effects_messages import Put, ToEffects

ONE, TWO = ChainProgram(1, "one", "source 1"), ChainProgram(2, "two", "source 2", "vertex", "/folder")
OTHER = replace(ONE, name="other", source="source 3")


class Process:
    """Answers what it is asked when told to."""

    def __init__(self, slots: ChainSlots) -> None:
        self._slots = slots
        self.asked: list[Put] = []

    def ask(self, message: ToEffects, what: str, allowed_s: float) -> None:
        assert isinstance(message, Put)
        assert allowed_s > 0
        assert "compiling" in what
        self.asked.append(message)

    def compile(self, refuse: tuple[str, ...] = ()) -> list[str]:
        self._slots.put_missing(self.ask)
        done, self.asked = self.asked, []
        for put in done:
            if put.source in refuse:
                self._slots.refused(put.ident, "It is no shader.", 3)
            else:
                self._slots.compiled(put.ident)
        return [put.source for put in done]


def state(slots: ChainSlots, slot: int) -> str:
    return slots.statuses(0.0)[slot - 1].state


def test_what_is_put_in_is_compiled_once() -> None:
    slots = ChainSlots()
    process = Process(slots)
    assert not slots.wanted
    assert slots.use(Chain((ONE, TWO))) == []
    assert slots.wanted
    assert [state(slots, n) for n in (1, 2, 3)] == ["loading", "loading", "empty"]
    assert slots.programs() == ()
    slots.put_missing(process.ask)
    slots.put_missing(process.ask)
    assert slots.compiling_now() == 1
    assert [(p.slot, p.source, p.vertex, p.folder) for p in process.asked] == [
        (1, "source 1", None, None),
        (2, "source 2", "vertex", "/folder"),
    ]
    slots.compiled(process.asked[0].ident)
    assert slots.compiling_now() == 2
    slots.compiled(process.asked[1].ident)
    assert slots.programs() == (ONE, TWO)
    assert slots.use(Chain((TWO,))) == [1]
    assert slots.programs() == (TWO,)


def test_what_does_not_compile_leaves_the_last_good_one_also_in_the_next_process() -> None:
    slots = ChainSlots()
    process = Process(slots)
    slots.use(Chain((ONE,)))
    process.compile()
    slots.use(Chain((OTHER,)))
    assert process.compile(refuse=("source 3",)) == ["source 3"]
    found = slots.statuses(0.0)[0]
    assert (found.state, found.error, found.line) == ("failed", "It is no shader.", 3)
    assert slots.programs() == (ONE,)
    slots.lost()
    assert slots.programs() == ()
    assert process.compile() == ["source 1"]
    assert slots.programs() == (ONE,)
    assert state(slots, 1) == "failed", "what is wanted is still wrong"
    slots.use(Chain((ONE,)))
    assert process.compile() == []
    assert state(slots, 1) == "playing"


def test_other_addresses_of_the_inputs_need_no_compiling() -> None:
    slots = ChainSlots()
    process = Process(slots)
    slots.use(Chain((ONE,)))
    process.compile()
    named = replace(ONE, inputs=(ChainInput("a", "a", "event"),))
    slots.use(Chain((named,)))
    assert process.compile() == []
    assert slots.programs() == (named,)


def test_an_answer_about_what_is_not_wanted_any_more_changes_nothing() -> None:
    slots = ChainSlots()
    process = Process(slots)
    slots.use(Chain((ONE,)))
    slots.put_missing(process.ask)
    slots.use(Chain((OTHER,)))
    assert slots.refused(process.asked[0].ident, "It is no shader.", None) is None
    process.asked = []
    assert process.compile() == ["source 3"]
    slots.use(Chain(()))
    assert slots.programs() == ()


def test_what_was_taken_out_while_it_compiled_is_compiled_anew() -> None:
    slots = ChainSlots()
    process = Process(slots)
    slots.use(Chain((ONE,)))
    slots.put_missing(process.ask)
    assert slots.use(Chain(())) == [1]
    slots.use(Chain((ONE,)))
    slots.put_missing(process.ask)
    first, second = process.asked
    slots.compiled(first.ident)
    assert slots.programs() == (), "the process has taken that one out since"
    slots.compiled(second.ident)
    assert slots.programs() == (ONE,)


def test_what_is_left_out_comes_back_when_it_was_off_and_on_or_is_another() -> None:
    slots = ChainSlots()
    process = Process(slots)
    slots.use(Chain((ONE, TWO)))
    process.compile()
    slots.lost()
    slots.bypass([1], "It hung.")
    assert process.compile() == ["source 2"]
    assert slots.programs() == (TWO,)
    assert slots.statuses(0.0)[0].error == "It hung."
    assert not slots.retry(lambda n: True, ())
    assert not slots.retry(lambda n: False, ())
    assert slots.retry(lambda n: True, ())
    assert process.compile() == ["source 1"]
    slots.bypass([1], "It hung.")
    assert slots.retry(lambda n: True, {1}), "off for a moment is enough"
    slots.bypass([1, 2], "Both hung.")
    assert not slots.wanted
    slots.use(Chain((OTHER, TWO)))
    assert slots.wanted
    assert process.compile() == ["source 3"]
    assert state(slots, 2) == "bypassed"
