// An error on the eight lights: the last one stays lit, the first seven show
// the number in binary (light 1 is 1, light 2 is 2, light 3 is 4 ...) and blink
// once a second.
#pragma once

#include <cstdint>

namespace tombola {

// The lights at this millisecond, for a number of 1 to 127.
inline uint8_t AlarmLights(uint8_t number, uint32_t milliseconds) {
  constexpr uint8_t kErrorLight = 0x80;
  const bool lit = milliseconds % 1000 < 500;
  return kErrorLight | (lit ? number : 0);
}

}  // namespace tombola
