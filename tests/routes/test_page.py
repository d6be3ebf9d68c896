"""The console's files: served with strict headers, complete, and silent towards other hosts."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from console.page import STATIC, router

OWN = [path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts]
NAMESPACE = "http://www.w3.org/2000/svg"


async def get(path: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a path."""
    app = FastAPI()
    app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tiffin.test") as client:
        answer = await client.get(path)
    return answer.status_code, dict(answer.headers), answer.text


async def test_everything_the_page_asks_for_is_there() -> None:
    status, headers, page = await get("/")
    assert status == 200
    assert "unsafe" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    asked = set(re.findall(r'(?:href|src)="(/console/[^"]+)"', page))
    for script in STATIC.glob("*.js"):
        asked |= {f"/console/{name}" for name in re.findall(r'from "\./([^"]+)"', script.read_text())}
    assert "/console/vendor/pipecat.js" in asked
    for path in asked:
        status, headers, _ = await get(path)
        assert (path, status) == (path, 200)
        assert headers["x-content-type-options"] == "nosniff"
    assert (await get("/console/app.js"))[1]["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/console/", "/console/nothing.js", "/console/..%2fpage.py", "/console/%2e%2e/page.py"]
)
async def test_nothing_else_is_there(path: str) -> None:
    assert (await get(path))[0] == 404


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.name))
def test_our_own_files_name_no_other_host(path: Path) -> None:
    assert not re.search(r"(?:https?|wss?)://", path.read_text().replace(NAMESPACE, ""))


def test_the_bundle_is_small_and_fetches_nothing() -> None:
    bundle = (STATIC / "vendor/pipecat.js").read_text()
    assert len(bundle) < 250_000
    assert "sourceMappingURL" not in bundle
    # Two addresses in it, both words in error texts: where the authors' repositories are.
    hosts = set(re.findall(r"(?:https?|wss?)://([\w.-]+)", bundle))
    assert hosts <= {"github.com"}
    assert "daily.co" not in bundle


def test_every_bundled_package_comes_with_its_licence() -> None:
    text = (STATIC / "vendor/LICENSES.txt").read_text()
    banner = (STATIC / "vendor/pipecat.js").read_text().splitlines()[0]
    for name, version in re.findall(r"(@pipecat-ai/[\w-]+) ([\d.]+)", banner):
        assert f"{name} {version} (BSD-2-Clause)" in text
    assert text.count("Permission is hereby granted") >= 3
