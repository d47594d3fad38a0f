// FULLY_CONNECTED with int8 weights and int16 activations.

#pragma once

#include <cstdint>

#include "firmware/core/nn/operators.h"

namespace tombola {

// output = clamp(round((weights * input + bias) * scale)), ties away from zero.
//
// Behind the record lie blocks of kLanes rows: first the rows' weights, for
// each four columns a word of four bytes for each row, then the rows'
// RowRecords. Rows and columns are padded with zeros to a multiple of kLanes.
struct DenseRecord {
  uint16_t input;
  uint16_t output;
  int16_t low;
  int16_t high;
};
static_assert(sizeof(DenseRecord) == 8, "as in docs/formats/ticket.md");

// The reference requantises in double precision (see RoundToNearest), so the
// factors travel as doubles. The bias is a whole number.
struct RowRecord {
  double bias;
  double scale;
};
static_assert(sizeof(RowRecord) == 16, "as in docs/formats/ticket.md");

extern const OperatorFunctions kDenseFunctions;

}  // namespace tombola
