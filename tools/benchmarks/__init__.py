"""Figures of the running service, on real servers of this machine."""
