// The fixed-point steps of TensorFlow Lite's reference kernels, which the tests
// hold against ai-edge-litert 2.3.

#pragma once

#include <cstdint>

#include "firmware/core/nn/dsp_instructions.h"

namespace tombola {

constexpr int kMaxLeftShift = 15;
// So that half a step added to a value of 2^30 stays within 32 bits.
constexpr int kMaxRightShift = 30;

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

// Division by a power of two to the nearest, ties away from zero: without a
// branch, for loops. |value| is at most 2^30.
class RoundingShift {
 public:
  explicit RoundingShift(int shift)
      : half_(shift == 0 ? 0 : int32_t{1} << (shift - 1)),
        negative_(shift == 0 ? 0 : -1),
        shift_(shift) {}

  int32_t operator()(int32_t value) const {
    return (value + half_ + ((value >> 31) & negative_)) >> shift_;
  }

 private:
  int32_t half_;
  int32_t negative_;  // all bits, unless nothing is shifted
  int shift_;
};

// Multiplies by a factor and rounds twice, as the reference's element-wise
// operators do: first to the nearest of product / 2^31 with ties up, then by
// the right shift.
class Scaling {
 public:
  explicit Scaling(const Multiplier& factor)
      : multiplier_(factor.multiplier), right_(factor.right) {}

  // |value| is at most 2^30.
  int32_t operator()(int32_t value) const {
    const int64_t product = static_cast<int64_t>(value) * multiplier_;
    return right_(static_cast<int32_t>((product + (int64_t{1} << 30)) >> 31));
  }

  // The same for half the value: `twice` may be anything, and one instruction
  // has the rounded product's high half.
  int32_t OfHalf(int32_t twice) const {
    return right_(RoundedHighProduct(twice, multiplier_));
  }

 private:
  int32_t multiplier_;
  RoundingShift right_;
};

}  // namespace tombola
