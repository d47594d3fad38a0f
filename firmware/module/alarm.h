// An error on the eight lights: the last one stays lit, the first seven show
// the number in binary (light 1 is 1, light 2 is 2, light 3 is 4 ...) and blink
// once a second.
#pragma once

#include <cstdint>

#include "firmware/daisy/error.h"

namespace tombola {

// The lights at this millisecond.
inline uint8_t AlarmLights(Error error, uint32_t milliseconds) {
  constexpr uint8_t kErrorLight = 0x80;
  const bool lit = milliseconds % 1000 < 500;
  return kErrorLight | (lit ? static_cast<uint8_t>(error) : 0);
}

}  // namespace tombola
