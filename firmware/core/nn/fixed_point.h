// The fixed-point steps of TensorFlow Lite's reference kernels, which the tests
// hold against ai-edge-litert 2.3.

#pragma once

#include <cstdint>

namespace tombola {

constexpr int kMaxLeftShift = 15;
constexpr int kMaxRightShift = 31;

// A real factor multiplier / 2^31 * 2^(left - right); one of the shifts is 0.
struct Multiplier {
  int32_t multiplier;
  uint8_t left;
  uint8_t right;
  uint16_t reserved;
};
static_assert(sizeof(Multiplier) == 8, "as in docs/formats/ticket.md");

inline bool IsValid(const Multiplier& factor) {
  return factor.left <= kMaxLeftShift && factor.right <= kMaxRightShift &&
         (factor.left == 0 || factor.right == 0) && factor.reserved == 0 &&
         factor.multiplier != INT32_MIN;
}

inline int32_t Clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : value;
}

// value / 2^shift to the nearest, ties away from zero.
inline int32_t DivideByPowerOfTwo(int32_t value, int shift) {
  if (shift == 0) return value;
  const int64_t half = int64_t{1} << (shift - 1);
  return static_cast<int32_t>((value + half - (value < 0)) >> shift);
}

// value * factor, rounded twice, as the reference's element-wise operators do:
// first to the nearest of product / 2^31 with ties up, then by the right shift.
// |value| << left has to be at most 2^31.
inline int32_t Scale(int32_t value, const Multiplier& factor) {
  const int64_t product = static_cast<int64_t>(value) *
                          (int64_t{1} << factor.left) * factor.multiplier;
  const int32_t high =
      static_cast<int32_t>((product + (int64_t{1} << 30)) >> 31);
  return DivideByPowerOfTwo(high, factor.right);
}

}  // namespace tombola
