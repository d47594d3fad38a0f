// The panel's voltages: one scan of ADC1 a block.
#pragma once

#include <cstdint>

#include "firmware/daisy/error.h"
#include "firmware/generated/panel.h"

namespace tombola {

// In the scan's order. The knob comes last, so that the multiplexer has
// settled long before its turn.
struct AdcWords {
  uint16_t cv[kCvCount];
  uint16_t knob;
};

// Calibrates ADC1 (13 ms) and connects it to the panel's pins.
Error InitAdc();

// The words of the last scan that was finished.
AdcWords ReadAdc();

// Starts a scan, which takes 665 us and reads every channel 16 times. False,
// and nothing is started, when the last one is not finished.
bool StartAdcScan();

}  // namespace tombola
