"""What people do: duty modules, states of a day, crews."""

from __future__ import annotations

from enum import StrEnum


class DutyModule(StrEnum):
    """四大模块 (reference 3.01)."""

    SECURITY = "security"  # 治安防控
    SERVICE = "service"  # 服务管理
    MEDIATION = "mediation"  # 矛盾调解
    DIGITAL = "digital"  # 智慧警务


class DutyState(StrEnum):
    """What a person's day or shift is."""

    ON_DUTY = "on_duty"  # 值班
    STANDBY = "standby"  # 备勤
    REST = "rest"  # 休
    LEAVE = "leave"  # 假
    TRAINING = "training"  # 训


class Severity(StrEnum):
    """How binding a rule is: law is never overridden, a norm needs a reason, a goal only scores."""

    LAW = "law"
    NORM = "norm"
    GOAL = "goal"
