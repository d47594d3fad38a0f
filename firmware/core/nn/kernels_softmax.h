// SOFTMAX over the innermost axis.

#pragma once

#include <cstdint>

#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// In int8. Behind the record lie `entries` uint32, and one more of zero if they
// are odd: exp(-beta * scale * d) in 0.31 fixed point for a distance of d from
// the row's largest element, d = 0, 1, ... until it is nothing.
struct SoftmaxInt8Record {
  uint16_t input;
  uint16_t output;
  uint32_t depth;  // elements of a row
  uint32_t entries;
  uint32_t reserved;
};
static_assert(sizeof(SoftmaxInt8Record) == 16, "as in docs/formats/ticket.md");

// In int16. A distance of 10 / beta is 65535 / scale.
struct SoftmaxInt16Record {
  uint16_t input;
  uint16_t output;
  uint32_t depth;
  Multiplier scale;
};
static_assert(sizeof(SoftmaxInt16Record) == 16, "as in docs/formats/ticket.md");

extern const OperatorFunctions kSoftmaxInt8Functions;
extern const OperatorFunctions kSoftmaxInt16Functions;

}  // namespace tombola
