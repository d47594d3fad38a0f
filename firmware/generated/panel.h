// Generated from firmware/schema/panel.toml (0398cbaa9bf4c412) by:
//   python firmware/schema/generate.py
#pragma once

namespace tombola {

// A port letter and number; adc is the ADC1 channel, -1 where there is none.
struct Pin {
  char port;
  int number;
  int adc;
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
    {7.2f, -3.2f},  // V/OCT
    {5.2f, -5.2f},  // X
    {5.2f, -5.2f},  // Y
    {5.2f, -5.2f},  // COLOR
    {5.2f, -5.2f},  // LEVEL
    {5.2f, -5.2f},  // TICKET
};

constexpr Pin kCvPins[] = {
    {'C', 0, 10},  // A0
    {'A', 3, 15},  // A1
    {'B', 1, 5},  // A2
    {'A', 7, 7},  // A3
    {'A', 6, 3},  // A4
    {'C', 1, 11},  // A5
};

constexpr Pin kKnobPin[] = {
    {'C', 4, 4},  // A6
};

constexpr Pin kKnobSelectPins[] = {
    {'C', 11, -1},  // D1
    {'C', 10, -1},  // D2
    {'C', 9, -1},  // D3
};

constexpr Pin kGatePins[] = {
    {'G', 10, -1},  // D7
    {'G', 11, -1},  // D8
};

constexpr Pin kButtonPins[] = {
    {'G', 9, -1},  // D27
};

constexpr Pin kLightPins[] = {
    {'D', 2, -1},  // D5
    {'C', 12, -1},  // D6
    {'B', 4, -1},  // D9
    {'B', 8, -1},  // D11
    {'B', 9, -1},  // D12
    {'B', 6, -1},  // D13
    {'B', 7, -1},  // D14
    {'D', 11, -1},  // D26
};

constexpr Pin kCvOutPin[] = {
    {'A', 4, -1},  // D23
};

constexpr Pin kGateOutPin[] = {
    {'B', 5, -1},  // D10
};

}  // namespace tombola
