"""Generated from protos/tillsight/v1 by tools/generate_protos.py. Do not edit."""
