"""Stapsteen: scripted conversations with voice and pictures for mothers who read little and speak many languages."""

__version__ = "0.1.0"
