// Keeping an output's elements within its type, and within the bounds that a
// fused activation leaves.

#pragma once

#include <cstdint>

#include "firmware/core/nn/dsp_instructions.h"
#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// The nearest value that an element can have.
template <typename T>
T Saturate(int32_t value) {
  return static_cast<T>(sizeof(T) == 1 ? SaturateToInt8(value)
                                       : SaturateToInt16(value));
}

// Whether bounds are in order, and values of the type.
inline bool AreBounds(TensorType type, int16_t low, int16_t high) {
  return low <= high && (type == kInt16 || (type == kInt8 && low >= INT8_MIN &&
                                            high <= INT8_MAX));
}

// The greater, or lesser, of each element of two words.
template <typename T>
uint32_t Maximum(uint32_t a, uint32_t b) {
  return sizeof(T) == 1 ? MaximumOfBytes(a, b) : MaximumOfPairs(a, b);
}

template <typename T>
uint32_t Minimum(uint32_t a, uint32_t b) {
  return sizeof(T) == 1 ? MinimumOfBytes(a, b) : MinimumOfPairs(a, b);
}

// A word of the same element.
template <typename T>
constexpr uint32_t Splat(int32_t value) {
  return sizeof(T) == 1 ? static_cast<uint8_t>(value) * 0x01010101u
                        : static_cast<uint16_t>(value) * 0x00010001u;
}

// Holds the elements of an output, and those that fill its last word, within
// bounds. Most activations leave all of the type: then there is nothing to do,
// and the operators' own loops need no more than to saturate.
template <typename T>
void ClampElements(T* elements, uint32_t count, int16_t low, int16_t high) {
  if (high - low == (1 << 8 * sizeof(T)) - 1) return;
  const uint32_t lows = Splat<T>(low);
  const uint32_t highs = Splat<T>(high);
  constexpr uint32_t kInWord = sizeof(uint32_t) / sizeof(T);
  T* end = elements + RoundUpToLanes(count);
  for (; elements != end; elements += kInWord) {
    const uint32_t word = Maximum<T>(Read<uint32_t>(elements), lows);
    Write(Minimum<T>(word, highs), elements);
  }
}

}  // namespace tombola
