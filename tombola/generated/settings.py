# Generated from firmware/schema/settings.toml (4e629526c93db5ca) by:
#   python firmware/schema/generate.py
"""What the module keeps in its flash."""

from dataclasses import dataclass
from typing import ClassVar

from tombola.fields import Field, Record


@dataclass
class Settings(Record):
    """What the player chose."""

    VERSION: ClassVar[int] = 1
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field('slot', 'B', ((0, 8),), (8,), does='the ticket that plays after power on'),
        Field('pitch_steps', 'B', ((0, 1),), (0,), choices=('semitones', 'smooth'), does='how the PITCH knob moves'),
        Field('tuning_cents', 'f', ((-100.0, 100.0),), (0.0,), unit='cents', does='added to every pitch'),
        Field('cv_out', 'B', ((0, 1),), (0,), choices=('loudness', 'pitch'), does='what the jack CV out follows'),
        Field('audio_in', 'B', ((0, 1),), (1,), choices=('off', 'on'), does='whether a signal at IN plays the voice'),
        Field('order', 'B', ((0, 7), (0, 7), (0, 7), (0, 7), (0, 7), (0, 7), (0, 7), (0, 7)), (0, 1, 2, 3, 4, 5, 6, 7), array=True, distinct=True, does='the order in which the button goes through the slots'),
    )

    slot: int = 8
    pitch_steps: int = 0
    tuning_cents: float = 0.0
    cv_out: int = 0
    audio_in: int = 1
    order: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6, 7)


@dataclass
class Calibration(Record):
    """What was measured on this very module; nothing resets it but another calibration."""

    VERSION: ClassVar[int] = 1
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field('cv_zero_volts', 'f', ((6.785, 7.785), (4.705, 5.705), (4.705, 5.705), (4.705, 5.705), (4.705, 5.705), (4.705, 5.705)), (7.285, 5.205, 5.205, 5.205, 5.205, 5.205), array=True, unit='V', does="at each CV jack in the panel's order, when its ADC word is 0"),
        Field('cv_full_volts', 'f', ((-3.658, -2.658), (-5.738, -4.738), (-5.738, -4.738), (-5.738, -4.738), (-5.738, -4.738), (-5.738, -4.738)), (-3.158, -5.238, -5.238, -5.238, -5.238, -5.238), array=True, unit='V', does='the same when its ADC word is 65535'),
        Field('pitch_cents', 'f', ((-50.0, 50.0), (-50.0, 50.0), (-50.0, 50.0), (-50.0, 50.0), (-50.0, 50.0), (-50.0, 50.0), (-50.0, 50.0), (-50.0, 50.0), (-50.0, 50.0), (-50.0, 50.0), (-50.0, 50.0)), (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), array=True, unit='cents', does='added to the pitch at -3, -2, ... +7 V of V/OCT, linear between'),
        Field('out_zero_volts', 'f', ((-5.5, -4.5),), (-5.0,), unit='V', does='at the jack CV out when its DAC word is 0'),
        Field('out_full_volts', 'f', ((4.5, 5.5),), (5.0,), unit='V', does='the same when its DAC word is 4095'),
    )

    cv_zero_volts: tuple[float, ...] = (7.285, 5.205, 5.205, 5.205, 5.205, 5.205)
    cv_full_volts: tuple[float, ...] = (-3.158, -5.238, -5.238, -5.238, -5.238, -5.238)
    pitch_cents: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    out_zero_volts: float = -5.0
    out_full_volts: float = 5.0
