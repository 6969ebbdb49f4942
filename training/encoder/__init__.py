"""Tunes the sentence encoder on our own examples and writes it as one ONNX file: `python -m training.encoder`."""
