// Waiting for hardware, never for ever.
#pragma once

#include <cstdint>

#include "firmware/daisy/registers.h"

namespace tombola {

// At least this long at 480 MHz or slower: the core needs a cycle or more for
// each turn of the loop, which is in assembler so that no compiler unrolls it.
inline void DelayMicroseconds(uint32_t microseconds) {
  uint32_t turns = microseconds * 480;
  asm volatile(
      "1: subs %0, %0, #1\n"
      "bne 1b\n"
      : "+r"(turns)
      :
      : "cc");
}

// Above the slowest start here: 10 ms of a crystal, 14 ms of the ADC's
// calibration.
constexpr uint32_t kLongestWait = 100'000;  // us, at 480 MHz; 0.8 s at 64 MHz

// Reads every microsecond until the bits of `mask` are `value`; false when they
// never were.
inline bool WaitFor(const Register& status, uint32_t mask, uint32_t value) {
  for (uint32_t i = 0; i < kLongestWait; ++i) {
    if ((status & mask) == value) return true;
    DelayMicroseconds(1);
  }
  return false;
}

}  // namespace tombola
