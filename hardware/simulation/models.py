"""Models of our own for ngspice, from what the data sheets say.

An amplifier is a current into a capacitor (gain-bandwidth and slew rate), held between
the rails, and an output that gives no more than its short-circuit current. Its noise is
that of a diode: shot noise is white, and flicker noise meets it at the 1/f corner.
"""

from math import pi

from hardware.circuit.catalogue import Item

CHARGE = 1.602e-19
THERMAL_VOLTAGE = 0.02585  # at 27 C, ngspice's temperature
OPEN_LOOP_GAIN = 3e5
OUTPUT_OHMS = 100.0
INTEGRATOR = 1e-9


def diode(name: str, model: dict[str, float]) -> str:
    """Return a diode's model card."""
    return (
        f".model {name} D(IS={model['saturation']:g} N={model['ideality']:g} "
        f"RS={model['resistance']:g} CJO={model['capacitance']:g})"
    )


def amplifier(item: Item, noisy: bool) -> str:
    """Return an amplifier's subcircuit: plus, minus, out, high rail, low rail.

    The source `vos` within it is its offset. Noise is left out where it is not asked
    for: its coupling of 1 F is no friend of short steps in time.
    """
    model = item.model
    transconductance = 2 * pi * model["gain_bandwidth"] * INTEGRATOR
    slew = model["slew"] * INTEGRATOR
    short, swing = model["short"], model["swing"]
    clamps = (
        "Dp1 p vp din\nDp2 vn p din\nDm1 m vp din\nDm2 vn m din\n"
        if model["clamped"]
        else ""
    )
    noise = _noise(model) if noisy else "Rn ns 0 1\n"
    return f""".subckt {item.name} p m o vp vn
.model din D(IS=1e-15 N=1 RS=50)
{clamps}{noise}Vos pv p DC 0
En pn pv ns 0 1
Bg 0 x I={slew:g}*tanh({transconductance / slew:g}*(V(pn)-V(m)))
Rx x 0 {OPEN_LOOP_GAIN / transconductance:g}
Cx x 0 {INTEGRATOR:g}
Bc x 0 I=1*(max(V(x)-V(vp)+{swing:g},0)-max(V(vn)+{swing:g}-V(x),0))
Bo vr o I={short:g}*tanh((V(x)-V(o))/{OUTPUT_OHMS * short:g})
Vr vr 0 DC 0
.ends
"""


def _noise(model: dict[str, float]) -> str:
    """A diode whose voltage noise is the amplifier's, at the node ns."""
    current = 2 * CHARGE * THERMAL_VOLTAGE**2 / model["noise"] ** 2
    flicker = 2 * CHARGE * model["corner"]
    return (
        f".model dnoise D(IS=1e-14 N=1 KF={flicker:g} AF=1)\n"
        f"In 0 nd DC {current:g}\nDn nd 0 dnoise\nCn nd ns 1\nRn ns 0 1e9\n"
    )


def buffer(item: Item) -> str:
    """Return a logic buffer's subcircuit: in, out, supply."""
    return f""".subckt {item.name} a y vp
Bo yo 0 V=V(vp)*u(V(a)-1.4)
Ro yo y {item.model["output_resistance"]:g}
.ends
"""
