"""What is said in anger or in danger: insults, which are let pass, and what asks for the emergency number."""

import re

INSULT = re.compile(
    r"\b(?:you(?:'re| are)?,? )?(?:(?:such |just )?(?:a|an|the) )?"
    r"(?:(?:bloody|damn(?:ed)?|f\w*king|freaking|stupid|dumb|useless|total|complete|worthless|goddamn) )*"
    r"(?:idiots?|morons?|imbeciles?|dumbass|jerks?|ass ?holes?|bastards?|bitch(?:es)?"
    r"|piece of (?:shit|crap|junk|garbage)|(?:stupid|dumb|useless|damn) (?:machine|bot|robot|thing|computer))"
    r"\b[\s,.!]*"
    r"|\byou(?:'re| are) (?:so |really |totally |completely )?(?:stupid|dumb|useless|worthless|pathetic)\b[\s,.!]*"
    r"|\b(?:f\w*k (?:you|off)|screw you|shut up|go to hell)\b[\s,.!]*"
    r"|\b(?:bewakoof|bevkoof|gadh[ae]|ullu(?: ka pattha)?|nalayak|kamin[ae]|chutiya)\b[\s,.!]*"
    r"|(?:बेवकूफ|बेवक़ूफ़|गध[ाे]|उल्लू(?: का पट्ठा)?|नालायक|कमीन[ाे])[\s,.!।]*",
    re.I,
)
EMERGENCY = re.compile(
    r"\bunconscious\b|\bpassed out\b|\b(?:not|isn'?t|stopped) breathing\b|\b(?:can'?t|cannot) breathe\b"
    r"|\bchok(?:ing|ed)\b|\bheart attack\b|\b(?:having|had) a (?:stroke|seizure)\b"
    r"|\bbleeding (?:badly|a lot|heavily|to death)\b|\bgas leak\b|\boverdos\w+\b|\bsuicid\w+\b"
    r"|\b(?:there(?:'s| is) a|(?:house|home|kitchen|flat|building|room|car|everything) is on|(?:i'?m|we'?re) on) fire\b"
    r"|\b(?:kill|hurt) (?:myself|himself|herself)\b|\b(?:is|are|being) (?:attacked|stabbed|shot)\b"
    r"|\bcall (?:an ambulance|9-?1-?1|112|the police)\b"
    r"|\bbehosh\b|\bsaa?n?s nahi+n?\b|\bd[ua]m ghut\w*\b|\baag lag\w*\b|\bdil ka daura\b"
    r"|\bgale mein (?:atak|phas)\w*\b"
    r"|बेहोश|सा[ँं]स नहीं|दम घुट|आग लग|दिल का दौरा|गले में (?:अटक|फ[ँं]स)",
    re.I,
)
