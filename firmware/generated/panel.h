// Generated from firmware/schema/panel.toml (68a9a14c20cd6093) by:
//   python firmware/schema/generate.py
#pragma once

namespace tombola {

// A port letter and number; adc is the ADC1 channel or -1; active_low: the
// pin is low while the gate is high or the button is down.
struct Pin {
  char port;
  int number;
  int adc;
  bool active_low;
};

// Volts at ADC word 0 and at word 65535 of an ideal front end.
struct CvRange {
  float volts_at_zero;
  float volts_at_full;
};

enum Knob : int {
  kKnobPitch,
  kKnobX,
  kKnobY,
  kKnobColor,
  kKnobShape,
  kKnobLevel,
  kKnobTicket,
  kKnobAnswer,
  kKnobCount,
};

enum Cv : int {
  kCvVOct,
  kCvX,
  kCvY,
  kCvColor,
  kCvLevel,
  kCvTicket,
  kCvCount,
};

enum Gate : int {
  kGateGate,
  kGateDraw,
  kGateCount,
};

constexpr int kLightCount = 8;

constexpr float kPitchAtZeroVolts = 36.0f;  // MIDI note
constexpr float kPitchKnobRange = 24.0f;  // semitones either way

constexpr CvRange kCvRanges[] = {
    {7.285f, -3.158f},  // V/OCT
    {5.205f, -5.238f},  // X
    {5.205f, -5.238f},  // Y
    {5.205f, -5.238f},  // COLOR
    {5.205f, -5.238f},  // LEVEL
    {5.205f, -5.238f},  // TICKET
};

constexpr Pin kCvPins[] = {
    {'C', 0, 10, false},  // A0
    {'A', 3, 15, false},  // A1
    {'B', 1, 5, false},  // A2
    {'A', 7, 7, false},  // A3
    {'A', 6, 3, false},  // A4
    {'C', 1, 11, false},  // A5
};

constexpr Pin kKnobPin[] = {
    {'C', 4, 4, false},  // A6
};

constexpr Pin kKnobSelectPins[] = {
    {'C', 11, -1, false},  // D1
    {'C', 10, -1, false},  // D2
    {'C', 9, -1, false},  // D3
};

constexpr Pin kGatePins[] = {
    {'G', 10, -1, true},  // D7
    {'G', 11, -1, true},  // D8
};

constexpr Pin kButtonPins[] = {
    {'G', 9, -1, true},  // D27
};

constexpr Pin kLightPins[] = {
    {'D', 2, -1, false},  // D5
    {'C', 12, -1, false},  // D6
    {'B', 4, -1, false},  // D9
    {'B', 8, -1, false},  // D11
    {'B', 9, -1, false},  // D12
    {'B', 6, -1, false},  // D13
    {'B', 7, -1, false},  // D14
    {'D', 11, -1, false},  // D26
};

constexpr Pin kCvOutPin[] = {
    {'A', 4, -1, false},  // D23
};

constexpr Pin kGateOutPin[] = {
    {'B', 5, -1, false},  // D10
};

}  // namespace tombola
