"""Figures of the models and of the whole service, measured on the user's photos."""
