// Operators that take one element at a time from each input.

#pragma once

#include <cstdint>

#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// What every operator of two inputs has: its tensors and the bounds that its
// fused activation leaves.
struct BinaryRecord {
  uint16_t a;
  uint16_t b;
  uint16_t output;
  uint16_t reserved;
  int16_t low;
  int16_t high;
};
static_assert(sizeof(BinaryRecord) == 12, "as in docs/formats/ticket.md");

// output = sum_scale * (a_scale * a + b_scale * b); inputs are shifted left by
// 15 first. A difference has a negative multiplier for b.
struct AddRecord {
  BinaryRecord tensors;
  uint32_t reserved;
  Multiplier a_scale;
  Multiplier b_scale;
  Multiplier sum_scale;
};
static_assert(sizeof(AddRecord) == 40, "as in docs/formats/ticket.md");

// output = a / 2^a_right + sign * (b / 2^b_right), for scales that are all
// powers of two.
struct AddShiftedRecord {
  BinaryRecord tensors;
  uint8_t a_right;
  uint8_t b_right;
  int8_t sign;
  uint8_t reserved;
};
static_assert(sizeof(AddShiftedRecord) == 16, "as in docs/formats/ticket.md");

// output = scale * (a * b); the scale has no left shift.
struct MultiplyRecord {
  BinaryRecord tensors;
  uint32_t reserved;
  Multiplier scale;
};
static_assert(sizeof(MultiplyRecord) == 24, "as in docs/formats/ticket.md");

extern const OperatorFunctions kAddFunctions;
extern const OperatorFunctions kAddShiftedFunctions;
extern const OperatorFunctions kMultiplyFunctions;

}  // namespace tombola
