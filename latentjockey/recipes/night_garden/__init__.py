"""Night garden: luminous forms on black, drawn by the project's own code. Nobody else's work is in them."""
