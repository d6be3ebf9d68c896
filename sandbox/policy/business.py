"""What a caller says about orders that were placed: where it is, what went wrong, what to change,"
" which rules hold."""

import re
from dataclasses import dataclass

from sandbox.policy.troubles import WISHED_SUM, mentions_money, trouble_in

_I = re.IGNORECASE
_FOOD = r"(?:order|food|delivery|parcel|dinner|lunch|breakfast|meal|pizza|biryani|khana)"
_RIDER = r"(?:driver|rider|delivery (?:guy|boy|man|person|partner))"
_IT = rf"(?:it|that|they|he|she|(?:my|the|our|this|that|today'?s|yesterday'?s) (?:\w+ ){{0,2}}(?:{_FOOD}|{_RIDER}))"
WHERE = re.compile(
    rf"\bwhere(?:'s| is| are| has| did)?\b[^.?!]{{0,40}}\b(?:{_FOOD}|{_RIDER}|order's)\b"
    rf"|\b(?:status|whereabouts) of\b[^.?!]*\b{_FOOD}|\border status\b|\btrack(?:ing)? (?:of )?(?:my|the|our|it)\b"
    rf"|\b(?:how long|how much longer|when|what time) (?:\w+ ){{0,3}}(?:my|our|today'?s) (?:\w+ ){{0,2}}{_FOOD}\b"
    rf"|\b(?:has|have|is|did)(?:n'?t)? (?:my|our|today'?s) (?:\w+ ){{0,2}}(?:{_FOOD}|{_RIDER})\b[^.?!]*"
    rf"\b(?:left|leave|late|way|coming|ready|picked|arrived?|out|close|near|delivered|here)\b"
    rf"|\b(?:my|our|the|today'?s) (?:{_FOOD}|{_RIDER})(?:'s| is| has|s)\b[^.?!]*\b(?:late|not here|yet|taking)\b"
    rf"|\bwhat(?:'s| is) (?:happening|going on|the (?:update|news|progress)) (?:with|on|of) (?:my"
    rf"|our|the) {_FOOD}\b"
    rf"|\bwhat happened (?:to|with) (?:my|our|the) {_FOOD}\b|\b(?:update|news) (?:on|about|of)"
    rf" (?:my|our|the) {_FOOD}\b"
    rf"|\b(?:calling|call|phoning|here) about (?:my|our|the|an) (?:order|delivery)\b"
    rf"|\b(?:still )?waiting (?:\w+ ){{0,4}}for (?:my|our|the) (?:{_FOOD}|{_RIDER})\b"
    rf"|\bstill (?:don'?t have|haven'?t (?:got|received)) (?:my|our) {_FOOD}\b"
    rf"|\b(?:{_FOOD}|{_RIDER}|delivery wala)\b[^.?!]*\b(?:kahan|kahaan|kidhar)\b|\b(?:kahan|kahaan|kidhar)\b[^.?!]*"
    rf"\b(?:order|khana|{_RIDER})\b|\b(?:order|khana)\b[^.?!]*\b(?:kab|kitni der|kitna time|abhi tak)\b",
    _I,
)
# Who is putting an order together may ask these about that one.
_SOFT_WHERE = re.compile(
    rf"\bwhere(?:'s| is| are) (?:it|they|he|she|that)\b|\bhow (?:long|much longer|soon)\b|\b(?:eta"
    rf"|time of arrival)\b"
    rf"|\bwhen (?:will|is|does|can|should) {_IT}\b|\bwhat time (?:will|is|does) {_IT}\b"
    rf"|\b(?:has|have|is|did) {_IT}\b[^.?!]*\b(?:left|leave|late|way|coming|ready|picked|arrived?"
    rf"|out|close|near|here)\b"
    rf"|\b{_IT}(?:'s| is| has)(?: (?:so|very|really|quite|already|running|a|bit|an|\w+ (?:minutes|hours?)))* late\b"
    rf"|\b(?:has|have|is|it'?s)(?:n'?t| not) (?:yet )?(?:here|arrived|come|been delivered)\b"
    rf"|\brunning late\b|\bstill not (?:here|arrived|come|delivered)\b"
    rf"|\btaking (?:so|too|very|really) long\b|\bkab (?:tak )?(?:aa?y?ega|aayegi|pahunchega|milega)\b|\bkitni der\b"
    rf"|\bkitna (?:time|samay)\b|\babhi tak (?:nahi+n?|nhi)\b",
    _I,
)
RECEIPT = re.compile(
    rf"\b(?:i|we)(?:'ve| have)? (?:just |already |now )*(?:got|received|have|picked up) (?:the|my|our) {_FOOD}\b"
    rf"|\b(?:my|the|our) (?:{_FOOD}|{_RIDER})(?:'s| is| has| have)? (?:just |already |now )*"
    rf"(?:arrived|here|came|come|been delivered|got here|reached|delivered)\b"
    rf"|\b(?:order|khana|{_FOOD}) (?:mil gaya|aa gaya|pahunch gaya)\b",
    _I,
)
LEAVES = re.compile(
    r"\b(?:leave|drop|put) (?:it|the (?:food|order|bag))\b[^.?!]{0,20}\b(?:door|outside|guard|gate|porch|reception)\b",
    _I,
)
_SOFT_RECEIPT = re.compile(
    r"\b(?:i|we)(?:'ve| have)? (?:just |already |now )*(?:got|received) (?:it|everything)\b"
    r"|\b(?:it|he|she|that)(?:'s| is| has)? (?:just |already |now )*(?:arrived|here|come|came|got"
    r" here|been delivered)\b"
    r"|\b(?:mil|aa|pahunch) gay[ai]\b",
    _I,
)
_NOT_YET = re.compile(r"\b(?:not|never|yet|nahi+n?|nhi|hasn'?t|haven'?t|didn'?t|isn'?t|when|if|says?)\b", _I)
_ASKING = re.compile(r"^\W*(?:has|have|is|did|does|do|was|when|where|how|why)\b", _I)
CANCEL = re.compile(
    r"\bcancel(?:l?ing|l?ed)? (?:\w+'?s? ){0,4}?(?:order|delivery|it|that|this|one|everything)\b|"
    r"\bcancel (?:kar(?:o|na|wana| do| dijiye| dena)?)\b|\border cancel\b|^\W*(?:please )?cancel\W*$|"
    r"\b(?:don'?t|do not) (?:want|need) (?:it|(?:the|my|that|this) (?:order|food|delivery)) any ?more\b|"
    r"\bcall off (?:the|my) order\b",
    _I,
)
EARLIER = re.compile(
    r"\b(?:yesterday|last night|earlier|previous|existing|already (?:placed|ordered)|on (?:its|the) way|kal wala|"
    r"(?:this|yesterday) morning|(?:order|one) (?:that )?i(?:'ve| have)? (?:just )?(?:placed|made)|"
    r"my (?:last|other|current) order|today'?s order|placed order)\b",
    _I,
)
_CHANGING = re.compile(r"\b(?:change|modify|update|edit|remove|take off|alter|add)\b[^.?!]*\border\b", _I)
RULES = re.compile(
    r"\bpolic(?:y|ies)\b|\bterms and conditions\b|\b(?:opening|closing|business|working) (?:hours|times?)\b"
    r"|\b(?:what time|when|how late|until when) (?:do|are|will) you (?:open|close|deliver)\b"
    r"|\bare you (?:open|closed)\b|\b(?:open|deliver|closed) (?:on|at|over) (?:sundays?|saturdays?"
    r"|mondays?|weekends?|"
    r"holidays?|night|diwali|christmas|thanksgiving)\b"
    r"|\bdo you (?:also )?deliver (?:on|in|after|before|late|outside|everywhere|at|to (?!me\b|\d))"
    r"|\b(?:which|what) (?:areas?|cities|places|neighbou?rhoods)\b|\bdelivery (?:area|zone|radius|fee|charges?)\b"
    r"|\bminimum order\b|\bdo you (?:accept|take) (?:amex|american express|paypal|gift|apple|google"
    r"|upi|cheques?|checks?)"
    r"|\bgift cards?\b|\bloyalty\b|\bmembership\b|\bsubscription\b|\bhow do(?:es)? (?:the |a |your"
    r" )?refunds? work\b"
    r"|\b(?:how long|when) (?:do|does|will|would) (?:a |the |my )?refunds? (?:take|come|arrive|be)\b"
    r"|\bwhen (?:will|do) i get (?:a |the |my )refund\b|\b(?:do|can) you (?:give|offer|do) refunds\b"
    r"|\b(?:delete|download|store|keep|share|sell) (?:\w+ ){0,2}(?:my|our) (?:data|account|number|details)\b"
    r"|\b(?:is )?this call (?:being )?recorded\b|\bare you recording\b|\bmy data\b|\bprivacy\b"
    r"|\binvoice\b|\bgst (?:bill|number)\b"
    r"|\bhow (?:do|can) i (?:change|update|delete|close) my (?:number|phone|e-?mail|account|password)\b"
    r"|\bcan i (?:tip|schedule|pay (?:later|by cheque))\b|\bwhat happens (?:if|when)\b|\bhygiene\b"
    r"|\b(?:deliver|sell|serve|have) (?:any )?(?:alcohol|liquor)\b"
    r"|\bkya aap\b[^.?!]*\b(?:deliver|delivery|khule|kholte)\b|\bkitne baje (?:tak )?\w*\s?(?:khul"
    r"|band|open|deliver)\w*",
    _I,
)
DETAIL = re.compile(
    r"\b(?:what(?:'s| is| was)|tell me|repeat|which) (?:\w+ ){0,3}(?:code|pin)\b|\bwhat did i (?:order|pay)\b"
    r"|\bwhat(?:'s| is| was) (?:in )?(?:my|the) (?:order|total)\b|\bhow much (?:was|did|is) (?:it|i"
    r"|that|my order)\b"
    r"|\bwhich restaurant\b",
    _I,
)
QUESTION = re.compile(
    r"\?\s*$|^\W*(?:(?:and|so|ok|okay|also|but|well|hi|hello)\W+)*(?:do|does|can|could|what|when"
    r"|how|are|is|why|which|"
    r"who|will|would|kya|kitn[aei]|kab)\b",
    _I,
)
_FOR_RIDER = re.compile(
    rf"\b(?:tell|ask|let) (?:the |my )?(?:{_RIDER}|him|her|them)\b(?: to| that| know(?: that)?)? (?P<told>[^.?!]+)"
    r"|\b(?P<left>leave (?:it|the (?:food|order|parcel|bag)) (?:at|with|outside|by|on|in) [^.?!,]+)"
    r"|\b(?P<done>(?:please )?(?:don'?t ring|ring (?:the |twice)|call me (?:when|from|at)|gate code"
    r"|the gate code)[^.?!]*)"
    r"|\b(?:rider|driver) ko (?:bol|bata)\w*(?: do| dena| dijiye)? (?:ki )?(?P<hindi>[^.?!]+)"
    r"|\b(?P<guard>(?:guard|gate|darwaze|reception) (?:ke paas|pe|par)[^.?!]*)",
    _I,
)
MOVED = re.compile(
    r"\b(?:change|update|switch|wrong|different|new|another)\b[^.?!]{0,20}\baddress\b|\baddress"
    r" (?:badal|change|galat)\w*"
    r"|\b(?:bring|deliver|send|take) (?:it|that|the (?:food|order)|my (?:food|order)|them) (?:to|somewhere)\b",
    _I,
)


