// From the house's plot data (docs/look.md) to ECharts' options. Roles carry the meaning of a line's colour.
import { gettext } from "./words.js";

const root = getComputedStyle(document.documentElement);
const token = (name) => root.getPropertyValue(`--${name}`).trim();
const INK = token("ink");
const MUTED = token("muted");
const HAIRLINE = token("hairline");
const font = token("font");

const ROLES = {
  today: { color: token("today"), width: 2 },
  plan: { color: token("plan"), width: 2.2 },
  limit: { color: token("limit"), width: 1.4, type: "dashed" },
  target: { color: token("target"), width: 1.4, type: "dotted" },
  need: { color: token("need"), width: 1.8 },
  supply: { color: token("supply"), width: 1.2, filled: true },
  other: { color: token("muted"), width: 1.6 },
};
const LEVELS = { act: token("act"), soon: token("soon"), know: token("know"), fine: token("fine"), "": INK };
const GAP_COLOURS = [token("spare"), token("even"), token("short-1"), token("short-2"), token("short-3")];

const round = (value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value ?? "–");

function axis(definition, isX) {
  const isNamed = Array.isArray(definition.categories);
  return {
    type: isNamed ? "category" : "value",
    data: definition.categories,
    name: definition.unit ?? "",
    nameLocation: "end",
    nameTextStyle: { color: MUTED, fontSize: 11, align: isX ? "left" : "center" },
    min: definition.min ?? (isNamed ? undefined : "dataMin"),
    max: definition.max ?? (isX && !isNamed ? "dataMax" : undefined),
    boundaryGap: false,
    axisLabel: { color: INK, fontSize: 11, interval: definition.every ? (place) => place % definition.every === (definition.offset ?? 0) : "auto", hideOverlap: true, formatter: definition.names ? (value, place) => definition.names[Math.floor(place / definition.every)] ?? value : `{value}${definition.suffix ?? ""}` },
    axisTick: { show: isX && !isNamed, lineStyle: { color: MUTED } },
    axisLine: { show: isX, lineStyle: { color: MUTED } },
    splitLine: { show: !isX, lineStyle: { color: HAIRLINE } },
  };
}

function markLines(data) {
  const lines = [];
  for (const [place, one] of [["yAxis", data.y_target], ["xAxis", data.x_target]]) {
    if (one) lines.push({ [place]: one.value, lineStyle: { color: token(one.level ?? "target"), type: "dotted", width: 1.4 }, label: { formatter: one.label, color: token(`${one.level ?? "fine"}-ink`) || INK, position: place === "yAxis" ? "insideEndTop" : "end", fontSize: 11 } });
  }
  return lines.length ? { silent: true, symbol: "none", animation: false, data: lines } : undefined;
}

function lineSeries(data, one, place) {
  const role = ROLES[one.role] ?? ROLES.other;
  const points = one.points ?? one.values.map((value, number) => [number, value]);
  const isStepped = data.kind === "steps" && (one.role !== "need" || data.is_need_stepped);
  const series = [{
    type: "line", name: one.name, data: one.points ?? one.values, showSymbol: false, smooth: data.kind === "lines" && data.is_smooth ? 0.25 : false,
    step: isStepped ? "end" : false, connectNulls: false, color: role.color, lineStyle: { color: role.color, width: role.width, type: role.type ?? "solid" },
    areaStyle: role.filled || one.is_filled ? { color: role.color, opacity: role.filled ? 0.28 : 0.06 } : undefined,
    markLine: place === 0 ? markLines(data) : undefined,
    endLabel: data.has_end_labels && points.length ? { show: true, offset: [0, data.end_shifts[place]], formatter: one.name, color: role.color, fontSize: 11, fontFamily: font } : undefined,
    z: one.role === "plan" || one.role === "need" ? 4 : 3,
  }];
  if (one.band) {
    // two stacked lines: the lower one unseen, the upper one filling what lies between
    const stack = `band-${place}`;
    const bare = { type: "line", stack, showSymbol: false, silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false }, z: 2, stackStrategy: "all" };
    series.push({ ...bare, data: one.band.map(([x, low]) => [x, low]) });
    series.push({ ...bare, data: one.band.map(([x, low, high]) => [x, high - low]), areaStyle: { color: role.color, opacity: 0.14 } });
  }
  return series;
}

// A unit's rough width at 11 px: Chinese characters are square, Latin letters half as wide.
const unitWidth = (text) => [...text].reduce((sum, one) => sum + (one > "\u2e7f" ? 12 : 6.2), 0);

