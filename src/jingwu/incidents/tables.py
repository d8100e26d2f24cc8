# catalogue: data - both languages stand side by side, or the words are what people type
"""Literal tables that hold Chinese as data: check lists, names of columns, words of danger."""

from __future__ import annotations

# what the crew of a case of domestic violence has to see to (反家庭暴力法 §15–17): code, Chinese, English
DV_POINTS: tuple[tuple[str, str, str], ...] = (
    ("separated", "双方已分开问询", "the parties were heard apart"),
    ("injury", "已查看伤情并告知就医、鉴定", "injuries were looked at; told of treatment and assessment"),
    ("children", "已了解有无未成年人在场", "asked whether children were present"),
    ("risk", "已评估再次发生的危险", "the danger of repetition was judged"),
    ("evidence", "已固定证据(照片、录音录像编号)", "evidence was kept (references of recordings)"),
    ("warning_letter", "已决定是否出具告诫书并送达居委会", "a warning letter was decided on and served"),
    ("protection_order", "已告知人身安全保护令和庇护场所", "told of protection orders and shelters"),
    ("visit", "已安排与居委会共同查访", "a visit with the residents' committee is arranged"),
)

# words that mean a life may be in danger now: such a caller is told to dial 110 at once
EMERGENCY_WORDS: tuple[str, ...] = (
    "杀人", "救命", "持刀", "砍人", "枪", "爆炸", "起火", "着火", "失火", "火灾", "煤气泄漏", "燃气泄漏",
    "自杀", "跳楼", "跳河", "溺水", "落水", "绑架", "抢劫", "强奸", "昏迷", "流血", "中毒", "触电",
    "孩子不见", "小孩走失", "正在打", "打死",
    "help", "fire", "gun", "knife", "suicide", "kill", "bleeding", "drown",
)  # fmt: skip

# steps of the trail that are no transition: Chinese, English
TRAIL_VERBS = {
    "register": ("接警登记", "registered"), "leave": ("离开现场", "left the scene"),
    "check_in": ("报平安", "checked in"), "check_in_missed": ("未按时报平安", "missed a check-in"),
    "escalate": ("逾期升级", "escalated"), "pause": ("暂停计时", "clocks paused"),
    "resume_clocks": ("恢复计时", "clocks resumed"), "change_priority": ("改级", "priority changed"),
    "amend": ("补充修改", "amended"), "record_answer": ("回访记录", "answer recorded"),
    "call_back": ("核查回访", "called back"),
    "dv_checklist": ("家暴核对清单", "check list of domestic violence"),
    "ask_cancel": ("申请撤销", "cancellation asked for"),
    "cancel_turned_down": ("撤销未获批准", "cancellation turned down"),
    "merged_in": ("并入一起", "another merged in"), "draft_feedback": ("反馈草稿", "feedback drafted"),
    "correct_time": ("更正时间", "time corrected"),
    "mark_dv": ("标记为家庭暴力", "marked as domestic violence"),
    "unmark_dv": ("取消家暴标记", "mark of domestic violence taken away"),
    "answer_anew": ("重新回访", "asked anew"),
    "import": ("导入", "imported"), "issue_link": ("发出评价链接", "rating link handed out"),
    "scene_record": ("现场记录", "scene recorded"), "settle": ("裁定两个版本", "two versions settled"),
    "withdraw": ("撤销导入", "import withdrawn"),
}  # fmt: skip
