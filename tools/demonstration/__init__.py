"""The demo: a small shop of the synthetic store, and its recognition on a local Triton and Milvus Lite."""
