# ruff: noqa: F821
"""Builds a component in TouchDesigner that plays latentjockey by OSC and shows its picture.

In the Textport:

    exec(open("C:/where/it/is/touchdesigner_component.py").read())

or paste it into a Text DAT and choose Run Script. It makes /project1/latentjockey: custom parameters for the eight
knobs, crossfader, cues and panic, an OSC Out DAT, an OSC In DAT that keeps the parameters where the instrument is, and
the picture as a TOP output. Run it again and the component is made anew. What is inside may be changed: it is yours.

Written after TouchDesigner's documentation and run against a double of it; not run inside TouchDesigner here.
"""

PLACE = "/project1"  # the network that gets the component
NAME = "latentjockey"
HOST, PORT = "localhost", 9000  # where latentjockey listens
REPLY_PORT = 9001  # where TouchDesigner listens: any port that is free
PICTURE = "ndi"  # "ndi", or "spout" for Spout and Syphon
SENDER = "latentjockey"  # the name of the way out, as the outputs tab shows it

# Parameter, label, address with @ for the focused deck, default, and the nominal range: a hint, nothing is clamped.
KNOBS = (
    ("Wander", "wander", "/deck/@/drift/speed", 0.0, 0.0, 2.0),
    ("Reach", "reach", "/deck/@/reach", 1.0, 0.0, 2.0),
    ("Coarse", "coarse", "/deck/@/eq/coarse", 1.0, 0.0, 2.0),
    ("Middle", "middle", "/deck/@/eq/middle", 1.0, 0.0, 2.0),
    ("Fine", "fine", "/deck/@/eq/fine", 1.0, 0.0, 2.0),
    ("Lead", "lead", "/deck/@/dir/0", 0.0, -4.0, 4.0),
    ("Break", "break", "/break/amount", 0.0, 0.0, 1.0),
    ("Echo", "echo", "/echo/amount", 0.0, 0.0, 1.0),
    ("Crossfade", "crossfade A → B", "/mix/crossfade", 0.0, 0.0, 1.0),
)
SWITCHES = (("Freeze", "freeze", "/stage/freeze"), ("Blackout", "blackout", "/stage/blackout"))
PULSES = (
    *((f"Cue{n}", f"cue {n}", f"/deck/@/cue/{n}/recall") for n in range(1, 9)),
    ("Panic", "PANIC", "/panic"),
)

MODULE = '''
"""Parameters to messages and back. The other DATs call it as op("lj").module."""

REPLY_PORT = {reply_port}
KNOBS = {knobs}
SWITCHES = {switches}
PULSES = {pulses}
heard = {{}}  # what the instrument said last, by address: a parameter that follows it is not sent back


def address_of(template):
    return template.replace("/@/", "/%s/" % parent().par.Deck.eval())


def out():
    return op("osc_out")


def changed(par):
    """A parameter moved: tell the instrument, unless it was the instrument that moved it."""
    if par.name == "Deck":
        listen()
        return
    if par.name not in KNOBS and par.name not in SWITCHES:
        return
    address = address_of(KNOBS.get(par.name) or SWITCHES[par.name])
    value = float(par.eval())
    if heard.get(address) != value:
        heard[address] = value
        out().sendOSC(address, [value])


def pulsed(par):
    if par.name in PULSES:
        out().sendOSC(address_of(PULSES[par.name]), [1])


def received(address, args):
    """The instrument moved: let the parameter follow."""
    if not args or not isinstance(args[0], (int, float)):
        return
    for name, template in list(KNOBS.items()) + list(SWITCHES.items()):
        if address_of(template) == address:
            heard[address] = float(args[0])
            parent().par[name].val = float(args[0])


def listen():
    """Ask for changes again, of both decks: a subscription lasts ten seconds. Then ask where everything is now."""
    messages = ["/lj/reply_port", [REPLY_PORT]]
    for template in list(KNOBS.values()) + list(SWITCHES.values()):
        both = template.replace("/@/", "/?/")
        messages += ["/lj/subscribe", [both, 30.0], "/lj/get", [both]]
    out().sendOSC(*messages)
'''

