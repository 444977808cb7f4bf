"""Loose fruit and vegetables: outline, skin, light, and stalk or leaves."""
