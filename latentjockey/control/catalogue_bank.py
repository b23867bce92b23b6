"""The controls of the bank: the models that are kept at hand, and the ways to step through them. Data."""

from __future__ import annotations

from latentjockey.control.spec import ControlSpec, Kind


def bank_controls() -> list[ControlSpec]:
    return [
        ControlSpec("/bank", Kind.TEXT, "", local=True, saved=False, label="bank",
                    help="The models that are kept at hand, by name, in order, with commas between; kept between "
                    "sessions. Where there are none, next and previous lead to the model that played before."),
        ControlSpec("/bank/next", Kind.TRIGGER, local=True, saved=False, label="next model",
                    help="Play the next model of the bank. Each press counts, also while one is coming."),
        ControlSpec("/bank/previous", Kind.TRIGGER, local=True, saved=False, label="previous model",
                    help="Play the model before in the bank."),
        ControlSpec("/bank/slot", Kind.INT, 0, 0, 8, local=True, saved=False, label="model",
                    help="Which model of the bank plays, from 1 on; beyond the last it begins again. 0: none of them."),
        ControlSpec("/bank/mb", Kind.INT, 0, 0, 65536, guard=(0.0, None), unit="MiB", local=True, saved=False,
                    label="memory",
                    help="How much memory models at hand may take in both engines together; what plays may take more. "
                    "0: a quarter of what was free."),
        ControlSpec("/bank/ready", Kind.READOUT, "", saved=False, local=True,
                    help="The models to which a switch is instant."),
        ControlSpec("/bank/loading", Kind.READOUT, "", saved=False, local=True,
                    help="The model of the bank that is being loaded beside the show."),
        ControlSpec("/bank/used_mb", Kind.READOUT, 0.0, unit="MiB", saved=False, local=True,
                    help="The memory that the models at hand take, in the engine that stands by."),
    ]  # fmt: skip
