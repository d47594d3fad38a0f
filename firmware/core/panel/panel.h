// The panel's words of one block, turned into what the instrument plays from.
#pragma once

#include <cstdint>

#include "firmware/core/panel/follower.h"
#include "firmware/core/panel/knob_reader.h"
#include "firmware/generated/panel.h"
#include "firmware/generated/settings.h"

namespace tombola {

// What the drivers read for one block of 48 samples.
struct PanelInput {
  uint16_t cv[kCvCount];  // ADC words, falling as volts rise
  uint16_t knob;          // ADC word of the knob that the last block selected
  uint8_t gates;          // kGateBit | kDrawBit | kSlotBit: high, or pressed
};

// What the drivers set after it.
struct PanelOutput {
  uint8_t knob_select;  // knob to convert during the next block
  uint16_t cv;          // 12-bit DAC word: 0 is -5 V, 4095 is +5 V
  bool gate;
  uint8_t lights;  // bit i is light i
};

constexpr uint8_t kGateBit = 1 << kGateGate;
constexpr uint8_t kDrawBit = 1 << kGateDraw;
constexpr uint8_t kSlotBit = 1 << kGateCount;

// What the knobs say. Knobs without a unit are 0..1.
struct Patch {
  float transpose;  // semitones
  float x;
  float y;
  float color;
  float shape;
  float level;
  float ticket;
  float answer;
};

// What the jacks say.
struct Modulations {
  float note;  // semitones from V/OCT
  float x;     // this and the next are volts
  float y;
  float color;
  float level;
  float ticket;
  bool gate;
  bool draw;
};

// A knob with the CV that is added to it: 10 V is the knob's whole turn.
float Modulate(float knob, float volts);

class Panel {
 public:
  // Knobs and jacks unknown; the default settings and calibration.
  void Init();

  // What the words mean from the next block on.
  void Apply(const Settings& settings, const Calibration& calibration);

  // Takes one block's words. Gates read low until each knob was read once, so
  // that nothing plays with a patch that nobody set.
  void Process(const PanelInput& input);

  const Patch& patch() const { return patch_; }
  const Modulations& modulations() const { return modulations_; }

  // Volts at a jack, and a knob's position, 0..1.
  float volts(int cv) const { return volts_[cv]; }
  float knob(int knob) const { return knobs_[knob].position(); }

  // The knob to convert during the next block.
  uint8_t knob_select() const { return knob_select_; }

 private:
  void ReadKnob(uint16_t word);
  void ReadVolts(const uint16_t* words);
  void TurnPitch();

  Calibration calibration_;
  bool smooth_;  // does PITCH move, not in steps
  KnobReader knobs_[kKnobCount];
  Follower cvs_[kCvCount];
  float volts_[kCvCount];
  Patch patch_;
  Modulations modulations_;
  uint8_t knob_select_;
  bool knobs_known_;
};

}  // namespace tombola
