"""Artists' shader files (ISF): header, translation to GLSL 330 core, and the chain that draws them.

``fault``, ``sloppy_json``, ``expression``, ``header`` and ``glsl`` are pure; the others need OpenGL and belong to the
thread on which their context is current.
"""
