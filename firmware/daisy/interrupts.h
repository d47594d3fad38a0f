// The vector table's priorities, and who may interrupt whom.
#pragma once

#include <cstdint>

#include "firmware/daisy/registers.h"

namespace tombola {

// RM0433 chapter 19, the vector table: DMA1 stream 1 and OTG_FS.
constexpr int kReceiveInterrupt = 12;
constexpr int kUsbInterrupt = 101;

// The upper four bits count; lower is more urgent. Faults stay at 0.
constexpr uint8_t kAudioPriority = 0x40;
constexpr uint8_t kUsbPriority = 0x80;
constexpr uint8_t kFramePriority = 0xf0;

inline void EnableInterrupt(int number, uint8_t priority) {
  nvic_priority(number) = priority;
  nvic_iser(number / 32) = Bit(number % 32);
}

// The interrupt's handler runs, as if its peripheral had called.
inline void PendInterrupt(int number) {
  nvic_ispr(number / 32) = Bit(number % 32);
}

// PendSV's priority is the third byte of SHPR3 (DDI 0403 B3.2.12).
inline void SetFramePriority() {
  Modify(scb().shpr3, Field(0xff, 16), Field(kFramePriority, 16));
}

// OnFrameDue runs when nothing more urgent does.
inline void PendFrame() { scb().icsr = kIcsrPendSvSet; }

}  // namespace tombola

// The handlers that the vector table names. They belong to audio.cc, usb.cc and
// the module.
extern "C" void OnReceived();
extern "C" void OnUsb();
extern "C" void OnFrameDue();
