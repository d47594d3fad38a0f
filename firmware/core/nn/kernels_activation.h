// Operators that take one activation, element by element.

#pragma once

#include <cstdint>

#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/interpolation.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// LOGISTIC and TANH in int16: the output's scale is 1/32768. The input times
// multiplier / 2^shift is in steps of 1/12288, a third of 1/4096: the x axis of
// the sigmoid's table ends at 10.7.
struct SigmoidRecord {
  uint16_t input;
  uint16_t output;
  uint16_t multiplier;
  uint16_t shift;
};
static_assert(sizeof(SigmoidRecord) == 8, "as in docs/formats/ticket.md");

// Any operator from int8 to int8. Behind the record lie 256 bytes: the output
// for each input, of which the negative ones come last.
//
// And a function of int16 by lines between entries, EXP: behind the record lie
// kInterpolationEntries int16, and zeros up to a multiple of 8 bytes.
struct LookupRecord {
  uint16_t input;
  uint16_t output;
  uint32_t reserved;
};
static_assert(sizeof(LookupRecord) == 8, "as in docs/formats/ticket.md");

// output = input * (input < 0 ? below : above), in int16.
struct LeakyReluRecord {
  uint16_t input;
  uint16_t output;
  uint32_t reserved;
  Multiplier above;
  Multiplier below;
};
static_assert(sizeof(LeakyReluRecord) == 24, "as in docs/formats/ticket.md");

extern const OperatorFunctions kLogisticFunctions;
extern const OperatorFunctions kTanhFunctions;
extern const OperatorFunctions kTableFunctions;
extern const OperatorFunctions kInterpolationFunctions;
extern const OperatorFunctions kLeakyReluFunctions;

}  // namespace tombola