@dataclass(frozen=True)
class Business:
    """One turn, as far as it is about orders that were placed.

    `trouble` is a kind of `file_complaint` ("other" when only the word complaint was said), `wanted` the money in the
    caller's words; `surely_` says that it cannot be about an order which is only being put together.
    """

    where: bool = False
    surely_where: bool = False
    receipt: bool = False
    surely_receipt: bool = False
    trouble: str = ""
    money: bool = False
    wanted: str = ""
    cancel: bool = False
    earlier: bool = False
    changing: bool = False
    moved: bool = False
    note: str = ""
    rules: bool = False
    detail: bool = False

    @property
    def any(self) -> bool:
        """Whether the turn is about a placed order or a rule at all."""
        asked = (self.where, self.receipt, self.trouble, self.money, self.rules, self.detail)
        return any((*asked, self.cancel, self.moved, self.note))


def business_in(text: str) -> Business:
    """Read one turn."""
    text = text.replace("\u2019", "'").strip()
    rules = bool(RULES.search(text))
    trouble = "" if rules else trouble_in(text)
    money = not rules and mentions_money(text)
    surely_where = not trouble and bool(WHERE.search(text))
    where = surely_where or (not trouble and not rules and bool(_SOFT_WHERE.search(text)))
    arrived = not (trouble or money or _NOT_YET.search(text) or _ASKING.match(text) or text.endswith("?"))
    surely_receipt = arrived and bool(RECEIPT.search(text))
    note = "" if trouble else _note(text)
    wished = WISHED_SUM.search(text)
    return Business(
        where=where and not note,
        surely_where=surely_where and not note,
        receipt=surely_receipt or (arrived and bool(_SOFT_RECEIPT.search(text))),
        surely_receipt=surely_receipt,
        trouble=trouble,
        money=money,
        wanted=wished[0].strip() if wished else "",
        cancel=not rules and bool(CANCEL.search(text)),
        earlier=bool(EARLIER.search(text)),
        changing=bool(_CHANGING.search(text)),
        moved=not trouble and bool(MOVED.search(text)),
        note=note,
        rules=rules,
        detail=bool(DETAIL.search(text)),
    )


def _note(text: str) -> str:
    found = _FOR_RIDER.search(text)
    return next((part.strip(" ,") for part in found.groups() if part), "") if found else ""
