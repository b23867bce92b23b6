"""What the tooltip of a control says. Words only, on the GUI thread."""

from __future__ import annotations

import html

from latentjockey.control.spec import Kind
from latentjockey.ui import wording
from latentjockey.ui.modulating import moved_text
from latentjockey.ui.playing import Playing


def control_tip(control: Playing) -> str:
    """What a tooltip says of one number."""
    spec = control.spec
    if spec is None:
        return f"{html.escape(control.address)}: this model has no such control; its value waits."
    holder = control.binder.holder(control.address)
    ranged = spec.kind not in (Kind.CHOICE, Kind.BOOL) and not spec.textual
    lines = [
        f"<b>{html.escape(control.address)}</b>&nbsp;&nbsp;"
        + "&nbsp;&nbsp;".join(html.escape(part) for part in (control.element, control.text) if part),
        "<b>move a knob</b>: it will play this" if control.armed else "",
        html.escape(spec.help),
        " · ".join(
            ([f"range {wording.range_text(control.lo, control.hi)}"] if ranged else [])
            + ([html.escape(wording.held_text(holder))] if holder else [])
        ),
    ]
    if control.effective is not None and control.effective != control.value:
        lines.append(f"modulated to {wording.value_text(spec, control.effective)}")
    moved = moved_text(control.binder, control.address)
    if moved:
        lines.append(f"{html.escape(moved)}: middle-drag changes how far")
    if control.waiting is not None:
        lines.append(f"the knob waits at {wording.value_text(spec, control.waiting)}: turn it to here to take over")
    if control.loop is not None:
        lines.append(("recording" if control.loop[2] else "loops over") + f" {wording.beats_text(control.loop[1])}")
    return "<br>".join(line for line in lines if line)
