"""The real Triton and Milvus from wheels, started and supervised on one machine."""
