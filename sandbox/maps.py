"""Google's geocoder and road tables over the invented cities."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from sandbox.city import Place, Point, cities, geocode, nearest, road_km
from sandbox.faults import Dropped

router = APIRouter(prefix="/maps/api", tags=["google"])

# A scooter among lights and cars; Google says 20 to 28 km/h for the middle of such cities.
CITY_KMH = 24.0
BUSY_HOURS, BUSY_FACTOR = (12, 13, 18, 19, 20), 1.25
# With these HTTP statuses asked for, Google answers 200 and says so in the body.
STATUS_WORDS = {400: "INVALID_REQUEST", 403: "REQUEST_DENIED", 429: "OVER_QUERY_LIMIT"}
COUNTRIES = {"US": "United States", "IN": "India"}
STATES = {"TX": "Texas", "KA": "Karnataka"}
Body = dict[str, Any]


def _failed(status: str, message: str, **empty: Any) -> JSONResponse:
    return JSONResponse({"status": status, "error_message": message, **empty})


async def _refused(request: Request) -> Response | None:
    """The answer of a request that a fault or a wrong key ends."""
    box = request.app.state.box
    query = {key: value for key, value in request.query_params.items() if key != "key"}
    box.log.add("google_maps", "GET", request.url.path, query, request.headers)
    if fault := box.faults.take("google_maps", request.url.path):
        await fault.hold()
        if fault.kind == "status":
            word = STATUS_WORDS.get(fault.status)
            return _failed(word, "As asked.", results=[]) if word else Response(status_code=fault.status)
        if fault.kind in ("drop", "act_and_drop"):
            return Dropped()
    key = request.query_params.get("key", "")
    if key != box.keys["GOOGLE_MAPS_API_KEY"] or not key.startswith("AIza"):
        return _failed("REQUEST_DENIED", "The provided API key is invalid.", results=[])
    return None


@router.get("/geocode/json")
async def geocoding(request: Request) -> Response:
    """`geocode` and `reverse_geocode`."""
    if refused := await _refused(request):
        return refused
    query = request.query_params
    if at := _lat_lng(query.get("latlng", "")):
        place = nearest(at)
        found = [place] if place else []
    elif query.get("address") or query.get("components"):
        parts = dict(part.split(":", 1) for part in query.get("components", "").split("|") if ":" in part)
        found = geocode(
            query.get("address") or " ".join(parts.values()),
            parts.get("country", ""),
            parts.get("postal_code", ""),
            parts.get("locality", ""),
        )
        region = query.get("region", "").upper()
        found.sort(key=lambda place: place.city.country != region)
    else:
        return _failed(
            "INVALID_REQUEST", "Missing the 'address', 'components' or 'latlng' parameter.", results=[]
        )
    return JSONResponse(
        {"results": [result(place) for place in found], "status": "OK" if found else "ZERO_RESULTS"}
    )


def _lat_lng(text: str) -> Point | None:
    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*", text)
    return Point(float(found[1]), float(found[2])) if found else None


def result(place: Place) -> Body:
    """One geocoding result in Google's shape."""
    city = place.city
    components: list[Body] = []

    def part(long: str, kinds: list[str], short: str = "") -> None:
        if long:
            components.append({"long_name": long, "short_name": short or long, "types": kinds})

    street = place.kind in ("street_address", "route")
    part(place.number, ["street_number"])
    part(place.name if street else "", ["route"])
    part(place.name if place.kind == "point_of_interest" else "", ["point_of_interest", "establishment"])
    part(
        place.area,
        ["sublocality", "sublocality_level_1", "political"]
        if city.country == "IN"
        else ["neighborhood", "political"],
    )
    part(city.name, ["locality", "political"])
    part(STATES.get(city.state, city.state), ["administrative_area_level_1", "political"], city.state)
    part(COUNTRIES.get(city.country, city.country), ["country", "political"], city.country)
    part(place.zip, ["postal_code"])
    exactly = {
        "street_address": "RANGE_INTERPOLATED",
        "route": "GEOMETRIC_CENTER",
        "point_of_interest": "GEOMETRIC_CENTER",
    }
    named = f"{place.number} {place.name}".strip() if street or place.kind == "point_of_interest" else ""
    country = "USA" if city.country == "US" else COUNTRIES.get(city.country, city.country)
    lines = [named, place.area, city.name, f"{city.state} {place.zip}".strip(), country]
    box = {"northeast": Point(place.at.lat + 0.0013, place.at.lng + 0.0013).json(),
           "southwest": Point(place.at.lat - 0.0013, place.at.lng - 0.0013).json()}  # fmt: skip
    types = {
        "point_of_interest": ["establishment", "point_of_interest"],
        "sublocality": ["political", "sublocality"],
    }
    made: Body = {
        "address_components": components,
        "formatted_address": ", ".join(filter(None, lines)),
        "geometry": {
            "location": place.at.json(),
            "location_type": exactly.get(place.kind, "APPROXIMATE"),
            "viewport": box,
        },
        "place_id": "ChIJ" + hashlib.sha256(", ".join(lines).encode()).hexdigest()[:23],
        "types": types.get(place.kind, [place.kind]),
    }
    return {**made, "partial_match": True} if place.partial else made


