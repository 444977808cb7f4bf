"""What the service needs of the world: Triton, Milvus, kept photos."""
