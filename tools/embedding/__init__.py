"""The embedder: from pretrained weights to an ONNX graph, its whitening and tuning, and vectors of whole galleries."""
