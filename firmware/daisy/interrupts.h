// The vector table's priorities, and who may interrupt whom.
#pragma once

#include <cstdint>

#include "firmware/daisy/registers.h"

namespace tombola {

// RM0433 chapter 19, the vector table: DMA1 stream 1.
constexpr int kReceiveInterrupt = 12;

// The upper four bits count; lower is more urgent. Faults stay at 0.
constexpr uint8_t kAudioPriority = 0x40;
constexpr uint8_t kFramePriority = 0xf0;

inline void EnableInterrupt(int number, uint8_t priority) {
  nvic_priority(number) = priority;
  nvic_iser0() = Bit(number);
}

// PendSV's priority is the third byte of SHPR3 (DDI 0403 B3.2.12).
inline void SetFramePriority() {
  Modify(scb().shpr3, Field(0xff, 16), Field(kFramePriority, 16));
}

// OnFrameDue runs when nothing more urgent does.
inline void PendFrame() { scb().icsr = kIcsrPendSvSet; }

}  // namespace tombola

// The handlers that the vector table names. The first belongs to audio.cc, the
// second to the module.
extern "C" void OnReceived();
extern "C" void OnFrameDue();
