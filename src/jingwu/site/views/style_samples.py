"""Made-up facts for the style guide: plausible at a close look, the same on every machine."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from shapely import MultiPoint, Polygon, voronoi_polygons
from shapely.geometry import LineString, Point, mapping
from shapely.ops import unary_union

from jingwu.terms.refusal import BadInput, InputProblem, Refusal, WayOut

WEST, SOUTH, WIDE, HIGH = 104.02, 30.60, 0.24, 0.13
TINTS = ("spare", "even", "even", "even", "short-1", "short-1", "short-2", "short-3")


def sample_map() -> dict[str, object]:
    """Return map data of a district that does not exist: 24 offices, 96 beats, a river and two roads."""
    rng = random.Random(20261101)
    border = [
        (WEST + WIDE * (0.5 + r * 0.5 * math.cos(a)), SOUTH + HIGH * (0.5 + r * 0.5 * math.sin(a)))
        for a, r in ((math.tau * k / 36, rng.uniform(0.86, 1.0)) for k in range(36))
    ]
    outline = Polygon(border)
    sites: list[Point] = []
    while len(sites) < 24:
        point = Point(WEST + rng.random() * WIDE, SOUTH + rng.random() * HIGH)
        if outline.buffer(-0.008).contains(point) and all(point.distance(other) > 0.016 for other in sites):
            sites.append(point)
    seeds = [
        Point(site.x + rng.uniform(-0.009, 0.009), site.y + rng.uniform(-0.007, 0.007))
        for site in sites
        for _turn in range(4)
    ]
    cells = voronoi_polygons(MultiPoint(seeds), extend_to=outline.envelope.buffer(0.02))
    tints = [rng.choice(TINTS) for _site in sites]
    beats, areas = [], {}
    for number, cell in enumerate(cells.geoms, start=1):
        shape = cell.intersection(outline)
        if shape.is_empty:
            continue
        office = min(range(24), key=lambda place: sites[place].distance(cell.centroid))
        areas.setdefault(office, []).append(shape)
        facts = {
            "id": f"B{number:03d}",
            "label": _("警格 %(number)s") % {"number": number},
            "class": tints[office],
            "tip": [_("第 %(number)s 警务室") % {"number": office + 1}, _("缺 %(gap)s 岗") % {"gap": 1.4}],
            "url": "#map",
        }
        beats.append({"type": "Feature", "properties": facts, "geometry": mapping(shape)})
    river = LineString(
        [(WEST + WIDE * k / 12, SOUTH + HIGH * (0.62 - 0.3 * k / 12 + 0.05 * math.sin(k))) for k in range(13)]
    ).intersection(outline.buffer(-0.002))
    roads = [
        LineString([(WEST, SOUTH + HIGH * 0.3), (WEST + WIDE, SOUTH + HIGH * 0.75)]).intersection(outline),
        LineString([(WEST + WIDE * 0.35, SOUTH), (WEST + WIDE * 0.55, SOUTH + HIGH)]).intersection(outline),
    ]

    def collect(shapes: list) -> dict[str, object]:
        features = [{"type": "Feature", "properties": {}, "geometry": mapping(shape)} for shape in shapes]
        return {"type": "FeatureCollection", "features": features}

    offices = [
        {
            "id": str(place + 1),
            "name": _("第 %(number)s 警务室") % {"number": place + 1},
            "short": _("%(number)s 室") % {"number": place + 1},
            "lon": site.x,
            "lat": site.y,
            "count": rng.randint(11, 17),
            "words": _("缺 %(gap)s 岗") % {"gap": 3.4} if tints[place] == "short-3" else "",
            "url": "#map",
        }
        for place, site in enumerate(sites)
    ]
    return {
        "outline": mapping(outline),
        "beats": {"type": "FeatureCollection", "features": beats},
        "areas": collect([unary_union(shapes) for shapes in areas.values()]),
        "river": collect([river]),
        "roads": collect(roads),
        "offices": offices,
    }


def _saturating(x: float, middle: float, slope: float) -> float:
    return round(100 / (1 + math.exp(-(x - middle) / slope)), 1)


def sample_plots() -> dict[str, dict[str, object]]:
    """Return one sample of each kind of plot's data."""
    need = [
        round(1.6 + 1.2 * math.sin((hour % 24 - 8) / 24 * math.tau) + 0.5 * (hour // 24 > 4), 1)
        for hour in range(168)
    ]
    supply = [4 if hour % 24 >= 16 else 3 if hour % 24 >= 8 else 2 for hour in range(168)]
    days = [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]
    return {
        "arrival": _arrival(),
        "cost": _cost(),
        "steps": _steps(need, supply, days),
        "heat": _heat(need, supply, days),
    }


def _arrival() -> dict[str, object]:
    minutes = [step / 2 for step in range(41)]
    return {
        "kind": "lines",
        "is_smooth": True,
        "has_end_labels": True,
        "x": {"name": _("到场用时"), "unit": _("分钟"), "min": 0, "max": 20},
        "y": {"name": _("到场率"), "suffix": "%", "min": 0, "max": 100},
        "x_target": {"value": 5, "label": _("5 分钟"), "level": "act"},
        "series": [
            {
                "name": _("物理极限"),
                "role": "limit",
                "points": [[x, _saturating(x, 3.6, 0.8)] for x in minutes],
            },
            {
                "name": _("推荐方案"),
                "role": "plan",
                "points": [[x, _saturating(x, 4.4, 1.3)] for x in minutes],
                "band": [
                    [x, max(0, _saturating(x, 4.6, 1.3) - 1), min(100, _saturating(x, 4.2, 1.3) + 1)]
                    for x in minutes
                ],
            },
            {
                "name": _("今日部署"),
                "role": "today",
                "points": [[x, _saturating(x, 6.2, 2.6)] for x in minutes],
            },
        ],
    }


def _cost() -> dict[str, object]:
    return {
        "kind": "lines",
        "is_smooth": True,
        "x": {"name": _("人数"), "unit": _("人"), "min": 300, "max": 380},
        "y": {"name": _("5 分钟到场率"), "suffix": "%", "min": 40, "max": 100},
        "y_target": {"value": 90, "label": _("目标 90%"), "level": "fine"},
        "series": [
            {
                "name": _("5 分钟到场率"),
                "role": "plan",
                "is_filled": True,
                "points": [
                    [300, 52],
                    [310, 57],
                    [320, 62],
                    [330, 66],
                    [338, 68],
                    [345, 79],
                    [350, 90],
                    [360, 93],
                    [380, 96],
                ],
            }
        ],
        "marks": [
            {"x": 338, "y": 68, "label": _("现有 338 人:68%"), "level": "know"},
            {"x": 350, "y": 90, "label": _("350 人:90%"), "level": "fine"},
        ],
    }


def _steps(need: list[float], supply: list[int], days: list[str]) -> dict[str, object]:
    return {
        "kind": "steps",
        "x": {
            "name": _("时刻"),
            "categories": [f"{days[hour // 24]} {hour % 24}:00" for hour in range(168)],
            "names": days,
            "every": 24,
            "offset": 12,
        },
        "y": {"name": _("组数"), "min": 0, "unit": _("组")},
        "series": [
            {"name": _("排定"), "role": "supply", "values": supply},
            {"name": _("需要"), "role": "need", "values": need},
        ],
    }


def _heat(need: list[float], supply: list[int], days: list[str]) -> dict[str, object]:
    return {
        "kind": "heat",
        "x": {"name": _("时段"), "categories": [f"{hour}" for hour in range(0, 24, 2)]},
        "y": {"name": _("星期"), "categories": days},
        "unit": _("组"),
        "values": [
            [round(need[d * 24 + h] - supply[d * 24 + h], 1) for h in range(0, 24, 2)] for d in range(7)
        ],
        "min": -3,
        "max": 3,
        "ends": [_("缺"), _("余")],
    }


class SampleForm(forms.Form):
    """One of each control; the checks are real, so that the errors shown are too."""

    target_minutes = forms.DecimalField(
        label=lazy("目标到场时间"), min_value=1, max_value=60, help_text=lazy("省标为 5 分钟。")
    )
    scheme = forms.ChoiceField(
        label=lazy("规范版本"), choices=[("2026-11-01", "2026-11-01"), ("2026-01-01", "2026-01-01")]
    )
    reason = forms.CharField(
        label=lazy("理由"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=lazy("记入审计,至少 6 个字。"),
        min_length=6,
    )
    scope = forms.ChoiceField(
        label=lazy("范围"),
        widget=forms.RadioSelect,
        choices=[("district", lazy("全区")), ("station", lazy("本所"))],
    )
    is_agreed = forms.BooleanField(label=lazy("我已核对调动名单"), required=False)


def sample_refusals() -> tuple[Refusal, BadInput]:
    """Return a refusal with ways out, and one with the rows that cannot be read."""
    rule = Refusal(
        "roster.rest",
        "21 日中班与次日夜班间隔 7 小时,少于 11 小时。",
        "The late shift on the 21st and the next night shift are 7 hours apart; 11 are required.",
        ways_out=(
            WayOut("换成日班", "Change to a day shift", "#refusal"),
            WayOut("由 辅警 0417 顶班", "Let auxiliary 0417 stand in", "#refusal"),
        ),
    )
    rows = BadInput(
        "import.rows",
        "人员表有 2 行不能导入,其余 336 行没有问题。",
        "2 rows of the people sheet cannot be imported; the other 336 are sound.",
        problems=(
            InputProblem(
                "人员.xlsx",
                17,
                "身份证号",
                "id.number",
                "以数字保存,末位已丢失",
                "saved as a number, its last digits are lost",
            ),
            InputProblem("人员.xlsx", 52, "出生日期", "birth.future", "晚于今天", "later than today"),
        ),
    )
    return rule, rows


def sample_job() -> SimpleNamespace:
    """Return a job in the middle of its work."""
    return SimpleNamespace(
        state="running",
        done_share=0.62,
        step=_("仿真 19 / 30 次"),
        remaining_seconds=14,
        poll_url="/_look/job/",
        result_url="",
        cancel_url="/_look/job/",
        refusal=None,
    )
