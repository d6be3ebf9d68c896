"""What the system says by itself in any call: while it is slow, when it hears nothing, when it has to hang up."""

from dataclasses import dataclass

from domain.saying import Saying

FILLERS = (Saying("One moment, please.", "एक पल रुकिए।"), Saying("Just a second.", "बस एक सेकंड।"))
APOLOGY = Saying(
    "I'm sorry, I'm having trouble on my side. Could you say that once more?",
    "माफ़ कीजिए, मेरी तरफ़ कुछ दिक़्क़त है। ज़रा एक बार फिर कहिए?",
)
NUDGE = Saying("Are you still there?", "क्या आप लाइन पर हैं?")
UNHEARD = Saying(
    "Sorry, I didn't catch that. Could you say it again?", "माफ़ कीजिए, सुनाई नहीं दिया। ज़रा फिर से कहिए?"
)
CHOICES = Saying(
    "You can also press a key, or say: order, help, or a person.",
    "चाहें तो कोई बटन दबाइए, या कहिए: ऑर्डर, मदद, या इंसान।",
)
SHUTDOWN = Saying(
    "I'm sorry, I have to hang up now. Your order is kept. Please call again in a minute. Goodbye.",
    "माफ़ कीजिए, मुझे अब फ़ोन रखना होगा। आपका ऑर्डर सुरक्षित है। एक मिनट बाद फिर फ़ोन कीजिए। नमस्ते।",
)


@dataclass(frozen=True)
class Lines:
    """What the system says by itself; prepare these texts in the `PhraseStore` before the first call."""

    fillers: tuple[Saying, ...] = FILLERS
    apology: Saying = APOLOGY
    nudge: Saying = NUDGE
    unheard: Saying = UNHEARD
    choices: Saying = CHOICES
    shutdown: Saying = SHUTDOWN

    @property
    def all(self) -> tuple[str, ...]:
        """Every text of it, in every language."""
        lines = (*self.fillers, self.apology, self.nudge, self.unheard, self.choices, self.shutdown)
        return tuple(text for line in lines for text in line.all)
