// What one block read and wrote, for a person who watches.
#pragma once

#include <cstdint>

#include "firmware/generated/panel.h"

namespace tombola {

struct Snapshot {
  float knobs[kKnobCount];   // 0..1
  float cv_volts[kCvCount];  // at the jacks
  uint16_t cv_words[kCvCount];
  uint8_t gates;   // kGateBit | kDrawBit | kSlotBit
  uint8_t lights;  // bit i is light i
  bool gate_out;
  uint16_t cv_out_word;  // 12 bits
  int32_t in_peak;       // the largest absolute sample, of 24 bits
  int32_t out_peak;
};

}  // namespace tombola
