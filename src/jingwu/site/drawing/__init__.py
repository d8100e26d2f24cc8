"""Geometry of the small drawings that the server makes itself: numbers in, SVG coordinates out."""
