"""The training page: a form before, how it goes while it runs, what came of it after. GUI thread only, and no disk.

Looks at the job a few times a second while it is in sight.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget

from latentjockey.jobs.account import Report
from latentjockey.ui import theme, train_words
from latentjockey.ui.actions import Jobs, Models
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import Button
from latentjockey.ui.entry_fields import Prose, TextEntry
from latentjockey.ui.painted import Column, Painted, Row, fill, write
from latentjockey.ui.train_form import TrainForm
from latentjockey.ui.train_losses import Losses
from latentjockey.ui.train_sheet import Sheet
from latentjockey.ui.train_words import minutes_text, parsed_minutes, stepped_minutes

_LOOK_MS = 250
_MORE_MINUTES = 30.0
_LIVE = ("starting", "running", "stopping")


class Head(Painted):
    """The name of what is trained, a dot that says whether it lives, and what it does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = self.words = ""
        self._lives = self._failed = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_report(self, report: Report) -> None:
        now = (report.name, train_words.heading(report), report.state in _LIVE, report.state == "failed")
        if now != (self.name, self.words, self._lives, self._failed):
            self.name, self.words, self._lives, self._failed = now
            self.setAccessibleName(f"{self.name}: {self.words}")
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(240), theme.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        side = theme.px(8)
        ink = theme.WARNING if self._failed else theme.TEXT
        dot = QRectF(theme.px(3), (self.height() - side) / 2, side, side)
        if self._lives:
            fill(painter, dot, ink, side / 2)
        else:
            painter.setPen(QPen(ink, 1.5 * theme.scale()))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(dot)
        left = theme.px(19)
        box = QRectF(left, 0, self.width() - left, self.height())
        write(painter, box, self.name, theme.TEXT, 14, theme.SEMIBOLD)
        box.setLeft(left + min(theme.text_width(self.name, 14, theme.SEMIBOLD), box.width() * 0.6) + theme.px(9))
        write(painter, box, self.words, theme.WARNING if self._failed else theme.QUIET, 12.5)


