// Operators that take one element at a time from each of two activations.

#pragma once

#include <cstdint>

#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// What every operator of two inputs has: its tensors, all of one type, and the
// bounds that its fused activation leaves.
struct BinaryRecord {
  uint16_t a;
  uint16_t b;
  uint16_t output;
  uint16_t reserved;
  int16_t low;
  int16_t high;
};
static_assert(sizeof(BinaryRecord) == 12, "as in docs/formats/ticket.md");

// output = sum_scale * (a_sign * a / 2 + b_sign * (b_scale * b)), the inputs
// without their zero points and shifted left by 20 (int8) or 15 (int16). The
// input of the larger scale is a: the reference's factor for that one is 1/2,
// which leaves nothing to round.
struct AddRecord {
  BinaryRecord tensors;
  int8_t a_sign;
  int8_t b_sign;
  uint16_t reserved;
  Multiplier b_scale;
  Multiplier sum_scale;
};
static_assert(sizeof(AddRecord) == 32, "as in docs/formats/ticket.md");

// output = a / 2^a_right + sign * (b / 2^b_right), int16 only, for scales that
// are all powers of two.
struct AddShiftedRecord {
  BinaryRecord tensors;
  uint8_t a_right;
  uint8_t b_right;
  int8_t sign;
  uint8_t reserved;
};
static_assert(sizeof(AddShiftedRecord) == 16, "as in docs/formats/ticket.md");

// output = scale * (a * b), without their zero points; in int16 the scale has
// no left shift.
struct MultiplyRecord {
  BinaryRecord tensors;
  uint32_t reserved;
  Multiplier scale;
};
static_assert(sizeof(MultiplyRecord) == 24, "as in docs/formats/ticket.md");

// output = the greater, or lesser, of a and b.
struct ExtremeRecord {
  uint16_t a;
  uint16_t b;
  uint16_t output;
  uint16_t reserved;
};
static_assert(sizeof(ExtremeRecord) == 8, "as in docs/formats/ticket.md");

extern const OperatorFunctions kAddFunctions;
extern const OperatorFunctions kAddShiftedFunctions;
extern const OperatorFunctions kMultiplyFunctions;
extern const OperatorFunctions kMaximumFunctions;
extern const OperatorFunctions kMinimumFunctions;

}  // namespace tombola
