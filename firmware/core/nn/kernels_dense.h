// FULLY_CONNECTED with int8 weights and int8 or int16 activations.

#pragma once

#include <cstdint>

#include "firmware/core/nn/matrix.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// Each of `batches` vectors of the input, one behind another, times the matrix
// gives one of the output. The matrix follows.
//
// The scratch has room for a vector as int16 in whole lanes and, where there
// are several, for the longer of one of the input and one of the output.
struct DenseRecord {
  uint16_t input;
  uint16_t output;
  uint16_t scratch;
  uint16_t batches;
  int16_t low;  // what the fused activation leaves
  int16_t high;
  uint32_t reserved;
};
static_assert(sizeof(DenseRecord) == 16, "as in docs/formats/ticket.md");

extern const OperatorFunctions kDenseFunctions;

}  // namespace tombola
