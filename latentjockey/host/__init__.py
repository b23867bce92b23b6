"""The show's side of the engine: starting it, watching it, keeping the stage alive without it. Never imports torch."""
