"""Decoding, letterbox, crops and contours. Pure: no servers, no settings, no clocks."""