def _stop(text: str) -> Point | None:
    at = _lat_lng(text)
    if at is None:
        found = geocode(text)
        at = found[0].at if found else None
    return at


def _leg(first: Point, last: Point, departure: str) -> Body:
    """Distance in metres and times in seconds by road; in traffic when a departure was given."""
    km = road_km([first, last])
    seconds = round(km / CITY_KMH * 3600)
    leg: Body = {
        "distance": {"text": f"{km:.1f} km", "value": round(km * 1000)},
        "duration": {"text": f"{max(1, round(seconds / 60))} mins", "value": seconds},
    }
    if departure:
        at = datetime.fromtimestamp(int(departure), UTC) if departure.isdigit() else datetime.now(UTC)
        city = min(cities(), key=lambda one: one.center.km_to(first))
        busy = at.astimezone(ZoneInfo(city.zone)).hour in BUSY_HOURS
        slow = round(seconds * (BUSY_FACTOR if busy else 1.0))
        leg["duration_in_traffic"] = {"text": f"{max(1, round(slow / 60))} mins", "value": slow}
    return leg


@router.get("/distancematrix/json")
async def distance_matrix(request: Request) -> Response:
    """`distance_matrix`: a place that is not found says so in its own element."""
    if refused := await _refused(request):
        return refused
    query = request.query_params
    origins, destinations = query.get("origins", "").split("|"), query.get("destinations", "").split("|")
    if not (origins[0] and destinations[0]):
        return _failed("INVALID_REQUEST", "Origins and destinations are required.", rows=[])
    ends = [_stop(text) for text in destinations]
    rows = []
    for start in map(_stop, origins):
        elements: list[Body] = []
        for end in ends:
            if start is None or end is None:
                elements.append({"status": "NOT_FOUND"})
            elif start.km_to(end) > 500:
                elements.append({"status": "ZERO_RESULTS"})
            else:
                elements.append({**_leg(start, end, query.get("departure_time", "")), "status": "OK"})
        rows.append({"elements": elements})
    return JSONResponse(
        {"status": "OK", "origin_addresses": origins, "destination_addresses": destinations, "rows": rows}
    )


@router.get("/directions/json")
async def directions(request: Request) -> Response:
    """`directions`, with waypoints in the order given."""
    if refused := await _refused(request):
        return refused
    query = request.query_params
    between = [
        text for text in query.get("waypoints", "").split("|") if text and not text.startswith("optimize:")
    ]
    names = [query.get("origin", ""), *between, query.get("destination", "")]
    stops = [_stop(text) for text in names]
    known = [stop for stop in stops if stop is not None]
    if len(known) < len(stops):
        return JSONResponse({"geocoded_waypoints": [], "routes": [], "status": "NOT_FOUND"})
    legs = []
    for index in range(len(known) - 1):
        leg = _leg(known[index], known[index + 1], query.get("departure_time", ""))
        ends = {"start_location": known[index].json(), "end_location": known[index + 1].json()}
        where = {"start_address": names[index], "end_address": names[index + 1]}
        step = {**leg, **ends, "travel_mode": "DRIVING", "html_instructions": f"Drive to {names[index + 1]}"}
        legs.append({**leg, **ends, **where, "steps": [step]})
    order = list(range(len(between)))
    route = {
        "legs": legs,
        "summary": "by road",
        "warnings": [],
        "waypoint_order": order,
        "copyrights": "Invented map",
    }
    return JSONResponse({"geocoded_waypoints": [], "routes": [route], "status": "OK"})
