"""What the help says: every gesture, grouped as the hand meets them. Data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from latentjockey.control.names import EIGHT


@dataclass(frozen=True, slots=True)
class Entry:
    """A gesture, and what it does."""

    gesture: str
    does: str


@dataclass(frozen=True, slots=True)
class Topic:
    title: str
    entries: tuple[Entry, ...]


def _topic(title: str, *pairs: tuple[str, str]) -> Topic:
    return Topic(title, tuple(Entry(gesture, does) for gesture, does in pairs))


_KNOBS = {
    "wander": "how fast the deck drifts; negative walks back the way it came",
    "reach": "how far from the centre: 0 is the centre, 1 as it is, beyond 1 further than the model ever saw",
    "coarse": "how much of the shape comes through; 0 kills it, negative turns it over",
    "middle": "the same for parts and forms",
    "fine": "the same for surface and colour",
    "lead": "along the direction that changes the picture most",
    "break": "tears the layers apart: 0 is whole",
    "echo": "how much of the last picture stays in the next",
}

TOPICS: tuple[Topic, ...] = (
    _topic(
        "the eight knobs",
        *((word, _KNOBS[word]) for word, _ in EIGHT),
        ("which deck", "they follow the focused deck; with Shift held they move the other one"),
    ),
    _topic(
        "every control",
        ("drag", "moves it; with Shift ten times finer. It never stops at its end"),
        ("wheel", "moves it in small steps; with Shift in smaller ones"),
        ("double-click", "doubles the range under the hand; on the number: type any number"),
        ("right-click", "type a number, copy the OSC address, range, learn, loop, modulate, default, who holds it"),
        ("Ctrl-drag", "records the movement: let go, and it loops to the bar"),
        ("Alt-click", "back to the default"),
        ("arrows, Page, Home, End", "move the control that shows the ring; Tab brings the ring, Esc takes it away"),
        ("pink", "beyond the nominal range: allowed, and meant to be played"),
        ("small open circle", "where the hardware knob stands: it takes hold once it passes the value"),
    ),
    _topic(
        "latent strip",
        ("paint", "draw across the bars to shape the place by hand"),
        ("Shift-paint", "smooths what you cross"),
        ("wheel", "scales the bars around the mouse"),
        ("hover", "names the number of the bar and its value"),
        ("Alt-click", "sets a bar to its default"),
        ("classes, directions, z", "how much of each kind, what shows most first, or every number of the place"),
        ("rows with names", "drag a bar to either side of its middle; right-click for this one alone"),
        ("prompts", "a click on the text, or F2, writes it: Enter keeps it, Escape leaves it; a drag plays its weight"),
        ("noise", "what a diffusion model begins with: its coarse, middle and fine part, a third of the strip each"),
        ("bands", "the inner band is ±1 σ, the outer ±3 σ; bars beyond are pink"),
    ),
    _topic(
        "cues",
        ("click", "glides to the cue; an empty one keeps this place"),
        ("right-click, long press", "keeps this place, with the picture that is on stage"),
        ("outline", "the deck stands exactly on this cue"),
        ("drag a cue", "onto another pad: it is copied there"),
        ("randomise, mutate, breed", "a new place; a step aside; a child of both decks"),
        ("drop a still", "drag a kept picture onto a deck: it goes where the picture was"),
    ),
    _topic(
        "stage",
        ("drag on the picture", "leads along the two strongest directions; throw it, and it glides on"),
        ("wheel on the picture", "reach"),
        ("drop a file", "a still or a preset is recalled, a shader comes into the chain"),
        ("freeze, blackout", "keep the picture; black. The engine plays on underneath"),
        ("crossfader", "from A to B in latent space, evened out by what is seen"),
        ("kill", "a click takes a band to nothing, the next brings it back; held, it kills only as long"),
    ),
    _topic(
        "shaders",
        ("put one in", "drag it from the list, press Enter on it, or drop an .fs file on the list, chain or stage"),
        ("drag a card", "by its name: the chain runs from left to right; arrows move the card that shows the ring"),
        ("drop on a card", "takes its place; beside it, comes in between"),
        ("on, mix", "bypasses a shader; how much of it is seen, beyond both ends as well"),
        ("Delete, ×", "takes a shader out; put in again it is as you left it"),
        ("save the file", "in any editor: it plays at once. While it is broken the last good one plays on"),
        ("drop a picture", "on an image input; Delete goes back to the stage's own"),
    ),
    _topic(
        "models",
        ("click a tile", "plays that model; its menu plays it on one deck alone, or keeps it at hand in the bank"),
        ("drop a file", "it is read beside the show, then copied and played; what is refused is not copied"),
        ("seek", "by name, family, maker or provenance; with the keyboard: Tab there, arrows, Enter, or letters"),
        ("badge", "where it comes from: open, permissive, non-commercial, undisclosed, or consent withdrawn"),
        ("remove", "Del on one of your own: to the trash, and back by undo"),
        ("a thousand classes", "type what you seek; Enter asks for the first that is found, beside the others"),
    ),
    _topic(
        "training",
        ("drop a folder", "on the train tab: its subfolders are classes; or choose a packed data set or a recipe"),
        ("begin", "from a model you have: a hundred pictures of your own are enough then"),
        ("whose pictures", "is kept with everything that is learned from them; asked where no manifest says it"),
        ("play it so far", "the model can be played from its first save on; training gives way to the show"),
        ("play the newer", "it was saved again: the newer one is loaded beside the show"),
        ("sheet", "the wheel goes down it, a click shows it large, another puts it away"),
        ("stop", "saves and writes the model first; pressed again it ends at once. Resume goes on from the last save"),
    ),
    _topic(
        "outputs",
        ("output 1 to 4", "the stage full screen, each on the display you choose"),
        ("no key ends the show", "keys on an output play; leaving it takes Esc held down, or the surface"),
        ("display unplugged", "the show goes on, and returns there when the display does"),
        ("test card", "for focus and geometry"),
    ),
    _topic(
        "learning",
        ("learn", "point at a control, press the learn key, then move a knob of the controller"),
        ("Esc", "stops learning; it never closes anything"),
        ("unknown controller", "the first eight knobs you move become the eight knobs; one line says so"),
        ("asleep", "the present model has no such control; the binding waits and wakes with it"),
    ),
    _topic(
        "tempo",
        ("tap, space", "the tempo of your taps, on the beat; while MIDI clock is followed, the one of the bar"),
        ("click on the beats", "this is the one: the nearest beat becomes the first of the bar"),
        ("lamp", "a click follows the MIDI clock that is heard, or leads here again"),
        ("Q", "cues, deck buttons, presets and loops wait for the beat, the bar, two or four bars"),
        ("pulsing pad", "waits, and counts its beats down; another cue takes its place, panic clears it"),
    ),
    _topic(
        "looping",
        ("Ctrl-drag", "the movement loops to the bar, on any control; or hold the loop key while you move"),
        ("again", "overdubs"),
        ("right-click", "reverse, halve, double, clear"),
        ("touch it", "your hand takes over for as long as it holds"),
    ),
    _topic(
        "modulation",
        ("right-click, Modulate", "an LFO or what is heard moves the control about where your hand leaves it"),
        ("middle-drag, Ctrl-wheel", "how far it moves it; beyond the range too, or the other way round"),
        ("thin ring, dot", "where modulation carries the value, and where it is now"),
        ("LFO", "in sync it turns with the beat; restart begins a turn, or puts it on the beat"),
        ("listen", "a sound input gives level, low, middle, high and onset"),
        ("buttons", "onset on a cue glides there at each beginning of a sound; an LFO presses once a turn"),
        ("panic", "switches every route off and keeps it: the number of its row switches it on again"),
    ),
    _topic(
        "panic",
        ("press", "a clean picture at once: breaks and effects bypassed, positions kept"),
        ("hold", "also glides both decks home to cue 1"),
        ("undo", "takes moves back one after the other; places are glided to"),
        ("engine lost", "the last two seconds play on until the next engine has taken over"),
    ),
)


def has_words(text: str, words: str) -> bool:
    """Whether something in ``text`` begins with each of ``words``: ``cue`` is in ``a cue``, and not in ``rescue``."""
    return all(re.search(rf"(?<!\w){re.escape(word)}", text.casefold()) for word in words.casefold().split())


def found(words: str) -> tuple[Topic, ...]:
    """The topics with only the entries that have the words; all of them without words."""
    kept = []
    for topic in TOPICS:
        entries = tuple(e for e in topic.entries if has_words(f"{topic.title} {e.gesture} {e.does}", words))
        if entries:
            kept.append(Topic(topic.title, entries))
    return tuple(kept)
