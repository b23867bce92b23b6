"""The process that makes clips: rendered by a video model, or converted from a film. torch; PyAV."""
