"""NVIDIA's perf_analyzer, extracted from its wheel and run against Triton."""
