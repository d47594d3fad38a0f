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
         factor.multiplier >= 0;
}

inline int32_t Clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : value;
}

// Division by 2^shift, 1..30, to the nearest with ties away from zero, in two
// instructions. |value| is at most 2^30.
//
// One less than a negative value has its ties up where the value has them away
// from zero, and SMMLSR divides with ties up: it subtracts the high half of a
// product with -2^(32 - shift), which always fits in 32 bits.
class RoundingDivision {
 public:
  explicit RoundingDivision(int shift)
      : minus_power_(static_cast<int32_t>(~0u << (32 - shift))) {}

  // The quotient plus `addend`.
  int32_t operator()(int32_t value, int32_t addend = 0) const {
    const uint32_t less =
        static_cast<uint32_t>(value) + static_cast<uint32_t>(value >> 31);
    return SubtractRoundedHighProduct(addend, static_cast<int32_t>(less),
                                      minus_power_);
  }

 private:
  int32_t minus_power_;
};

// The same for a shift of 0..30: where nothing is shifted, twice the value is
// halved, so |value| is less than 2^30 there.
class RoundingShift {
 public:
  explicit RoundingShift(int shift) : up_(shift == 0), division_(shift + up_) {}

  int32_t operator()(int32_t value, int32_t addend = 0) const {
    const uint32_t raised = static_cast<uint32_t>(value) << up_;
    return division_(static_cast<int32_t>(raised), addend);
  }

 private:
  int up_;
  RoundingDivision division_;
};

// Multiplies by a factor and rounds twice, as the reference's element-wise
// operators do: first to the nearest of product / 2^31 with ties up, then by
// the right shift. The left shift is the caller's.
class Scaling {
 public:
  explicit Scaling(const Multiplier& factor)
      : multiplier_(factor.multiplier), right_(factor.right) {}

  // |value| is at most 2^30.
  int32_t operator()(int32_t value) const {
    const int64_t product = static_cast<int64_t>(value) * multiplier_;
    return right_(static_cast<int32_t>((product + (int64_t{1} << 30)) >> 31));
  }

  // The same for half the value, plus `addend`: `twice` may be anything, and
  // one instruction has the rounded product's high half.
  int32_t OfHalf(int32_t twice, int32_t addend = 0) const {
    return right_(RoundedHighProduct(twice, multiplier_), addend);
  }

 private:
  int32_t multiplier_;
  RoundingShift right_;
};

}  // namespace tombola
