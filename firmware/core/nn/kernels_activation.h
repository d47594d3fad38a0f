// The sigmoid and tanh of int16 activations, by a table and a line between its
// entries.

#pragma once

#include <cstdint>

#include "firmware/core/nn/operators.h"

namespace tombola {

// The output's scale is 1/32768. The input times multiplier / 2^shift is in
// steps of 1/12288, a third of 1/4096: the table's x axis ends at 10.7.
struct ActivationRecord {
  uint16_t input;
  uint16_t output;
  uint16_t multiplier;
  uint16_t shift;
};
static_assert(sizeof(ActivationRecord) == 8, "as in docs/formats/ticket.md");

extern const OperatorFunctions kLogisticFunctions;
extern const OperatorFunctions kTanhFunctions;

}  // namespace tombola
