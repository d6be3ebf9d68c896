"""Numbers as they are spoken: digits, English words, Hindi words in either script."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

UNITS = {
    "zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "शून्य": 0, "जीरो": 0, "एक": 1, "दो": 2, "तीन": 3, "चार": 4, "पांच": 5, "पाच": 5, "छह": 6, "छः": 6, "छे": 6,
    "सात": 7, "आठ": 8, "नौ": 9, "shunya": 0, "ek": 1, "do": 2, "teen": 3, "char": 4, "chaar": 4, "panch": 5,
    "paanch": 5, "chhe": 6, "chhah": 6, "cheh": 6, "saat": 7, "aath": 8, "nau": 9,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
TEENS = {
    word: 10 + place
    for place, word in enumerate(
        [
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
HINDI = """
10 das dus दस|11 gyarah ग्यारह|12 barah baarah बारह|13 terah तेरह|14 chaudah चौदह|15 pandrah पंद्रह पन्द्रह|16 solah सोलह
17 satrah सत्रह|18 atharah athaarah अठारह|19 unnis उन्नीस|20 bees bis बीस|21 ikkis इक्कीस|22 bais baais बाईस|23 teis तेईस
24 chaubis चौबीस|25 pachchis pachees pachis पच्चीस|26 chhabbis छब्बीस|27 sattais सत्ताईस|28 atthais अट्ठाईस|29 untis उनतीस
30 tees tis तीस|31 ikattis इकतीस|32 battis बत्तीस|33 taintis तैंतीस|34 chauntis चौंतीस|35 paintis paintees पैंतीस
36 chhattis छत्तीस|37 saintis सैंतीस|38 adtis अड़तीस|39 untalis उनतालीस|40 chalis chaalis chalees चालीस|41 iktalis इकतालीस
42 bayalis बयालीस|43 taintalis तैंतालीस|44 chavalis चौवालीस|45 paintalis paintalees पैंतालीस|46 chhiyalis छियालीस
47 saintalis सैंतालीस|48 adtalis अड़तालीस|49 unchas उनचास|50 pachas pachaas पचास|51 ikyavan इक्यावन|52 bavan बावन
53 tirpan तिरपन|54 chauvan चौवन|55 pachpan पचपन|56 chhappan छप्पन|57 sattavan सत्तावन|58 atthavan अट्ठावन|59 unsath उनसठ
60 saath साठ|61 iksath इकसठ|62 basath बासठ|63 tirsath तिरसठ|64 chausath चौंसठ|65 painsath पैंसठ|66 chhiyasath छियासठ
67 sadsath सड़सठ|68 adsath अड़सठ|69 unhattar उनहत्तर|70 sattar सत्तर|71 ikhattar इकहत्तर|72 bahattar बहत्तर
73 tihattar तिहत्तर|74 chauhattar चौहत्तर|75 pachhattar pachattar पचहत्तर|76 chhihattar छिहत्तर|77 sathattar सतहत्तर
78 athhattar अठहत्तर|79 unasi उन्यासी|80 assi अस्सी|81 ikyasi इक्यासी|82 bayasi बयासी|83 tirasi तिरासी|84 chaurasi चौरासी
85 pachasi पचासी|86 chhiyasi छियासी|87 sattasi सत्तासी|88 atthasi अट्ठासी|89 navasi नवासी|90 nabbe नब्बे|91 ikyanve इक्यानवे
92 banve बानवे|93 tiranve तिरानवे|94 chauranve चौरानवे|95 pachanve पंचानवे|96 chhiyanve छियानवे|97 sattanve सत्तानवे
98 atthanve अट्ठानवे|99 ninyanve निन्यानवे
"""
SCALES = {
    "hundred": 100, "sau": 100, "सौ": 100, "thousand": 1000, "hazaar": 1000, "hazar": 1000, "हजार": 1000,
    "lakh": 100_000, "lakhs": 100_000, "लाख": 100_000, "crore": 10_000_000, "करोड": 10_000_000,
}  # fmt: skip
PARTS = {
    "dhai": 250, "adhai": 250, "dhaai": 250, "ढाई": 250, "अढाई": 250, "dedh": 150, "derh": 150, "डेढ": 150,
}  # fmt: skip
"""Two and a half, one and a half: in hundredths."""
SHIFTS = {
    "saadhe": 50, "sadhe": 50, "साढे": 50, "sawa": 25, "sava": 25, "सवा": 25, "paune": -25, "पौने": -25,
}  # fmt: skip
"""Half more, a quarter more, a quarter less than what follows; alone, than one."""
COUNTED_DO = frozenset(
    [
        "sau",
        "hazaar",
        "hazar",
        "lakh",
        "minute",
        "minat",
        "ghante",
        "ghanta",
        "baje",
        "rupaye",
        "rupay",
        "rupees",
        "din",
    ]
)
"""What makes the English "do" the Hindi two."""
ANDS = frozenset({"and", "aur", "और"})
TOKEN = re.compile(
    r"\d+(?:,\d{2,3})*(?:\.\d+)?|[a-z]+(?:'[a-z]+)?|[\u0900-\u0963\u0970-\u097f]+|\S", re.IGNORECASE
)
DEVANAGARI_DIGITS = {0x0966 + digit: str(digit) for digit in range(10)}


def plain(text: str) -> str:
    """One spelling for what is written in several: nukta and chandrabindu, digits, apostrophes, dashes."""
    text = unicodedata.normalize("NFD", text.translate(DEVANAGARI_DIGITS)).replace("\u093c", "")
    text = unicodedata.normalize("NFC", text).replace("\u0901", "\u0902")
    return text.replace("’", "'").replace("–", "-").replace("—", " - ")


def _hindi() -> dict[str, int]:
    rows = [row.split() for row in HINDI.replace("\n", "|").split("|") if row]
    return {plain(word): int(number) for number, *words in rows for word in words}


UNITS |= {plain(word): number for word, number in UNITS.items()}
WHOLE = TEENS | _hindi()
WORDS = UNITS.keys() | TENS.keys() | WHOLE.keys() | SCALES.keys() | PARTS.keys() | SHIFTS.keys()
"""Every word that is, or begins, a number."""


@dataclass(frozen=True)
class Token:
    """A word, a number in digits or a sign, in small letters, and where it stands in the plain text."""

    text: str
    start: int
    end: int

    @property
    def digits(self) -> bool:
        """Whether it is written in digits."""
        return self.text[0].isdecimal()


@dataclass(frozen=True)
class Number:
    """A number that was said: tokens `first` up to, not with, `after`; its value in hundredths."""

    first: int
    after: int
    hundredths: int
    small: bool
    """One word or figure under a hundred: the half of "twelve fifty"."""

    @property
    def whole(self) -> int | None:
        """The value when it has no fraction."""
        return None if self.hundredths % 100 else self.hundredths // 100


def tokens(text: str) -> list[Token]:
    """The words of a plain text; hyphens between words are left out."""
    found = [Token(m.group().lower(), m.start(), m.end()) for m in TOKEN.finditer(text)]
    return [
        token
        for place, token in enumerate(found)
        if token.text != "-" or not _joins(found[place - 1 : place + 2])
    ]


def _joins(three: list[Token]) -> bool:
    return len(three) == 3 and three[0].text in TENS and three[2].text in UNITS


def numbers(said: Sequence[Token]) -> list[Number]:
    """Every number, left to right."""
    found: list[Number] = []
    place = 0
    while place < len(said):
        number = _number(said, place)
        if number is None:
            place += 1
        else:
            found.append(number)
            place = number.after
    return found


def _number(said: Sequence[Token], first: int) -> Number | None:
    total = group = 0
    open_to = 10**14
    """What may still be added to the group is smaller than this, in hundredths."""
    place, parts = first, 0
    while place < len(said):
        word = said[place].text
        if word in ANDS and parts and place + 1 < len(said) and open_to in (100 * 100, 1000 * 100):
            if _value(said, place + 1) is None:
                break
            place += 1
            continue
        if (
            word == ","
            and parts
            and open_to == 1000 * 100
            and place + 1 < len(said)
            and _value(said, place + 1)
        ):
            place += 1  # "one thousand, two hundred"
            continue
        scale = SCALES.get(word)
        if scale is not None:
            if not parts and scale > 100 and word not in ("hazaar", "hazar", "हजार", "lakh", "लाख"):
                break
            if scale == 100:
                if group >= 100 * 100:
                    break
                group, open_to = (group or 100) * 100, 100 * 100
            else:
                total, group, open_to = total + (group or 100) * scale, 0, 1000 * 100
            place, parts = place + 1, parts + 1
            continue
        value = _value(said, place)
        if value is None or value[0] >= open_to or (parts and said[place].digits):
            break
        group, place, parts = group + value[0], value[1], parts + 1
        open_to = 0
        if place < len(said) and said[place].text not in SCALES:
            break
    if not parts or (place > first and said[place - 1].text in {*ANDS, ","}):
        return None
    small = parts == 1 and total + group < 100 * 100 and said[first].text not in SCALES
    return Number(first, place, total + group, small)


def _value(said: Sequence[Token], place: int) -> tuple[int, int] | None:
    """A number without hundreds at this place, in hundredths, and the place after it."""
    word = said[place].text
    after = said[place + 1].text if place + 1 < len(said) else ""
    if said[place].digits:
        whole, _, part = word.replace(",", "").partition(".")
        return int(whole) * 100 + int((part + "00")[:2]), place + 1
    if word in TENS:
        unit = UNITS.get(after, 0) if after in UNITS and after not in ("zero", "oh") else 0
        return (TENS[word] + unit) * 100, place + (2 if unit else 1)
    if word == "do" and after not in COUNTED_DO and after not in WHOLE:
        return None
    if word in UNITS or word in WHOLE:
        return {**UNITS, **WHOLE}[word] * 100, place + 1
    if word in PARTS:
        return PARTS[word], place + 1
    if word in SHIFTS:
        rest = _value(said, place + 1) if place + 1 < len(said) else None
        return (rest[0] + SHIFTS[word], rest[1]) if rest else (100 + SHIFTS[word], place + 1)
    return None
