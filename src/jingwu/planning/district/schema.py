# catalogue: data - headers and words of files, problems in both languages
"""The literal table of a district's tables and columns, and the headers people give them."""

from __future__ import annotations

from dataclasses import replace

from jingwu.sheets.headers import Column, Table, normal, suggest

_LON = ("longitude", "lng", "x", "东经")
_LAT = ("latitude", "y", "北纬")

DISTRICT = Table(
    "district",
    "分局",
    ("meta", "区", "基本信息"),
    (
        Column("name", "名称", ("district", "分局名称")),
        Column("city", "城市", ("市",)),
        Column("time_zone", "时区", ("timezone", "tz")),
    ),
)
OFFICES = Table(
    "offices",
    "警务室",
    ("office", "社区警务室", "警务室表"),
    (
        Column("code", "警务室编码", ("编码", "编号", "代码", "id", "office", "office_code"), True),
        Column("name", "警务室名称", ("名称", "警务室", "office_name")),
        Column("station", "派出所", ("所属派出所", "police_station")),
        Column("lon", "经度", _LON, True),
        Column("lat", "纬度", _LAT, True),
        Column("opening", "开放时间", ("opening_hours", "hours", "值守时间")),
        Column("area", "区域类型", ("area_type", "城乡类型", "城乡")),
    ),
)
BEATS = Table(
    "beats",
    "警格",
    ("beat", "片区", "警格表"),
    (
        Column("code", "警格编码", ("编码", "编号", "代码", "id", "beat", "beat_code", "片区编码"), True),
        Column("name", "警格名称", ("名称", "警格", "片区", "beat_name")),
        Column("office", "警务室编码", ("警务室", "所属警务室", "office_code"), True),
        Column("population", "实有人口", ("人口", "常住人口", "pop")),
        Column("households", "户数", ("家庭户数", "hh")),
        Column("area_km2", "面积平方公里", ("km2", "面积", "area")),
        Column("lon", "经度", _LON),
        Column("lat", "纬度", _LAT),
        Column("polygon", "边界", ("wkt", "geometry", "geom", "多边形", "边界坐标")),
    ),
)
PEOPLE = Table(
    "people",
    "人员",
    ("person", "staff", "警力", "人员表", "花名册"),
    (
        Column("code", "人员编码", ("警号", "工号", "编码", "编号", "代码", "id", "person"), True),
        Column("category", "人员类别", ("类别", "身份", "人员类型"), True),
        Column("source", "经费来源", ("来源", "编制来源", "用工来源", "funding", "funding_source")),
        Column("birth_date", "出生日期", ("生日", "出生年月", "birthday", "dob")),
        Column("rank", "职级", ("级别", "职务层次")),
        Column("grassroots_years", "基层年限", ("基层工作年限", "基层服务年限", "grass_roots_years")),
        Column("police_background", "公安专业背景", ("公安专业", "警校背景")),
        Column("skills", "技能", ("特长", "skill")),
        Column("certificates", "证书", ("资质证书", "资质", "certificate")),
        Column("office", "警务室编码", ("警务室", "所属警务室", "office_code")),
        Column("home_lon", "住址经度", ("家庭经度", "home_longitude")),
        Column("home_lat", "住址纬度", ("家庭纬度", "home_latitude")),
        Column("weekly_minutes", "每周分钟", ("周工时分钟", "每周工时分钟", "minutes_per_week")),
        Column("module", "职能模块", ("模块", "duty_module")),
        Column("role", "岗位", ("现岗位", "post")),
        Column("beat", "警格编码", ("警格", "责任警格", "片区", "beat_code")),
        Column("group", "勤务组", ("分组", "组别", "duty_group")),
        Column("is_lead", "是否警务长", ("警务长", "lead")),
        Column("recused_from", "回避", ("回避单位", "recusal")),
        Column("id_number", "身份证号", ("身份证", "公民身份号码", "身份证号码", "id_card", "idcard")),
    ),
)
CALLS = Table(
    "calls",
    "警情",
    ("call", "incidents", "接警", "警情表", "110", "接处警"),
    (
        Column("code", "警情编号", ("编号", "编码", "id", "incident_id", "call_id", "接警编号", "警情编码")),
        Column(
            "time", "接警时间", ("报警时间", "时间", "call_time", "datetime", "timestamp", "发生时间"), True
        ),
        Column("lon", "经度", _LON),
        Column("lat", "纬度", _LAT),
        Column("beat", "警格编码", ("警格", "片区", "beat_code")),
        Column("category", "警情类别", ("类别", "警情类型", "类型", "type")),
        Column("priority", "警情级别", ("级别", "优先级", "警情等级", "等级")),
        Column("dispatch", "派警时间", ("dispatch_time", "dispatched", "出动指令时间")),
        Column("enroute", "出警时间", ("en_route", "enroute_time", "en_route_time", "出动时间")),
        Column("arrive", "到场时间", ("arrival", "arrive_time", "arrival_time", "on_scene", "到达时间")),
        Column("clear", "办结时间", ("cleared", "clear_time", "处置完毕时间", "离场时间", "结束时间")),
    ),
)
WORKLOAD = Table(
    "workload",
    "工作量",
    ("work", "业务量", "工作量表"),
    (
        Column("beat", "警格编码", ("警格", "片区", "beat_code"), True),
        Column("month", "月份", ("年月", "统计月份"), True),
        Column("disputes", "矛盾纠纷", ("纠纷", "纠纷数", "矛盾纠纷数")),
        Column("service_requests", "服务事项", ("服务", "诉求", "services", "requests")),
        Column("hazards", "安全隐患", ("隐患", "隐患数")),
        Column("visits", "入户走访", ("走访", "走访数", "household_visits")),
    ),
)
TRAVEL = Table(
    "travel",
    "行车时间",
    ("travel_minutes", "路程", "matrix"),
    (
        Column("office", "警务室编码", ("警务室", "office_code", "from"), True),
        Column("beat", "警格编码", ("警格", "beat_code", "to"), True),
        Column("minutes", "分钟", ("用时分钟", "travel_minutes"), True),
    ),
)
CREWS = Table(
    "crews",
    "现行班组",
    ("crews_today", "现有班组", "在岗班组"),
    (
        Column("office", "警务室编码", ("警务室", "office_code"), True),
        Column("weekday", "星期", ("day", "周几", "day_of_week"), True),
        Column("hour", "小时", ("时", "hour_of_day"), True),
        Column("crews", "班组数", ("组数", "crew_count"), True),
    ),
)
MAP = Table(
    "map",
    "底图",
    ("background", "地图底图"),
    (
        Column("kind", "种类", (), True),
        Column("name", "名称"),
        Column("width", "宽度"),
        Column("geometry", "坐标", ("wkt", "geom"), True),
    ),
)
_NUMBERS = frozenset((
    "lon", "lat", "home_lon", "home_lat", "population", "households", "area_km2", "grassroots_years",
    "weekly_minutes", "minutes", "crews", "hour", "disputes", "service_requests", "hazards", "visits",
    "width",
))  # fmt: skip
_TEXTS = {"polygon": 0, "geometry": 0}  # bounded by the number of their points instead
TABLES: tuple[Table, ...] = tuple(
    replace(table, numbers=_NUMBERS, texts=_TEXTS)
    for table in (DISTRICT, OFFICES, BEATS, PEOPLE, CALLS, WORKLOAD, TRAVEL, CREWS, MAP)
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}


def table_of(name: str) -> Table | None:
    """Return the table a sheet or file name stands for, or None."""
    wanted = normal(name)
    for table in TABLES:
        if wanted in (table.name, normal(table.sheet_zh), *(normal(alias) for alias in table.aliases)):
            return table
    return None


def suggest_mapping(headers: list[str], table: str) -> dict[str, str]:
    """Return our column → their header for every header of the named table that is understood with certainty.

    Raises KeyError when there is no such table.
    """
    return suggest(headers, BY_NAME[table])
