"""The demo district 云溪分局 of the fictional 青岚市, and synthetic districts of any size."""

from jingwu.planning.demo_district.generate import generate, synthetic, write

__all__ = ["generate", "synthetic", "write"]
