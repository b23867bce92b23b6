"""Which output shows where: displays come, go and change places, and the stage is never thrown over the surface."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from latentjockey.ui.displays import Display, Displays, Plan, Spot, Wish, synchronised, unique_names

OWN = Display("eDP-1", 0, 0, 1440, 900, 2.0, 60.0)
HALL = Display("HDMI-1", 1440, 0, 1920, 1080, 1.0, 59.94)
WALL = Display("DP-2", 3360, 0, 1280, 720, 1.0, 50.0)
ANY = {1: Wish(True)}


def where(plan: Plan) -> dict[int, str]:
    return {n: spot.display for n, spot in plan.spots.items() if spot.display}


def test_no_wish_is_the_first_display_that_is_not_the_surfaces() -> None:
    plan = Displays().decide([OWN, HALL, WALL], {1: Wish(True), 2: Wish(True), 3: Wish(), 4: Wish()}, "eDP-1")
    assert where(plan) == {1: "HDMI-1", 2: "DP-2"}
    assert plan.spots[1].words == "on HDMI-1 · 1920×1080 · 59.94 Hz"
    assert plan.spots[3] == Spot()
    assert plan.news == ()


def test_the_surface_is_covered_only_where_there_is_nothing_else() -> None:
    displays = Displays()
    plan = displays.decide([OWN], {1: Wish(True), 2: Wish(True)}, "eDP-1")
    assert where(plan) == {1: "eDP-1"}
    assert plan.spots[1].covers
    assert "held Esc leaves" in plan.spots[1].words
    assert plan.news == ("Output 2 waits: no display is free; plug one in or choose one by name.",)
    plugged = displays.decide([OWN, HALL], {1: Wish(True), 2: Wish()}, "eDP-1")
    assert where(plugged) == {1: "HDMI-1"}


def test_an_output_that_covers_the_surface_stays_while_no_other_display_is_free() -> None:
    displays = Displays()
    wishes = {1: Wish(True), 2: Wish(True, "HDMI-1")}
    displays.decide([OWN], wishes, "eDP-1")
    assert where(displays.decide([OWN, HALL], wishes, "eDP-1")) == {1: "eDP-1", 2: "HDMI-1"}


def test_a_cable_pulled_out_hides_the_output_and_plugged_in_again_brings_it_back() -> None:
    displays = Displays()
    displays.decide([OWN, HALL], ANY, "eDP-1")
    gone = displays.decide([OWN], ANY, "eDP-1")
    assert where(gone) == {}
    assert gone.news == ("The display HDMI-1 went away: output 1 is hidden and returns with it.",)
    assert gone.spots[1].words == "waits for HDMI-1, which is not here"
    assert displays.decide([OWN], ANY, "eDP-1").news == ()
    back = displays.decide([OWN, HALL], ANY, "eDP-1")
    assert where(back) == {1: "HDMI-1"}
    assert back.news == ("Output 1 shows on HDMI-1 again.",)


def test_without_a_wish_another_free_display_will_do() -> None:
    displays = Displays()
    displays.decide([OWN, HALL], ANY, "eDP-1")
    displays.decide([OWN], ANY, "eDP-1")
    plan = displays.decide([OWN, WALL], ANY, "eDP-1")
    assert where(plan) == {1: "DP-2"}
    assert plan.news == ("Output 1 shows on DP-2.",)


def test_a_display_wished_for_by_name_is_that_one_or_none() -> None:
    displays = Displays()
    wishes = {1: Wish(True, "HDMI-1")}
    plan = displays.decide([OWN, WALL], wishes, "eDP-1")
    assert where(plan) == {}
    assert "there is no display HDMI-1 now" in plan.news[0]
    assert where(displays.decide([OWN, WALL, HALL], wishes, "eDP-1")) == {1: "HDMI-1"}
    assert where(displays.decide([OWN, WALL, HALL], {1: Wish(True, "eDP-1")}, "eDP-1")) == {1: "eDP-1"}


def test_who_shows_is_not_pushed_off_its_display() -> None:
    displays = Displays()
    displays.decide([OWN, HALL], {1: Wish(), 2: Wish(True)}, "eDP-1")
    plan = displays.decide([OWN, HALL], {1: Wish(True, "HDMI-1"), 2: Wish(True)}, "eDP-1")
    assert where(plan) == {2: "HDMI-1"}
    assert plan.spots[1].words == "waits: output 2 has HDMI-1"
    assert "output 2 has the display HDMI-1" in plan.news[0]
    off = displays.decide([OWN, HALL], {1: Wish(True, "HDMI-1"), 2: Wish()}, "eDP-1")
    assert where(off) == {1: "HDMI-1"}


def test_a_wish_that_changes_moves_the_output_and_taking_it_back_leaves_it_there() -> None:
    displays = Displays()
    displays.decide([OWN, HALL, WALL], ANY, "eDP-1")
    assert where(displays.decide([OWN, HALL, WALL], {1: Wish(True, "DP-2")}, "eDP-1")) == {1: "DP-2"}
    assert where(displays.decide([OWN, HALL, WALL], ANY, "eDP-1")) == {1: "DP-2"}


def test_the_projector_stays_the_projector_when_the_surfaces_own_display_goes() -> None:
    displays = Displays()
    displays.decide([OWN, HALL], ANY, "eDP-1")
    covered = displays.decide([HALL], ANY, "HDMI-1")
    assert where(covered) == {1: "HDMI-1"}
    assert covered.spots[1].covers
    assert where(displays.decide([OWN, HALL], ANY, "HDMI-1")) == {1: "HDMI-1"}


def test_switched_off_and_on_again_starts_afresh() -> None:
    displays = Displays()
    displays.decide([OWN, HALL], ANY, "eDP-1")
    displays.decide([OWN], {1: Wish()}, "eDP-1")
    assert where(displays.decide([OWN], ANY, "eDP-1")) == {1: "eDP-1"}


STEPS = st.lists(
    st.tuples(
        st.sets(st.sampled_from([OWN, HALL, WALL])),
        st.dictionaries(st.integers(1, 4), st.builds(Wish, st.booleans(), st.sampled_from(["", "HDMI-1", "eDP-1"]))),
    ),
    max_size=8,
)


@given(STEPS)
def test_whatever_happens_no_two_share_a_display_and_none_shows_where_there_is_none(
    steps: list[tuple[set[Display], dict[int, Wish]]],
) -> None:
    displays = Displays()
    for present, wishes in steps:
        ordered = sorted(present, key=lambda d: d.x)
        whole = {n: wishes.get(n, Wish()) for n in (1, 2, 3, 4)}
        shown = where(displays.decide(ordered, whole, "eDP-1"))
        assert len(set(shown.values())) == len(shown)
        assert set(shown.values()) <= {d.name for d in ordered}
        assert all(whole[n].on and whole[n].display in ("", name) for n, name in shown.items())
        again = displays.decide(ordered, whole, "eDP-1")
        assert where(again) == shown
        assert again.news == ()


@given(st.lists(st.sampled_from(["DELL", "", "DELL (2)", "LG"]), max_size=6))
def test_displays_of_one_name_are_told_apart(names: list[str]) -> None:
    unique = unique_names(names)
    assert len(set(unique)) == len(names)
    assert all(unique)


def test_only_the_first_output_that_can_waits_for_its_display() -> None:
    spots = {1: Spot(), 2: Spot("HDMI-1"), 3: Spot("DP-2")}
    assert synchronised(spots, {2, 3}) == 2
    assert synchronised(spots, {3}) == 3
    assert synchronised(spots, ()) == 0
    assert synchronised({1: Spot()}, {1}) == 0
