# Generated from firmware/schema/panel.toml (68a9a14c20cd6093) by:
#   python firmware/schema/generate.py
"""The panel: knobs, jacks, button and lights."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pin:
    """A pin of the Daisy Seed: its header name, STM32 port, and ADC1 channel or -1."""

    seed: str
    port: str
    adc: int = -1


@dataclass(frozen=True)
class Part:
    """One thing on the panel: name, centre in mm from the top left, what it does."""

    name: str
    position: tuple[float, float]
    does: str = ""
    pin: Pin | None = None
    range: tuple[float, float] = (0.0, 1.0)
    unit: str = ""
    active_low: bool = False
    volts_at_word: tuple[float, float] = (0.0, 0.0)
    direction: str = "in"
    kind: str = ""


HP = 16
WIDTH_MM = 81.0
HEIGHT_MM = 128.5
PITCH_AT_ZERO_VOLTS = 36.0
GATE_THRESHOLD_V = 1.5
GATE_HYSTERESIS_V = 0.4
KNOB_PIN = Pin(seed='A6', port='PC4', adc=4)
KNOB_SELECT_PINS: tuple[Pin, ...] = (Pin(seed='D1', port='PC11'), Pin(seed='D2', port='PC10'), Pin(seed='D3', port='PC9'),)
KNOBS: tuple[Part, ...] = (
    Part(name='PITCH', range=(-24.0, 24.0,), unit='semitones', position=(16.0, 26.0,), does='transposes, in semitone steps'),
    Part(name='X', range=(0.0, 1.0,), position=(32.5, 26.0,), does="place in the ticket's timbre plane, left to right"),
    Part(name='Y', range=(0.0, 1.0,), position=(49.0, 26.0,), does="place in the ticket's timbre plane, bottom to top"),
    Part(name='COLOR', range=(0.0, 1.0,), position=(65.5, 26.0,), does='dark to bright; at noon the sound as it was learned'),
    Part(name='SHAPE', range=(0.0, 1.0,), position=(16.0, 48.0,), does="attack and decay of the built-in envelope; fully left: the gate's level alone"),
    Part(name='LEVEL', range=(0.0, 1.0,), position=(32.5, 48.0,), does='dynamics fed to the network (not a volume)'),
    Part(name='TICKET', range=(0.0, 1.0,), position=(49.0, 48.0,), does="how many of the network's units play"),
    Part(name='ANSWER', range=(0.0, 1.0,), position=(65.5, 48.0,), does='how much the module plays by itself from what it has heard'),
)
CVS: tuple[Part, ...] = (
    Part(name='V/OCT', range=(-3.0, 7.0,), unit='V', volts_at_word=(7.285, -3.158,), pin=Pin(seed='A0', port='PC0', adc=10), position=(11.0, 92.0,), does='pitch'),
    Part(name='X', range=(-5.0, 5.0,), unit='V', volts_at_word=(5.205, -5.238,), pin=Pin(seed='A1', port='PA3', adc=15), position=(22.8, 92.0,), does='added to the X knob'),
    Part(name='Y', range=(-5.0, 5.0,), unit='V', volts_at_word=(5.205, -5.238,), pin=Pin(seed='A2', port='PB1', adc=5), position=(34.6, 92.0,), does='added to the Y knob'),
    Part(name='COLOR', range=(-5.0, 5.0,), unit='V', volts_at_word=(5.205, -5.238,), pin=Pin(seed='A3', port='PA7', adc=7), position=(46.4, 92.0,), does='added to the COLOR knob'),
    Part(name='LEVEL', range=(-5.0, 5.0,), unit='V', volts_at_word=(5.205, -5.238,), pin=Pin(seed='A4', port='PA6', adc=3), position=(58.2, 92.0,), does='added to the LEVEL knob'),
    Part(name='TICKET', range=(-5.0, 5.0,), unit='V', volts_at_word=(5.205, -5.238,), pin=Pin(seed='A5', port='PC1', adc=11), position=(70.0, 92.0,), does='added to the TICKET knob'),
)
GATES: tuple[Part, ...] = (
    Part(name='GATE', active_low=True, pin=Pin(seed='D7', port='PG10'), position=(11.0, 110.0,), does='plays'),
    Part(name='DRAW', active_low=True, pin=Pin(seed='D8', port='PG11'), position=(22.8, 110.0,), does='draws a new random place in the timbre plane; held: freezes'),
)
AUDIOS: tuple[Part, ...] = (
    Part(name='IN', direction='in', position=(34.6, 110.0,), does='its pitch and loudness play the voice when patched'),
    Part(name='L', direction='out', position=(46.4, 110.0,), does='left output, 10 Vpp'),
    Part(name='R', direction='out', position=(58.2, 110.0,), does='right output, 10 Vpp'),
)
OUTS: tuple[Part, ...] = (
    Part(name='CV', kind='dac', range=(-5.0, 5.0,), unit='V', pin=Pin(seed='D23', port='PA4'), position=(70.0, 110.0,), does="the voice's loudness"),
    Part(name='GATE', kind='gate', range=(0.0, 5.0,), unit='V', pin=Pin(seed='D10', port='PB5'), position=(70.0, 74.0,), does='high while a note is on'),
)
BUTTONS: tuple[Part, ...] = (
    Part(name='SLOT', active_low=True, pin=Pin(seed='D27', port='PG9'), position=(11.0, 74.0,), does='press: next ticket'),
)
LIGHTS: tuple[Part, ...] = (
    Part(name='1', pin=Pin(seed='D5', port='PD2'), position=(20.0, 68.0,)),
    Part(name='2', pin=Pin(seed='D6', port='PC12'), position=(26.0, 68.0,)),
    Part(name='3', pin=Pin(seed='D9', port='PB4'), position=(32.0, 68.0,)),
    Part(name='4', pin=Pin(seed='D11', port='PB8'), position=(38.0, 68.0,)),
    Part(name='5', pin=Pin(seed='D12', port='PB9'), position=(44.0, 68.0,)),
    Part(name='6', pin=Pin(seed='D13', port='PB6'), position=(50.0, 68.0,)),
    Part(name='7', pin=Pin(seed='D14', port='PB7'), position=(56.0, 68.0,)),
    Part(name='8', pin=Pin(seed='D26', port='PD11'), position=(62.0, 68.0,)),
)
