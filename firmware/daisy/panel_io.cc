#include "firmware/daisy/panel_io.h"

#include "firmware/daisy/gpio.h"

namespace tombola {
namespace {

bool IsActive(const Pin& pin) { return Read(pin) != pin.active_low; }

}  // namespace

void InitPanelIo() {
  for (const Pin& pin : kLightPins) MakeOutput(pin);
  for (const Pin& pin : kKnobSelectPins) MakeOutput(pin);
  for (const Pin& pin : kGatePins) MakeInput(pin, Pull::kUp);
  for (const Pin& pin : kButtonPins) MakeInput(pin, Pull::kUp);
  MakeOutput(kGateOutPin[0]);
  WriteLights(0);
  WriteGate(false);
  SelectKnob(0);
}

uint8_t ReadGates() {
  uint8_t gates = 0;
  for (int i = 0; i < kGateCount; ++i) {
    if (IsActive(kGatePins[i])) gates |= 1u << i;
  }
  if (IsActive(kButtonPins[0])) gates |= 1u << kGateCount;
  return gates;
}

void WriteGate(bool high) { Write(kGateOutPin[0], high); }

void WriteLights(uint8_t lights) {
  for (int i = 0; i < kLightCount; ++i) {
    Write(kLightPins[i], (lights >> i & 1) != 0);
  }
}

void SelectKnob(uint8_t knob) {
  for (int i = 0; i < 3; ++i) {
    Write(kKnobSelectPins[i], (knob >> i & 1) != 0);
  }
}

}  // namespace tombola
