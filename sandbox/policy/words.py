"""The words of ordering food: sizes, strengths, diets, allergens and the phrases that surround a dish."""

import re

_SIZES = "half full regular large small medium family mini big quarter"
SIZES = frozenset(_SIZES.split())
_STRENGTHS = "mild hot spicy thin pan thick crispy plain"
STRENGTHS = frozenset(_STRENGTHS.split())
MODIFIERS = SIZES | STRENGTHS
# Words that stand between modifiers and say nothing themselves: "thin crust", "family size", "medium spice level".
_EMPTY = (
    "size sized sizes crust spice level plate plates portion portions piece pieces order orders serving "
    "servings one ones of the a an some my that this please thanks thank you too also well just for me us "
    "with in as to be it very really nice good and wala wali"
)
EMPTY = frozenset(_EMPTY.split())

ALLERGENS = {
    "peanut": ("peanut",), "groundnut": ("peanut",), "tree nut": ("tree_nut",), "cashew": ("tree_nut",),
    "almond": ("tree_nut",), "walnut": ("tree_nut",), "pistachio": ("tree_nut",), "nut": ("peanut", "tree_nut"),
    "dairy": ("dairy",), "milk": ("dairy",), "lactose": ("dairy",), "cheese": ("dairy",), "cream": ("dairy",),
    "gluten": ("gluten",), "wheat": ("gluten",), "celiac": ("gluten",), "coeliac": ("gluten",), "egg": ("egg",),
    "soy": ("soy",), "soya": ("soy",), "shellfish": ("shellfish",), "shrimp": ("shellfish",),
    "prawn": ("shellfish",), "fish": ("fish",), "sesame": ("sesame",), "mustard": ("mustard",),
}  # fmt: skip
DIETS = {
    "vegan": "vegan", "plant based": "vegan", "plant-based": "vegan", "jain": "jain", "halal": "halal",
    "non veg": "non_veg", "non-veg": "non_veg", "non vegetarian": "non_veg", "eggetarian": "egg",
    "vegetarian": "veg", "veggie": "veg", "pure veg": "veg", "veg": "veg",
}  # fmt: skip
_ALLERGEN = re.compile(
    r"\b(" + "|".join(sorted(map(re.escape, ALLERGENS), key=len, reverse=True)) + r")(?:s|es)?\b", re.I
)
_DIET = re.compile(r"\b(" + "|".join(sorted(map(re.escape, DIETS), key=len, reverse=True)) + r")\b", re.I)


def allergens_in(text: str) -> list[str]:
    """Names of the allergens said, each once, in order; plain "nuts" are peanuts and tree nuts."""
    return list(dict.fromkeys(name for found in _ALLERGEN.findall(text) for name in ALLERGENS[found.lower()]))


def diet_in(text: str) -> str | None:
    """The diet said, in the tool's name for it."""
    found = _DIET.search(text)
    return DIETS[found[1].lower()] if found else None


def without_diet(text: str) -> str:
    """The text without its diet words."""
    return " ".join(_DIET.sub(" ", text).split())


# What people say before the dish. Applied again and again until nothing is left to take.
LEAD = re.compile(
    r"^(?:hi|hey|hello|good (?:evening|morning|afternoon)|namaste|um+|uh+|er+|well|so|okay|ok|yes|yeah|yep|sure|right|"
    r"great|perfect|then|now|and|also|plus|actually|please|maybe|just|oh|aur|haan|ji|bhaiya|sorry|"
    r"(?:this is|my name is|it'?s) [a-z]+(?: here)?$|i was (?:wondering|thinking)(?: if)?|"
    r"(?:can|could|may|might) (?:i|we|you)(?: please)?(?: also)?"
    r"(?: (?:get|have|order|add|do|take|place|bring|send|give|grab|put in))?(?: (?:me|us))?|"
    r"(?:i|we)(?:'d| would| will|'ll)? ?(?:also )?(?:really )?(?:like|love|want|need|have|take|"
    r"get|order|go with|prefer|"
    r"go for)(?: to (?:order|get|have|add|try))?|i(?:'d| would) like|i'?m (?:ordering|getting|having|going to have)|"
    r"let'?s (?:get|have|do|go with|add)|let me (?:get|have|order|add|do)|give (?:me|us)|get (?:me|us)|"
    r"send (?:me|us)|bring (?:me|us)|add(?: on)?|order|put (?:me )?(?:down|in)(?: for)?|throw in|start with|mujhe|"
    r"hamko|humko|ek kaam karo|make me|how about|what about|i think(?: i'?ll)?|we'?ll|i'?ll|of|the|some|more)"
    r"(?![\w'])[\s,]*",
    re.I,
)
TRAIL = re.compile(
    r"[\s,]*\b(?:please|thanks|thank you|too|as well|also|for (?:me|us|delivery|dinner|lunch|now|tonight|today)|"
    r"if (?:you can|possible|that'?s okay)|if you have (?:it|them|that|those)|with that|to (?:the|my) order|"
    r"on (?:the|my) order|chahiye|de do|de dijiye|dena|dijiye|bhej do|bhejna|kar do|laga do|lagao|mangta hai|instead|"
    r"then|right now|today|tonight|now|ji|and)\s*$",
    re.I,
)
# A segment left with only these is talk around the order, not a dish.
_TALK = (
    "order delivery food dinner lunch something anything it that this them eat hungry an a the place to "
    "for me us get have hi hello yes no okay ok please thanks my usual today tonight now ready go ahead "
    "thing things stuff here there good great nice fine cool alright evening morning day home up on in "
    "and i i'm we you is what all those these of"
)
TALK = frozenset(_TALK.split())
VERBS = re.compile(
    r"\b(?:is|was|were|are|am|did|does|don'?t|didn'?t|isn'?t|can'?t|won'?t|will|would|should|think|know|said|say|mean|"
    r"hear|heard|called|calling|talking|speaking|looking|ate|wasn'?t|hasn'?t|has|had|been|i'?m|you'?re|it'?s)\b",
    re.I,
)


def singular(word: str) -> str:
    """A crude stem, good enough to compare dish names: "naans" and "naan", "samosas" and "samosa"."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("oes", "shes", "ches")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
