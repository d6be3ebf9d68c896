"""Google's geocoder and road tables over the invented cities."""

import hashlib
import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Request
from googlemaps.convert import encode_polyline
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from sandbox.city import Place, Point, geocode, nearest
from sandbox.faults import Dropped
from sandbox.roads import MODES, Mode, Roads, Route, route

router = APIRouter(prefix="/maps/api", tags=["google"])

# Google's limits of one request to its matrix.
MOST_ENDS, MOST_ELEMENTS = 25, 100
# There is no road from one of the cities to another.
FARTHEST_KM = 500
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


def _mode(query: QueryParams) -> Mode | None:
    """How they travel; None for a way nobody does."""
    asked = query.get("mode", "driving")
    return next((mode for mode in MODES if mode == asked), None)


def _departure(request: Request) -> datetime | None:
    """When they leave, business time; None when nothing was said. Raises ValueError for what is no time."""
    text = request.query_params.get("departure_time", "")
    if text == "now":
        now: datetime = request.app.state.box.clock.now()
        return now
    return datetime.fromtimestamp(int(text), UTC) if text else None


def _leg(roads: Roads, way: Route, mode: Mode, departure: datetime | None) -> Body:
    """Distance in metres and times in seconds by road; in traffic when somebody drives and says when."""
    km, seconds = way.km, round(roads.seconds(way, mode))
    leg: Body = {
        "distance": {"text": f"{km:.1f} km", "value": round(km * 1000)},
        "duration": _lasting(seconds),
    }
    if departure is not None and mode == "driving":
        leg["duration_in_traffic"] = _lasting(round(roads.seconds(way, mode, departure)))
    return leg


def _lasting(seconds: int) -> Body:
    return {"text": f"{max(1, round(seconds / 60))} mins", "value": seconds}


@router.get("/distancematrix/json")
async def distance_matrix(request: Request) -> Response:
    """`distance_matrix`: a place that is not found says so in its own element."""
    if refused := await _refused(request):
        return refused
    query, mode = request.query_params, _mode(request.query_params)
    origins, destinations = query.get("origins", "").split("|"), query.get("destinations", "").split("|")
    if not (origins[0] and destinations[0]) or mode is None:
        return _failed("INVALID_REQUEST", "Origins, destinations and a known mode are required.", rows=[])
    if max(len(origins), len(destinations)) > MOST_ENDS:
        return _failed("MAX_DIMENSIONS_EXCEEDED", "Too many origins or destinations.", rows=[])
    if len(origins) * len(destinations) > MOST_ELEMENTS:
        return _failed("MAX_ELEMENTS_EXCEEDED", "Too many elements.", rows=[])
    try:
        departure = _departure(request)
    except ValueError:
        return _failed("INVALID_REQUEST", "departure_time is no time.", rows=[])
    ends, roads = [_stop(text) for text in destinations], request.app.state.box.roads
    rows = []
    for start in map(_stop, origins):
        elements: list[Body] = []
        for end in ends:
            if start is None or end is None:
                elements.append({"status": "NOT_FOUND"})
            elif start.km_to(end) > FARTHEST_KM:
                elements.append({"status": "ZERO_RESULTS"})
            else:
                elements.append({**_leg(roads, route([start, end]), mode, departure), "status": "OK"})
        rows.append({"elements": elements})
    return JSONResponse(
        {"status": "OK", "origin_addresses": origins, "destination_addresses": destinations, "rows": rows}
    )


@router.get("/directions/json")
async def directions(request: Request) -> Response:
    """`directions`, with waypoints in the order given."""
    if refused := await _refused(request):
        return refused
    query, mode = request.query_params, _mode(request.query_params)
    between = [
        text for text in query.get("waypoints", "").split("|") if text and not text.startswith("optimize:")
    ]
    names = [query.get("origin", ""), *between, query.get("destination", "")]
    try:
        departure = _departure(request)
    except ValueError:
        mode = None
    if mode is None:
        return _failed("INVALID_REQUEST", "The mode or departure_time is not valid.", routes=[])
    stops = [_stop(text) for text in names]
    known = [stop for stop in stops if stop is not None]
    if len(known) < len(stops):
        return JSONResponse({"geocoded_waypoints": [], "routes": [], "status": "NOT_FOUND"})
    if any(first.km_to(last) > FARTHEST_KM for first, last in pairwise(known)):
        return JSONResponse({"geocoded_waypoints": [], "routes": [], "status": "ZERO_RESULTS"})
    roads: Roads = request.app.state.box.roads
    legs = [
        _described(roads, list(ends), list(called), mode, departure)
        for ends, called in zip(pairwise(known), pairwise(names), strict=True)
    ]
    found = {
        "legs": legs,
        "summary": "by road",
        "warnings": [],
        "waypoint_order": list(range(len(between))),
        "overview_polyline": _polyline(route(known)),
        "copyrights": "Invented map",
    }
    return JSONResponse({"geocoded_waypoints": [], "routes": [found], "status": "OK"})


def _described(
    roads: Roads, ends: list[Point], names: list[str], mode: Mode, departure: datetime | None
) -> Body:
    """One leg of a way, with a step for each street it takes."""
    way = route(ends)
    steps = []
    for first, last in pairwise(way.points):
        street = nearest(last)
        step = Route((first, last))
        steps.append(
            {
                **_leg(roads, step, mode, None),
                "start_location": first.json(),
                "end_location": last.json(),
                "polyline": _polyline(step),
                "travel_mode": mode.upper(),
                "html_instructions": f"Go on to {street.name if street else names[1]}",
            }
        )
    return {
        **_leg(roads, way, mode, departure),
        "start_location": ends[0].json(),
        "end_location": ends[1].json(),
        "start_address": names[0],
        "end_address": names[1],
        "steps": steps,
    }


def _polyline(way: Route) -> Body:
    return {"points": encode_polyline([point.json() for point in way.points])}
