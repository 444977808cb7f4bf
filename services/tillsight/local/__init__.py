"""The real Triton and Milvus, started from wheels on one machine."""
