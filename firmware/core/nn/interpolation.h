#pragma once

#include <cstdint>

namespace tombola {

// Entries of a table over all of int16: one every 128 values, and one more that
// only ends the last line.
constexpr int kInterpolationEntries = 513;

// The value at x, on the line between two entries.
inline int32_t Interpolate(const int16_t* entries, int32_t x) {
  const int16_t* entry = entries + 256 + (x >> 7);
  const int32_t slope = entry[1] - entry[0];
  return entry[0] + ((slope * (x & 127) + 64) >> 7);
}

}  // namespace tombola