class Running(Painted):
    """A training in words, with what can be done about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = Head()
        self.outlook = Prose(size=13)
        self.numbers, self.saved, self.notice = Prose(), Prose(), Prose()
        self.stop = Button("stop")
        self.play = Button("play it", outlined=True)
        self.resume = Button("resume")
        self.minutes = TextEntry(
            "for", text=minutes_text(_MORE_MINUTES), accept=lambda text: minutes_text(parsed_minutes(text)),
            nudge=stepped_minutes,
        )  # fmt: skip
        self.new = Button("train another")
        self._column = column = Column(gap=2)
        self.setLayout(column)
        column.addWidget(self.head)
        column.addWidget(self.outlook, 2)
        for line in (self.numbers, self.saved, self.notice):
            column.addWidget(line, 2)
        row = Row((0, 4, 0, 0), 6)
        for widget in (self.play, self.stop, self.resume, self.minutes, self.new):
            row.addWidget(widget)
        row.addStretch(1)
        column.addLayout(row)

    def show_report(self, report: Report, asked: bool, plays: bool, newer: bool = False) -> None:
        """``asked`` says whether it was told to stop, ``plays`` whether its model is the one that plays, ``newer``
        whether that was saved anew since it was loaded."""
        failed = report.state == "failed"
        self.head.show_report(report)
        self.outlook.say(train_words.outlook(report), warning=failed, loud=True)
        self._column.setStretchFactor(self.outlook, 7 if failed else 2)  # an obituary takes several lines
        self.numbers.say(train_words.numbers(report))
        self.saved.say("" if failed else train_words.saved(report))  # the obituary says it
        newest = report.notices[-1] if report.notices and not failed else ""
        self.notice.say(newest or ("" if report.over else train_words.SHARED))
        for line in (self.numbers, self.saved, self.notice):
            line.setVisible(bool(line.text))
        self.stop.setVisible(not report.over)
        self._say(self.stop, "end it now" if asked else "stop")
        self.stop.tip = (
            "without saving anew" if asked else "saves and writes the model first; resume goes on from there"
        )
        self.play.setVisible(bool(report.model))
        self._say(self.play, "play the newer" if newer else "play it" if report.over else "play it so far")
        self.play.lit = plays and not newer
        kept = report.over and report.saved is not None
        for widget in (self.resume, self.minutes):
            widget.setVisible(kept)
        self.new.setVisible(report.over)

    def _say(self, button: Button, text: str) -> None:
        if button.text != text:
            button.text = text
            button.setAccessibleName(text)
            button.updateGeometry()
            button.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(360), theme.px(150))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(250), theme.px(120))


class TrainTab(Painted):
    """``jobs`` is what trains, ``models`` the library with what may be begun from."""

    def __init__(self, binder: Binder, jobs: Jobs, models: Models | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder, self._jobs, self._models = binder, jobs, models
        self._seen: Report | None = None
        self._plotted: tuple[str, int] = ("", -1)
        self._asked = False
        self.form = TrainForm(jobs, models)
        self.running = Running()
        self.place = Losses()
        self.sheet = Sheet()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.form)
        self._stack.addWidget(self._page())
        self.form.began.connect(self._begun)
        self.running.stop.pressed.connect(self._stop)
        self.running.play.pressed.connect(self._play)
        self.running.resume.pressed.connect(self._resume)
        self.running.new.pressed.connect(self._another)
        self._dismissed: Report | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.refresh)

    def _page(self) -> QWidget:
        page = Painted()
        row = Row((12, 6, 12, 8), 16)
        page.setLayout(row)
        row.addWidget(self.running, 10)
        row.addWidget(self.place, 12)
        row.addWidget(self.sheet, 12)
        return page

    # -- looking ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is known now."""
        report = self._jobs.report()
        if report is None or report is self._dismissed:
            self._stack.setCurrentIndex(0)
            self.form.refresh()
            return
        self._stack.setCurrentIndex(1)
        self._show(report)

    def _show(self, report: Report) -> None:
        plays = self._plays(report)
        if plays and self._models is not None:
            self._models.look()
        newer = plays and self._models is not None and self._models.newer()
        self.running.show_report(report, self._asked or report.state == "stopping", plays, newer)
        if report is not self._seen:
            self._seen = report
            words = "samples come after a few minutes" if not report.over else "no samples were made"
            sheet = report.sheet
            self.sheet.show_file(sheet.path if sheet else "", sheet.images if sheet else 0, words)
        self.place.empty = "no losses were told" if report.over else "losses come with the first steps"
        self.place.load()
        images = report.progress.images if report.progress is not None else 0
        if self.place.plot is not None and self._plotted != (report.name, images):
            self._plotted = (report.name, images)
            self.place.show_curves(self._jobs.curves())

    # -- hands ------------------------------------------------------------------------------------------------------

    def _begun(self) -> None:
        self._asked, self._plotted = False, ("", -1)
        self.refresh()

    def _stop(self) -> None:
        if self._asked:
            self._jobs.end_now()
        else:
            self._asked = True
            self._jobs.stop()
        self.refresh()

    def _play(self) -> None:
        report = self._jobs.report()
        if report is None or not report.model:
            return
        if self._models is not None and self._models.newer() and self._plays(report):
            self._binder.press("/model/reload")
        else:
            self._binder.write("/model", report.model)

    def _plays(self, report: Report) -> bool:
        return bool(report.model) and str(self._binder.bay.value("/model")) == report.model

    def _resume(self) -> None:
        report = self._jobs.report()
        run = report.started.run if report is not None and report.started is not None else ""
        found = next((r for r in self._jobs.runs() if str(r.folder) == run), None)
        if found is None:
            self.running.saved.say("What it saved is looked for: press again in a moment.")
            self._jobs.look_for_runs()
        elif not self._jobs.resume(found, parsed_minutes(self.running.minutes.text)):
            self._begun()

    def _another(self) -> None:
        self._dismissed = self._jobs.report()
        self._jobs.look_for_runs()
        self.refresh()

    # -- in sight ---------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(900), theme.px(190))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(640), theme.px(120))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._jobs.look_for_runs()
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)
