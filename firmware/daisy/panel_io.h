// The panel's digital pins: gates, button, lights and the knobs' multiplexer.
#pragma once

#include <cstdint>

namespace tombola {

// Lights off, gate output low, first knob selected.
void InitPanelIo();

// Bit i is gate i, the bit after the last gate is the button; 1 is high or
// pressed.
uint8_t ReadGates();

void WriteGate(bool high);
void WriteLights(uint8_t lights);  // bit i is light i
void SelectKnob(uint8_t knob);

}  // namespace tombola
