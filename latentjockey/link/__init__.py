"""What crosses the border between the show process and the engine process: snapshot block, frame ring, messages.

Values and pictures go through shared memory, small ordered messages through the engine's standard input and output.
No lock is shared: a killed process must not leave one held.
"""