PARAMETERS = """
def onValueChange(par, prev):
    op("lj").module.changed(par)
    return


def onPulse(par):
    op("lj").module.pulsed(par)
    return
"""

REPLIES = """
def onReceiveOSC(dat, rowIndex, message, bytes, timeStamp, address, args, peer):
    if address == "/lj/error":
        debug(args[0])
    else:
        op("lj").module.received(address, args)
    return
"""

CLOCK = """
def onFrameStart(frame):
    if absTime.frame % 240 == 0:
        op("lj").module.listen()
    return
"""


def build():
    """Make the component and return it."""
    place = op(PLACE)
    old = place.op(NAME)
    if old:
        old.destroy()
    comp = place.create(baseCOMP, NAME)
    add_parameters(comp)
    add_messages(comp)
    add_picture(comp)
    comp.op("lj").module.listen()
    return comp


def add_parameters(comp):
    """Custom parameters: their names begin with one capital, as TouchDesigner asks."""
    page = comp.appendCustomPage("latentjockey")
    deck = page.appendMenu("Deck", label="deck of the knobs")[0]
    deck.menuNames, deck.menuLabels = ["a", "b"], ["A", "B"]
    for name, label, _, default, low, high in KNOBS:
        par = page.appendFloat(name, label=label)[0]
        par.normMin, par.normMax = low, high
        par.default = par.val = default
    for name, label, _ in SWITCHES:
        page.appendToggle(name, label=label)
    for name, label, _ in PULSES:
        page.appendPulse(name, label=label)
    source = comp.appendCustomPage("picture").appendStr("Source", label="sender")[0]
    source.default = source.val = sender_name()


def sender_name():
    """NDI puts the machine before the name; on another machine, type that one's name into the parameter."""
    if PICTURE != "ndi":
        return SENDER
    import socket

    return f"{socket.gethostname().upper()} ({SENDER})"


def add_messages(comp):
    """OSC out and in, and what goes between them and the parameters."""
    out = comp.create(oscoutDAT, "osc_out")
    out.par.address = HOST
    out.par.port = PORT
    module = comp.create(textDAT, "lj")
    module.text = MODULE.format(
        reply_port=REPLY_PORT,
        knobs={name: address for name, _, address, *_ in KNOBS},
        switches={name: address for name, _, address in SWITCHES},
        pulses={name: address for name, _, address in PULSES},
    )
    replies = comp.create(textDAT, "replies")
    replies.text = REPLIES
    into = comp.create(oscinDAT, "osc_in")
    into.par.port = REPLY_PORT
    into.par.callbacks = "replies"
    parameters = comp.create(parameterexecuteDAT, "parameters")
    parameters.text = PARAMETERS
    parameters.par.op = ".."
    parameters.par.pars = "*"
    parameters.par.builtin = False
    parameters.par.custom = True
    parameters.par.valuechange = True
    parameters.par.onpulse = True
    clock = comp.create(executeDAT, "clock")
    clock.text = CLOCK
    clock.par.framestart = True
    for row, node in enumerate((out, module, replies, into, parameters, clock)):
        node.nodeX, node.nodeY = 0, -150 * row


def add_picture(comp):
    """The way back: the picture that latentjockey sends, as the component's output."""
    if PICTURE == "ndi":
        picture = comp.create(ndiinTOP, "picture")
        picture.par.name.expr = "parent().par.Source"
    else:
        picture = comp.create(syphonspoutinTOP, "picture")
        picture.par.usespoutactivesender = False
        picture.par.sendername.expr = "parent().par.Source"
    shown = comp.create(outTOP, "out1")
    picture.outputConnectors[0].connect(shown)
    picture.nodeX, picture.nodeY = 300, 0
    shown.nodeX, shown.nodeY = 500, 0


build()
