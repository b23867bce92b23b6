"""Graphs in ONNX files, played by onnxruntime. The only importer of it."""
