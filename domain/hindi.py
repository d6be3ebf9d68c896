"""Hindi as it is said: numbers, money, times, allergens, in Devanagari."""

from domain.numerals import HINDI

DIGITS = ("शून्य", "एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ")
SCALES = ((10_000_000, "करोड़"), (100_000, "लाख"), (1000, "हज़ार"), (100, "सौ"))
WORDS = {"INR": ("रुपया", "रुपये", "पैसा", "पैसे"), "USD": ("डॉलर", "डॉलर", "सेंट", "सेंट")}
PARTS_OF_DAY = ((4, "रात"), (12, "सुबह"), (16, "दोपहर"), (20, "शाम"), (24, "रात"))
"""Until which hour a time belongs to which part of the day."""
WEEKDAYS = ("सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार")
MONTHS = (
    "जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर",
)  # fmt: skip
JOINERS = {"and": "और", "or": "या"}
ALLERGENS = {
    "dairy": "दूध", "gluten": "ग्लूटेन", "egg": "अंडे", "peanut": "मूँगफली", "tree_nut": "मेवों", "soy": "सोया",
    "fish": "मछली", "shellfish": "झींगे और केकड़े", "sesame": "तिल", "mustard": "सरसों",
}  # fmt: skip
"""As they stand before "से": what somebody is allergic to."""
_SAID = {
    int(row.split()[0]): next(word for word in row.split()[1:] if word > "ऀ")
    for row in HINDI.replace("\n", "|").split("|")
    if row
}


def say_number(number: int) -> str:
    """A whole number from zero: "दो सौ उनचास"."""
    if number < 10:
        return DIGITS[number]
    if number < 100:
        return _SAID[number]
    for scale, name in SCALES:
        if number >= scale:
            many, rest = divmod(number, scale)
            return f"{say_number(many)} {name}" + (f" {say_number(rest)}" if rest else "")
    raise AssertionError(number)


def say_amount(amount: int, currency: str) -> str:
    """Minor units as money: "दो सौ उनचास रुपये पचास पैसे"."""
    one, many, small_one, small_many = WORDS[currency]
    whole, part = divmod(abs(amount), 100)
    said = [f"{say_number(whole)} {one if whole == 1 else many}"] if whole or not part else []
    if part:
        said.append(f"{say_number(part)} {small_one if part == 1 else small_many}")
    return ("माइनस " if amount < 0 else "") + " ".join(said)


def say_time_of_day(hour: int, minute: int) -> str:
    """A time on the clock of 24 hours: "शाम साढ़े सात बजे", "दोपहर डेढ़ बजे", "सुबह आठ बजकर पाँच मिनट"."""
    part = next(name for until, name in PARTS_OF_DAY if hour < until)
    twelve = hour % 12 or 12
    match minute:
        case 0:
            said = f"{say_number(twelve)} बजे"
        case 15:
            said = f"सवा {say_number(twelve)} बजे"
        case 30:
            said = {1: "डेढ़", 2: "ढाई"}.get(twelve, f"साढ़े {say_number(twelve)}") + " बजे"
        case 45 if twelve != 12:
            said = f"पौने {say_number(twelve + 1)} बजे"
        case 45:
            said = "पौन बजे"
        case _:
            said = f"{say_number(twelve)} बजकर {say_number(minute)} मिनट"
    return f"{part} {said}"
