"""Staffing: from needs, people and rules to posts, named assignments, groups and moves. Pure; no clock,
no file."""
