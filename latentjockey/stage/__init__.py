"""The stage: pictures drawn by OpenGL. Knows neither Qt nor the bay, so that it can be a process of its own."""
