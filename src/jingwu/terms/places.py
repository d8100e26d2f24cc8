"""Offices as places: how they are connected, which zones they have."""

from __future__ import annotations

from enum import StrEnum


class ConnectionStatus(StrEnum):
    """How far an office is connected to the provincial platform (reference 9.03)."""

    NONE = "none"  # 未接入
    TESTING = "testing"  # 联调中
    CONNECTED = "connected"  # 已接入
    INTERRUPTED = "interrupted"  # 中断


class ZoneKind(StrEnum):
    """Functional zones of a 1+N complex (reference 9.05)."""

    RECEPTION = "reception"  # 接待
    MEDIATION = "mediation"  # 调解室
    ANTI_FRAUD = "anti_fraud"  # 反诈角
    EQUIPMENT = "equipment"  # 装备
    TRAINING = "training"  # 培训
    VOLUNTEER = "volunteer"  # 志愿者之家
