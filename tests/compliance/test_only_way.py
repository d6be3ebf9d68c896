"""Nobody calls or texts but through `compliance/`: the telephone company's verbs are written nowhere else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_layers import RANK, ROOT, files

BEHIND = {"compliance", "vendors"}
"""May reach the telephone company."""
VERBS = {"send_sms", "start_call", "redirect_call", "list_calls"}
"""What a telephone company can be asked for: written nowhere else, called or not."""
HANG_UP = "hang_up"
"""Another one; elsewhere the word is also a fact about a sentence, so only calling it counts."""
SEAM = "telephony"
"""How `Outgoing` holds the company."""
MODULES = ("vendors.telephony", "vendors.twilio", "twilio.rest", "twilio.http")
"""What it can be reached with."""
ADDRESSES = re.compile(r"api\.twilio\.com|/(?:Calls|Messages)(?:/|\.json)|2010-04-01")
"""The carrier's REST API without its SDK."""
ALLOWED = {
    # The legs of our own people, and the caller's who asked for them: moved and hung up, never placed.
    ("agents/people.py", "redirect_call"),
    ("agents/people.py", "hang_up"),
    ("agents/people.py", "telephony"),
    # Opens the account and puts it behind the rules.
    ("operations/pieces.py", "vendors.twilio"),
}


def reached(tree: ast.AST) -> Iterator[str]:
    """Verbs and modules of the telephone company that a file names, however it does."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if name in VERBS | {SEAM}:
                yield name
            case ast.Name(id=name) if name in VERBS:
                yield name
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name == HANG_UP:
                yield name
            case ast.Constant(value=str(text)):
                if text in VERBS | {HANG_UP, SEAM} or of_company(text):
                    yield text
                if ADDRESSES.search(text):
                    yield "the carrier's address"
            case ast.Import(names=names):
                yield from (alias.name for alias in names if of_company(alias.name))
            case ast.ImportFrom(module=str(module), names=names, level=0):
                whole = [module, *(f"{module}.{alias.name}" for alias in names)]
                yield from (name for name in whole[:1] if of_company(name))
                yield from (name for name in whole[1:] if name in MODULES)


def of_company(module: str) -> bool:
    """Whether a name is that of a module with which the telephone company is reached, or of one inside."""
    return any(module == known or module.startswith(f"{known}.") for known in MODULES)


def bypasses(root: Path) -> list[str]:
    """Every place of the product that reaches the telephone company past the rules, as `file: what`."""
    found = set()
    for name in RANK.keys() - BEHIND:
        for path in files(root, name):
            file = str(path.relative_to(root))
            found |= {
                (file, what) for what in reached(ast.parse(path.read_text())) if (file, what) not in ALLOWED
            }
    return sorted(f"{file}: {what}" for file, what in found)


def test_there_is_one_way_to_the_telephone_company() -> None:
    assert bypasses(ROOT) == []


def test_every_exception_is_still_needed() -> None:
    used = {(file, what) for file, _ in ALLOWED for what in reached(ast.parse((ROOT / file).read_text()))}
    assert used >= ALLOWED


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("tasks/late.py", "await outgoing.telephony.start_call(n)", {"start_call", "telephony"}),
        ("tasks/late.py", "dial = twilio.send_sms", {"send_sms"}),
        ("tasks/late.py", "getattr(company, 'send_sms')(n)", {"send_sms"}),
        ("tools/late.py", "from vendors.twilio import Twilio", {"vendors.twilio"}),
        ("tools/late.py", "def later():\n    from vendors import twilio", {"vendors.twilio"}),
        ("api/late.py", "import vendors.telephony as t", {"vendors.telephony"}),
        ("api/late.py", "from twilio.rest import Client", {"twilio.rest"}),
        ("api/late.py", "import_module('vendors.twilio')", {"vendors.twilio"}),
        ("operations/late.py", "await company.redirect_call(sid, url)", {"redirect_call"}),
        ("operations/late.py", "await hang_up(sid)", {"hang_up"}),
        ("agents/late.py", "await desk.outgoing.telephony.hang_up(sid)", {"hang_up", "telephony"}),
        ("agents/people.py", "await desk.outgoing.telephony.start_call(n)", {"start_call"}),
        ("bot.py", "url = f'{root}/Calls.json'", {"the carrier's address"}),
        ("bot.py", "post('https://api.twilio.com/x')", {"the carrier's address"}),
        ("tools/late.py", "vars(outgoing)['telephony'].hang_up(sid)", {"telephony", "hang_up"}),
        ("operations/pieces.py", "twilio.send_sms(n)", {"send_sms"}),
    ],
)
def test_a_planted_bypass_is_caught(tmp_path: Path, file: str, text: str, found: set[str]) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert bypasses(tmp_path) == sorted(f"{file}: {what}" for what in found)


def test_what_may_is_let_through(tmp_path: Path) -> None:
    for file, text in {
        "compliance/gate.py": "from vendors.telephony import Telephony\nawait telephony.send_sms(n)",
        "vendors/twilio.py": "from twilio.rest import Client\nawait self.start_call(n)",
        "agents/people.py": "await self.desk.outgoing.telephony.hang_up(sid)",
        "api/door.py": "from twilio.request_validator import RequestValidator\nresponse.redirect(url)\n",
        "tasks/late.py": "await outgoing.call_person(sessions, person, purpose, now, dial)",
        "pipelines/call.py": "self._hang_up(reason)",
        "tools/tool.py": "if said.hang_up:\n    line.hang_up_after(said.text)",
        "logs.py": "QUIET = ('twilio.http_client',)",
    }.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    assert bypasses(tmp_path) == []
