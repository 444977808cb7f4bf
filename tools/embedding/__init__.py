"""The embedder's making: VGG16 weights in, an ONNX graph from crops to vectors out."""
