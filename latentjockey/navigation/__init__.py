"""Positions in latent space and ways of moving between them: pure functions of state and time, numpy only.

Nothing here reads a clock, a file or a control. Vectors come in and go out as float32 and are computed in
float64. Any finite number is allowed anywhere; what leaves is finite. Safe on every thread.
"""
