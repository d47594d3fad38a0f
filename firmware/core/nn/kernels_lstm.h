// UNIDIRECTIONAL_SEQUENCE_LSTM of int8 activations, with a cell state of int16.

#pragma once

#include <cstdint>

#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// Input, forget, cell and output, in this order.
constexpr uint32_t kGates = 4;

// One sequence of `steps` times `inputs` elements gives as many times `units`.
// Both states go on from step to step, and from one run to the next. Behind the
// record lie the units.
struct LstmRecord {
  uint16_t input;
  uint16_t output;
  uint16_t output_state;
  uint16_t cell_state;
  uint16_t scratch;  // one step's inputs, in whole lanes
  uint16_t steps;
  uint16_t inputs;
  uint16_t units;
  int16_t cell_clip;  // what the cell state stays within; 0: nothing
  uint8_t cell_bits;  // its scale is 2^(cell_bits - 15)
  int8_t output_zero_point;
  uint32_t reserved;
  Multiplier output_scale;          // of output gate * tanh(cell)
  Multiplier input_scales[kGates];  // to steps of 2^-12
  Multiplier recurrent_scales[kGates];
};
static_assert(sizeof(LstmRecord) == 96, "as in docs/formats/ticket.md");

// A unit is twice this, for the inputs and for the output state, with weights
// behind it: a word of four columns for each gate, then of the next four.
struct GateBiases {
  int32_t gates[kGates];
};
static_assert(sizeof(GateBiases) == 16, "as in docs/formats/ticket.md");

extern const OperatorFunctions kLstmFunctions;

}  // namespace tombola
