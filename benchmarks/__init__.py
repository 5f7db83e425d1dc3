"""How fast the algorithms are, beside PyTorch and onnx.reference: `python -m benchmarks.layers`."""
