"""Tables that people hand in (CSV, xlsx): opened as untrusted input, headers understood, faults in words.

Knows no table of its own: a room states its columns (`headers.Table`) and reads the cells of each.
"""
