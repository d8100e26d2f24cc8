"""What the intake desk asks for by category: a first line to complete, and points not to forget."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jingwu.incidents.tables import EMERGENCY_WORDS


@dataclass(frozen=True)
class IntakeGuide:
    """A template of the text and the questions of one category."""

    category: str
    text: str | Promise
    points: tuple[str | Promise, ...]


GUIDES: tuple[IntakeGuide, ...] = (
    IntakeGuide(
        "crime",
        _("何时何地,何人被……,嫌疑人特征与去向:"),
        (_("嫌疑人是否仍在现场"), _("有无人员受伤"), _("有无凶器")),
    ),
    IntakeGuide(
        "public_order", _("何人在何处……,现场人数:"), (_("冲突是否仍在进行"), _("有无人员受伤"), _("有无凶器"))
    ),
    IntakeGuide(
        "dispute",
        _("双方关系,因何事发生纠纷,现状:"),
        (_("是否动手、有无升级可能"), _("是否家庭成员之间"), _("是否曾经报警")),
    ),
    IntakeGuide(
        "help",
        _("何人因何需要帮助,联系方式:"),
        (_("是否老人、儿童或病人走失"), _("体貌与最后出现时间"), _("有无生命危险")),
    ),
    IntakeGuide("traffic", _("车辆与位置,有无受伤,是否堵路:"), (_("有无人员受伤"), _("是否涉及危险品"))),
    IntakeGuide("fire_disaster", _("起火或险情位置,有无被困:"), (_("有无人员被困"), _("是否已通知 119"))),
    IntakeGuide("mass_incident", _("人数、诉求、现场秩序:"), (_("大致人数"), _("有无过激行为"))),
    IntakeGuide(
        "fraud", _("何时通过何种方式被骗,金额,收款账户:"), (_("转账是否在 24 小时内"), _("是否已冻结账户"))
    ),
    IntakeGuide("clue", _("线索内容:"), (_("是否要求保密"),)),
    IntakeGuide("complaint_police", _("投诉事项与当事单位:"), (_("发生时间与地点"),)),
    IntakeGuide("non_police", _("诉求内容:"), (_("是否可转 12345"),)),
    IntakeGuide("consult", _("咨询事项:"), ()),
)


def emergency_words_in(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` that ask for 110 at once."""
    folded = text.casefold()
    return tuple(word for word in EMERGENCY_WORDS if word in folded)
