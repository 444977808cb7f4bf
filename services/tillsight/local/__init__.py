"""The real Triton and Milvus servers on one machine, started from Python wheels."""
