"""``python -m latentjockey``: the same as the command ``latentjockey``."""

import sys

from latentjockey.cli import main

sys.exit(main())
