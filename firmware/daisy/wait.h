// Waiting for hardware, never for ever.
#pragma once

#include <cstdint>

#include "firmware/daisy/registers.h"

namespace tombola {

// A read of a peripheral register takes at least five core cycles, so this is
// over 40 ms at 480 MHz and 300 ms at the 64 MHz of the start: above the
// slowest start here (a crystal, 10 ms at most) and the ADC's calibration.
constexpr uint32_t kWaitReads = 4'000'000;

// Reads until the bits of `mask` are `value`; false when they never were.
inline bool WaitFor(const Register& status, uint32_t mask, uint32_t value) {
  for (uint32_t i = 0; i < kWaitReads; ++i) {
    if ((status & mask) == value) return true;
  }
  return false;
}

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

}  // namespace tombola
