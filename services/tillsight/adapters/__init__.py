"""Implementations of the ports: Triton, Milvus and the folder of kept photos."""
