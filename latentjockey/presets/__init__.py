"""What is kept: presets, stills that know their position, the session's journal and its undo. No Qt, no threads."""
