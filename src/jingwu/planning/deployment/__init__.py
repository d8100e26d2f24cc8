"""Deployment: who stands where when, tried out, confirmed, drawn; composed of engines, no database."""

from jingwu.planning.deployment.answer import Answer, Confirmation, confirm, quick_answer
from jingwu.planning.deployment.crews import changed_crews, check_crews, hours_in_words, load_by_hour
from jingwu.planning.deployment.scene import Scene, scene_of

__all__ = [
    "Answer",
    "Confirmation",
    "Scene",
    "changed_crews",
    "check_crews",
    "confirm",
    "hours_in_words",
    "load_by_hour",
    "quick_answer",
    "scene_of",
]
