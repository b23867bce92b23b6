"""The tabs of the studio: which there are, and how each is made when it is first shown. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from latentjockey.ui.tabs import Page

if TYPE_CHECKING:
    from latentjockey.ui.window import MainWindow


class Pages:
    """Makes the pages of ``window``. What a page needs is imported when it is shown: the first paint waits for none."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def all(self) -> tuple[Page, ...]:
        """In the order of the tabs. Pages that the application gives nothing for are left out."""
        actions = self._window.asks
        presets = (Page("presets", self._presets),) if actions.shelf is not None else ()
        mappings = (Page("mappings", self._mappings, _look),) if actions.mappings is not None else ()
        shaders = (Page("shaders", self._shaders),) if actions.shaders is not None else ()
        train = (Page("train", self._train),) if actions.jobs is not None else ()
        clips = (Page("clips", self._clips),) if actions.clips is not None and actions.models is not None else ()
        return (
            *presets,
            *shaders,
            Page("break", self._break),
            Page("modulation", self._modulation),
            Page("model", self._model),
            Page("input", self._input),
            *clips,
            Page("pads", self._pads),
            Page("more", self._more),
            *train,
            *mappings,
            Page("outputs", self._outputs),
            Page("messages", self._messages, _look),
            Page("plots", self._plots),
            Page("help", self._help),
        )

    def name_a_preset(self) -> None:
        """Open the line in which a new preset is named."""
        from latentjockey.ui.preset_browser import PresetBrowser

        page = self._window.studio.tabs.page("presets")
        if isinstance(page, PresetBrowser):
            page.name.begin_typing()

    def _presets(self) -> QWidget:
        from latentjockey.ui.preset_browser import PresetBrowser

        window = self._window
        assert window.asks.shelf is not None
        return PresetBrowser(window.binder, window.asks.shelf, window.thumbnails)

    def _shaders(self) -> QWidget:
        from latentjockey.ui.shaders_tab import ShadersTab

        assert self._window.asks.shaders is not None
        return ShadersTab(self._window.binder, self._window.asks.shaders)

    def _break(self) -> QWidget:
        from latentjockey.ui.break_tab import BreakTab

        return BreakTab(self._window.binder)

    def _modulation(self) -> QWidget:
        from latentjockey.ui.modulation_tab import ModulationTab

        window = self._window
        return ModulationTab(window.binder, window.effective, window.asks.sound, window.clock)

    def _model(self) -> QWidget:
        from latentjockey.ui.controls_tab import MODEL, ControlsTab
        from latentjockey.ui.model_tab import ModelTab

        window = self._window
        if window.asks.models is None:
            return ControlsTab(window.binder, MODEL)
        return ModelTab(window.binder, window.asks.models)

    def _input(self) -> QWidget:
        from latentjockey.ui.input_tab import InputTab

        return InputTab(self._window.binder, self._window.asks.inputs)

    def _pads(self) -> QWidget:
        from latentjockey.ui.pads_tab import PadsTab

        return PadsTab(self._window.binder)

    def _more(self) -> QWidget:
        from latentjockey.ui.controls_tab import MORE, ControlsTab

        return ControlsTab(self._window.binder, MORE)

    def _train(self) -> QWidget:
        from latentjockey.ui.train_tab import TrainTab

        window = self._window
        assert window.asks.jobs is not None
        return TrainTab(window.binder, window.asks.jobs, window.asks.models)

    def _clips(self) -> QWidget:
        from latentjockey.ui.clips_tab import ClipsTab

        window = self._window
        assert window.asks.clips is not None
        assert window.asks.models is not None
        return ClipsTab(window.binder, window.asks.clips, window.asks.models)

    def _mappings(self) -> QWidget:
        from latentjockey.ui.mappings_tab import MappingsTab

        window = self._window
        assert window.asks.mappings is not None
        return MappingsTab(window.asks.mappings, window.binder.bay)

    def _outputs(self) -> QWidget:
        from latentjockey.ui.outputs_tab import OutputsTab

        return OutputsTab(self._window.binder, self._window.outputs)

    def _messages(self) -> QWidget:
        from latentjockey.ui.messages_tab import MessagesTab

        window = self._window
        return MessagesTab(window.messages, window.binder.bay, window.clock)

    def _plots(self) -> QWidget:
        from latentjockey.ui.plots_tab import PlotsTab

        window = self._window
        bay = window.binder.bay
        return PlotsTab(window.asks.trace, window.watchdog.stalls, lambda: bay.number("/engine/fps_cap"))

    def _help(self) -> QWidget:
        from latentjockey.ui.help_tab import HelpTab

        return HelpTab(self._window.shortcuts, self._window.keep_shortcuts)


def _look(page: QWidget) -> None:
    from latentjockey.ui.mappings_tab import MappingsTab
    from latentjockey.ui.messages_tab import MessagesTab

    if isinstance(page, MappingsTab | MessagesTab):
        page.refresh()
