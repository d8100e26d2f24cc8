# catalogue: data - synthetic names
"""Every number that shapes the demo district, in one place; none of them is a norm.

They are chosen so that the habits of staffing written into the demo (the same crews for every office, most of
them by day) lead to about 18 minutes from the call to the scene, the benchmark of reference 3.16: the ways
are short, the evenings are long waits for one's own office.
"""

from __future__ import annotations

from jingwu.terms.incidents import IncidentCategory as Kind
from jingwu.terms.people import PersonCategory as Post

CITY, DISTRICT = "青岚市", "云溪分局"
CENTRE_LON, CENTRE_LAT = 118.236, 30.412
METRES_PER_UNIT = 18.0  # the drawing of the city is 620 × 380 units

BEATS_PER_OFFICE = 112 / 24
CALLS_A_YEAR = 67_500
PEOPLE_PER_BEAT = 4_600
HOT_PLACES_PER_OFFICE = 2.6
HOT_SHARE = 0.30  # of all calls come from hot places
REPEAT_SHARE = 0.07  # of all calls follow another nearby within days
REPEAT_DAYS_MEAN = 2.5
REPEAT_METRES = 140.0
DAY_NOISE = 0.07  # of a day's level: variance of a day / mean near 2, with weekdays and seasons near 4
DEMAND_SPREAD = 0.35  # of beats of equal population

# What happens: share of calls; shares of priorities P1 … P4; on-scene minutes: mean and variation.
KINDS: dict[Kind, tuple[float, tuple[float, float, float, float], tuple[float, float]]] = {
    Kind.DISPUTE: (0.270, (0.03, 0.37, 0.58, 0.02), (45, 0.7)),
    Kind.HELP: (0.205, (0.09, 0.31, 0.52, 0.08), (29, 0.8)),
    Kind.PUBLIC_ORDER: (0.165, (0.08, 0.52, 0.38, 0.02), (43, 0.8)),
    Kind.TRAFFIC: (0.120, (0.05, 0.35, 0.58, 0.02), (32, 0.7)),
    Kind.NON_POLICE: (0.060, (0.00, 0.02, 0.28, 0.70), (17, 0.6)),
    Kind.CONSULT: (0.055, (0.00, 0.00, 0.20, 0.80), (13, 0.6)),
    Kind.CRIME: (0.052, (0.20, 0.45, 0.35, 0.00), (66, 0.8)),
    Kind.FRAUD: (0.046, (0.05, 0.35, 0.60, 0.00), (56, 0.6)),
    Kind.CLUE: (0.014, (0.02, 0.18, 0.60, 0.20), (27, 0.7)),
    Kind.COMPLAINT_POLICE: (0.007, (0.00, 0.05, 0.65, 0.30), (39, 0.6)),
    Kind.FIRE_DISASTER: (0.005, (0.85, 0.15, 0.00, 0.00), (78, 0.8)),
    Kind.MASS_INCIDENT: (0.001, (0.70, 0.30, 0.00, 0.00), (146, 0.6)),
}
SEASON = (0.93, 0.90, 0.96, 0.99, 1.03, 1.08, 1.13, 1.12, 1.03, 1.00, 0.94, 0.93)  # January first

# Levels of the hours 0 … 23 on a working day, by the shape of what happens.
EVENING = (5, 3, 2, 2, 2, 2, 3, 5, 8, 9, 10, 10, 10, 9, 9, 10, 11, 13, 15, 18, 19, 17, 13, 8)
NIGHT = (12, 9, 6, 4, 3, 2, 2, 3, 5, 6, 7, 7, 8, 8, 8, 8, 9, 10, 12, 16, 20, 22, 21, 17)
COMMUTE = (2, 1, 1, 1, 1, 2, 6, 14, 18, 13, 11, 11, 10, 10, 11, 12, 14, 19, 18, 13, 9, 7, 5, 3)
BUSINESS = (1, 1, 1, 1, 1, 1, 2, 5, 12, 18, 19, 16, 11, 12, 17, 18, 16, 12, 8, 7, 6, 4, 3, 2)
SHAPES: dict[Kind, tuple[int, ...]] = {
    Kind.PUBLIC_ORDER: NIGHT,
    Kind.CRIME: NIGHT,
    Kind.MASS_INCIDENT: BUSINESS,
    Kind.TRAFFIC: COMMUTE,
    Kind.CONSULT: BUSINESS,
    Kind.FRAUD: BUSINESS,
    Kind.CLUE: BUSINESS,
    Kind.COMPLAINT_POLICE: BUSINESS,
    Kind.NON_POLICE: BUSINESS,
}
WEEKDAYS = (0.96, 0.95, 0.96, 0.98, 1.07, 1.10, 0.98)  # Monday first
WEEKEND_LATE = 1.35  # Friday and Saturday from 20:00, and the small hours after
WEEKEND_BUSINESS = 0.55  # what offices and shops bring on Saturday and Sunday

# From the call to the scene.
TAKING_SECONDS_LEAST, TAKING_SECONDS_MEAN = 12.0, 32.0
TURNOUT_SECONDS_LEAST, TURNOUT_SECONDS_MEAN = 20.0, 46.0
DETOUR = 1.3
SPEED_KMH_DAY, SPEED_KMH_RUSH, SPEED_KMH_NIGHT = 36.0, 29.0, 44.0
PARKING_SECONDS_MEAN = 30.0
AID_AFTER_MINUTES = 60.0  # only then another office's free crew is asked, unless it is P1

# Today's habit: every office the same, most crews by day, at night every second office, in turns.
DAY_HOURS = range(8, 20)
DAY_CREWS = 1
NIGHT_CREWS = 1
NIGHT_OFFICES_EVERY = 2

# Staff by category for 24 offices (338 people).
STAFF: dict[Post, int] = {
    Post.OFFICER: 84,
    Post.AUX_DUTY: 106,
    Post.AUX_CLERICAL: 20,
    Post.GRID_WORKER: 48,
    Post.VOLUNTEER: 56,
    Post.POLICE_ASSISTANT: 4,
    Post.MEDIATOR: 6,
    Post.LEGAL_ADVISER: 5,
    Post.COUNSELLOR: 4,
    Post.TECH_SPECIALIST: 5,
}
WEEKLY_MINUTES: dict[Post, int] = {
    Post.OFFICER: 2640,
    Post.AUX_DUTY: 2640,
    Post.AUX_CLERICAL: 2400,
    Post.GRID_WORKER: 2400,
    Post.VOLUNTEER: 360,
    Post.POLICE_ASSISTANT: 480,
    Post.MEDIATOR: 1200,
    Post.LEGAL_ADVISER: 360,
    Post.COUNSELLOR: 480,
    Post.TECH_SPECIALIST: 2400,
}
# Work that is no call: mean counts a month for a beat of usual size.
DISPUTES, REQUESTS, HAZARDS, VISITS = 4.2, 23.0, 3.1, 38.0
