"""Runs the real Triton and Milvus from wheels on this machine, as supervised processes."""
