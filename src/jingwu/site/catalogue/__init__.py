"""The English catalogue: one per room, extracted, checked and compiled in pure Python.

``python -m jingwu.site.catalogue check | update | compile`` (docs/decisions/catalogue.md).
"""