// How far each end label moves from its line's end so that none covers another (pixels).
function endShifts(data, height) {
  const apart = 14;
  const low = data.y.min ?? 0;
  const high = data.y.max ?? Math.max(...data.series.map((one) => (one.points ?? []).at(-1)?.[1] ?? one.values?.at(-1) ?? 0));
  const inside = height - 60;
  const ends = data.series.map((one, place) => {
    const last = one.points ? one.points.at(-1)?.[1] : one.values.at(-1);
    return { place, y: (1 - ((last ?? low) - low) / (high - low || 1)) * inside };
  });
  const shifts = [];
  let floor = -Infinity;
  // from the top down, each label at least one line below the one above it
  for (const { place, y } of ends.sort((one, other) => one.y - other.y || one.place - other.place)) {
    const placed = Math.max(y, floor + apart);
    shifts[place] = placed - y;
    floor = placed;
  }
  return shifts;
}

function marks(data) {
  return (data.marks ?? []).map((mark) => ({
    type: "scatter", data: [[mark.x, mark.y]], symbolSize: 9, color: LEVELS[mark.level ?? ""], z: 6, silent: true,
    label: { show: true, formatter: mark.label, position: mark.position ?? "right", distance: 8, color: INK, fontSize: 11, fontFamily: font, backgroundColor: "rgba(255,255,255,.8)", padding: [1, 3] },
  }));
}

function common(data) {
  return {
    animation: false,
    textStyle: { fontFamily: font },
    // rich text, not HTML: ECharts' HTML tooltip needs inline styles, which the content security policy refuses
    tooltip: { trigger: data.kind === "heat" ? "item" : "axis", renderMode: "richText", confine: true, borderColor: HAIRLINE, backgroundColor: "#fff", padding: [6, 10], textStyle: { color: INK, fontSize: 12, fontFamily: font }, shadowBlur: 0, extraCssText: "" },
  };
}

export function drawOption(data, width, height = 260) {
  if (data.kind === "heat") return heat(data);
  data.end_shifts = endShifts(data, height);
  const isNarrow = width < 420;
  const names = data.series.map((one) => one.name);
  const hasLegend = !data.has_end_labels || isNarrow;
  return {
    ...common(data),
    legend: hasLegend && names.length > 1 ? { data: names, right: 6, top: 0, icon: "roundRect", itemWidth: 14, itemHeight: 4, textStyle: { color: MUTED, fontSize: 11, fontFamily: font } } : undefined,
    grid: { left: 6, right: data.has_end_labels && !isNarrow ? 24 + Math.max(...names.map(unitWidth)) : data.x.unit ? 16 + unitWidth(data.x.unit) : 14, top: data.y.unit || (hasLegend && names.length > 1) ? 30 : data.x_target ? 24 : 14, bottom: 6, containLabel: true, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    xAxis: axis(data.x, true),
    yAxis: axis(data.y, false),
    series: [
      ...data.series.flatMap((one, place) => lineSeries(isNarrow ? { ...data, has_end_labels: false } : data, one, place)),
      ...marks(data),
    ],
    tooltip: {
      ...common(data).tooltip,
      formatter: (items) => {
        const own = items.filter((item) => item.seriesType === "line" && names.includes(item.seriesName));
        if (!own.length) return "";
        const x = Array.isArray(own[0].value) ? round(own[0].value[0]) : own[0].axisValue;
        return [`${x} ${data.x.unit ?? ""}`, ...own.map((item) => `${item.seriesName}  ${round(Array.isArray(item.value) ? item.value[1] : item.value)}${data.y.suffix ?? ""}`)].join("\n");
      },
    },
  };
}

function heat(data) {
  const cells = data.values.flatMap((row, y) => row.map((value, x) => [x, y, value ?? "-"]));
  const known = cells.map((one) => one[2]).filter((value) => typeof value === "number");
  const isGap = data.scale !== "plain";
  return {
    ...common(data),
    grid: { left: 6, right: 70, top: 6, bottom: 6, containLabel: true },
    xAxis: { ...axis(data.x, true), boundaryGap: true, axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false } },
    yAxis: { ...axis(data.y, false), boundaryGap: true, inverse: true, axisTick: { show: false }, splitLine: { show: false } },
    visualMap: { min: data.min ?? Math.min(0, ...known), max: data.max ?? Math.max(...known, 0), calculable: false, orient: "vertical", right: 0, top: "middle", itemWidth: 12, itemHeight: 110, text: data.ends ?? [gettext("多"), gettext("少")], textStyle: { color: MUTED, fontSize: 11 }, inRange: { color: isGap ? GAP_COLOURS : ["#f4f8fc", token("plan")] } },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: "#fff", borderWidth: 1.5, borderRadius: 2 }, label: { show: Boolean(data.has_values), fontSize: 10, color: INK }, emphasis: { itemStyle: { borderColor: INK } } }],
    tooltip: { ...common(data).tooltip, formatter: (item) => `${data.y.categories[item.value[1]]} ${data.x.categories[item.value[0]]}\n${round(item.value[2])} ${data.unit ?? ""}` },
  };
}
