// One output channel of a convolution: where its sum starts, and how the sum
// becomes an output.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "firmware/core/nn/convolution_window.h"
#include "firmware/core/nn/dsp_instructions.h"
#include "firmware/core/nn/fixed_point.h"

namespace tombola {

struct FilterRecord {
  int32_t bias;
  int32_t multiplier;
  int32_t rounding;
  uint8_t left;
  uint8_t right;
  int16_t negative;  // added to a negative product
};
static_assert(sizeof(FilterRecord) == 16, "as in docs/formats/ticket.md");

// Field by field, so that the compiler keeps no copy of the whole.
inline FilterRecord ReadFilter(const uint8_t* filter) {
  return {Read<int32_t>(filter + offsetof(FilterRecord, bias)),
          Read<int32_t>(filter + offsetof(FilterRecord, multiplier)),
          Read<int32_t>(filter + offsetof(FilterRecord, rounding)),
          filter[offsetof(FilterRecord, left)],
          filter[offsetof(FilterRecord, right)],
          Read<int16_t>(filter + offsetof(FilterRecord, negative))};
}

inline bool IsValid(const FilterRecord& filter) {
  return filter.left < 32 && filter.right < 32;
}

// As the reference scales 32-bit sums: to the nearest of product / 2^31 with
// ties up, then by the right shift with ties away from zero. `rounding` is half
// of what the right shift leaves out, and the zero point.
class ScaledTwice {
 public:
  explicit ScaledTwice(const FilterRecord& filter)
      : multiplier_(filter.multiplier),
        rounding_(filter.rounding),
        negative_(filter.negative),
        left_(filter.left),
        right_(filter.right) {}

  int32_t operator()(uint32_t sum) const {
    const auto product = static_cast<uint32_t>(RoundedHighProductSum(
        static_cast<int32_t>(sum << left_), multiplier_, rounding_));
    const int32_t below = (static_cast<int32_t>(sum) >> 31) & negative_;
    return static_cast<int32_t>(product + static_cast<uint32_t>(below)) >>
           right_;
  }

 private:
  int32_t multiplier_;
  int32_t rounding_;
  int32_t negative_;
  uint32_t left_;
  uint32_t right_;
};

// As it scales 64-bit sums: by 16 bits of multiplier, with ties up.
class ScaledOnce {
 public:
  explicit ScaledOnce(const FilterRecord& filter)
      : multiplier_(filter.multiplier),
        rounding_(filter.rounding),
        left_(filter.left),
        right_(filter.right) {}

  int32_t operator()(uint32_t sum) const {
    return HighProductSum(static_cast<int32_t>(sum << left_), multiplier_,
                          rounding_) >>
           right_;
  }

 private:
  int32_t multiplier_;
  int32_t rounding_;
  uint32_t left_;
  uint32_t right_;
};

inline int8_t Saturated(int32_t value, const int8_t* /*type*/) {
  return static_cast<int8_t>(SaturateToInt8(value));
}

inline int16_t Saturated(int32_t value, const int16_t* /*type*/) {
  return static_cast<int16_t>(SaturateToInt16(value));
}

// Of the fused activation.
class Bounds {
 public:
  template <typename T>
  static Bounds Of(const WindowRecord& window, const T* /*type*/) {
    Bounds bounds;
    bounds.low_ = window.low;
    bounds.high_ = window.high;
    bounds.clamps_ = window.low > std::numeric_limits<T>::min() ||
                     window.high < std::numeric_limits<T>::max();
    return bounds;
  }

  // Whether they leave less than the type does.
  bool clamps() const { return clamps_; }

  int32_t Clamped(int32_t value) const { return Clamp(value, low_, high_); }

 private:
  int32_t low_;
  int32_t high_;
  bool clamps_;
};

}  // namespace tombola
