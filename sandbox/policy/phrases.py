"""The phrases a caller uses about the order and the talk itself, as patterns."""

import re

ROBOT = re.compile(
    r"\b(?:are you|am i (?:talking|speaking) (?:to|with)|is this) (?:really |actually |"
    r"even )?(?:a |an )?(?:real |actual |live )?"
    r"(?:robot|bot|human|machine|ai|a\.i\.|person|computer|recording|real)(?: being| person|"
    r" human)?\b[^.?!]*[?.!]?|\bwho are you\b\??",
    re.I,
)
MODEL = re.compile(
    r"\b(?:which|what) (?:language |ai )?model\b[^.?!]*[?.!]?|\bare you (?:chatgpt|gpt|claude)\b[^.?!]*[?.!]?",
    re.I,
)
PERSON = re.compile(
    r"[^.?!,;]*\b(?:agent|representative|operator|manager|supervisor|human being|human|real person)\b[^.?!,;]*|"
    r"[^.?!,;]*\b(?:speak|talk|connect me|put me through|transfer me) (?:to|with) (?:a |an |the |some ?)?"
    r"(?:person|one|body|staff|somebody)\b[^.?!,;]*",
    re.I,
)
NOT_NAME = (
    r"not (?!(?:sure|hungry|allergic|ready|done|finished|in|at|going|that|really|vegan|very|able|here|the|a|too|it|"
    r"what|interested)\b)"
)
NOT_ME = re.compile(
    rf"\b(?:i'?m|i am|this is|it'?s|my name is) {NOT_NAME}[a-z]+\b[^.?!,]*|\bwrong (?:person|customer)\b",
    re.I,
)
STATUS = re.compile(
    r"\bwhere(?:'s| is| has)? (?:my|the|our) (?:order|food|delivery|driver|rider|dinner|pizza)\b[^.?!]*[?.!]?|"
    r"\b(?:status of|track) (?:my|the|our) (?:order|delivery|food)\b[^.?!]*|\border status\b|"
    r"\b(?:when will|how long (?:until|till|before|for)) (?:my|the|our) (?:order|food|delivery)\b[^.?!]*[?.!]?",
    re.I,
)
COMPLAINT = re.compile(
    r"\b(?:refund (?:my|me|for)|(?:want|need|get) (?:a |my )?(?:refund|money back)|complain\w*|"
    r"(?:food|order|it) (?:was|came|arrived) "
    r"(?:cold|late|wrong|spilled|missing)|missing from my|wrong (?:order|item|food))\b[^.?!]*",
    re.I,
)
CANCEL = re.compile(
    r"\bcancel (?:the |my |this |that )?(?:whole |entire )?order\b|\bforget (?:the whole thing|"
    r"about it|it)\b|^never ?mind\b",
    re.I,
)
BYE = re.compile(
    r"\b(?:good ?bye|bye(?:[- ]bye)?|hang up|see you|have a (?:good|nice|great) (?:day|night|evening|one))\b",
    re.I,
)
VOICEMAIL = re.compile(
    r"\b(?:voice ?mail|answering machine)\b|\bleave (?:a|your|me a) message\b"
    r"|\bafter the (?:tone|beep)\b|\bcannot come to the phone\b",
    re.I,
)
ALLERGY = re.compile(
    r"[^.?!;]*\b(?:allerg(?:ic|y|ies)|intoleran(?:t|ce)|celiac|coeliac)\b[^.?!;]*?(?=$|[.?!;]|"
    r",? (?:so|but|and) (?:can|could|i|what|please|add|give))",
    re.I,
)
SOLD_OUT = re.compile(
    r"[^.?!;]*\b(?:sold out|out of stock|not available|unavailable|(?:run|runs|is|are) out|"
    r"don'?t have (?:it|something|any of))\b[^.?!;]*",
    re.I,
)
WHAT_IF_OUT = {
    "refund": "refund", "money back": "refund", "similar": "similar", "substitut": "similar", "replace": "similar",
    "something else": "similar", "call": "call_me", "ring": "call_me", "phone": "call_me", "ask me": "call_me",
}  # fmt: skip
TIP = re.compile(
    r"(?:\band )?\b(?:please )?(?:add|put in|include|with)\b (?P<amount>[^.?!,;]*?) (?:as a )?tip\b(?: for [^.?!,;]*)?",
    re.I,
)
PROMO = re.compile(
    r"\b(?:i have a |use |apply |with )?(?:the |my |a )?(?:promo(?:tion)?|coupon|discount|"
    r"voucher)(?: code)?(?: is|:|,)?\s*(?P<code>[a-z]+ ?\d+|[A-Z0-9]{4,})?\b",
    re.I,
)
TOTAL = re.compile(
    r"\b(?:how much (?:is|will|would|does)(?: all)? (?:it|that|this|everything|the (?:order|"
    r"total|bill))\b[^.?!]*|what(?:'s| is) the (?:total|bill)\b|"
    r"what do i owe\b|(?:total )?kitna (?:hua|hoga)\b)[?.!]?",
    re.I,
)
RECAP = re.compile(
    r"\b(?:what (?:do i have|have i (?:got|ordered)|did i order|is in my (?:order|cart))|what'?s in my (?:order|cart)|"
    r"read (?:it|that|my order|the order) back|repeat (?:my|the) order)\b[^.?!]*[?.!]?",
    re.I,
)
REPEAT = re.compile(
    r"^(?:sorry|pardon|pardon me|what|excuse me|huh)\s*[?.!]*$|"
    r"(?:\b(?:sorry|pardon)[, ]+)?(?:\b(?:could|can|would) you )?(?:please )?\b(?:say that again|come again|"
    r"can you repeat(?: that)?|repeat that|"
    r"i (?:didn'?t|did not|couldn'?t) (?:catch|hear|get)(?: that| you)?|what did you say)\b[^.?!]*[?.!]?",
    re.I,
)
HERE = re.compile(r"^(?:yes|yeah|yep)?[\s,.]*(?:i'?m|i am|we'?re) (?:still )?here\b[\s,.!]*", re.I)
HOLD = re.compile(
    r"^(?:wait|hold on|hang on|one (?:moment|second|sec|minute)|(?:just )?(?:a|"
    r"give me a) (?:moment|second|sec|minute)|let me (?:think|check|see))\b[\s,.!]*",
    re.I,
)
PAY = re.compile(
    r"\b(?:(?:i'?ll|i will|i'?d like to|i want to|let me|can i)? ?(?:pay(?:ing)?|charge(?: it)?|"
    r"put it|use|go with|try) )?(?:(?:in|by|with|on|to|via) )?(?:the |my |a )?"
    r"(?P<how>cash(?: on delivery)?|(?:other|another|different|second|new|first|credit|debit|"
    r"same|saved) card|visa|master ?card|amex|rupay|upi|payment link|card)"
    r"(?: (?:on file|ending (?:in|with) [\w ]+?))?(?: on delivery| please)?\b",
    re.I,
)
DONE = re.compile(
    r"\b(?:that(?:'s| is| will be|'ll be| would be|'d be) (?:all|it|everything|fine|the order)|"
    r"nothing(?: else| more)?|just that|"
    r"(?:i'?m|we'?re|i am|we are) (?:done|good|fine|all set|finished)|no more|"
    r"bas(?: itna)?)\b(?: for (?:now|me|today))?"
    r"|\bdone\b(?=\W*$)",
    re.I,
)
YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|ok|okay|correct|right|that'?s (?:right|correct|fine)|please do|"
    r"go ahead|place it|do it|do that|sounds good|perfect|"
    r"of course|absolutely|definitely|exactly|haan|han|ji|theek hai|kar (?:do|dijiye)|fine|alright|confirm(?:ed)?|"
    r"great|good|why not|lovely)\b[\s,.!]*(?:please\b)?[\s,.!]*",
    re.I,
)
NO = re.compile(
    r"^(?:no|nope|nah|not (?:really|yet|now|that|today)|nahi+n?|don'?t)\b(?=\s*$|\s*[,.!?;]|"
    r"\s+(?:thank|thanks|that|it|please|i|i'?m|just|not|nothing|make|actually|wait|the|"
    r"change|add|remove|two|three|one|we|you|don'?t|my|deliver|send)\b)[\s,.!]*",
    re.I,
)
FINE = re.compile(
    r"^\W*(?:(?:okay|ok|well|sure|and)\W+)*that(?:'s| is|'ll be| will be| would be) "
    r"(?:fine|okay|ok|alright|good)\b[\s,.!]*",
    re.I,
)
THANKS = re.compile(r"\b(?:thank(?:s| you)(?: (?:so|very) much| a lot)?|dhanyavaad|shukriya)\b[\s,.!]*", re.I)
USUAL = re.compile(r"\b(?:(?:my|the) usual|same as (?:last time|always|before))\b", re.I)
ASAP = re.compile(r"\b(?:as soon as possible|asap|right away)\b", re.I)
LANGUAGE = re.compile(
    r"\b(?:hindi|english) (?:mein|me) (?:hi )?(?:boliye|bolo|baat (?:karo|kijiye))\b[\s,.!]*"
    r"|\b(?:in )?(?:hindi|english),? please\b[\s,.!]*",
    re.I,
)
NAME = re.compile(r"\b(?:this is|my name is) [a-z]+(?: here)?\b[\s,.!]*", re.I)
ASKED = re.compile(
    r"^(?:and |so |okay |ok |well )*(?:what(?:'s| is| are| do you have| have you got| kinds? of|"
    r" else)?|which|do you (?:have|do|sell|serve|got)|have you got|"
    r"is there|are there|tell me about|show me|(?:can|could) you (?:recommend|suggest)|recommend|"
    r"suggest|how much (?:is|are|for|does)|i'?m (?:in the mood|craving|looking) for|"
    r"(?:is|are|does) the|got any)\b(?P<about>.*)$",
    re.I,
)
NOISE = re.compile(
    r"\b(?:do you have|have you got|you have|you got|that(?:'s| is| are)|which are|on the menu|"
    r"menu|any|dish(?:es)?|options?|of|kinds?|"
    r"the|a|an|there|cost|good|your|today|tonight|recommend|suggest|me|for|i|can|order|you|is|are|some|available|contain|have|got)\b",
    re.I,
)
QUALITY = re.compile(
    r"\b(?:spicy|hot|sweet|veg\w*|halal|jain|gluten|dairy|nuts?|peanuts?|eggs?|free|safe|big|large|with|in it)\b.*$",
    re.I,
)
