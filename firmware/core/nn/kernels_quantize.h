// From one scale, or type, to another.

#pragma once

#include <cstdint>

#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// output = scale * input within bounds, zero points apart: QUANTIZE among int8
// and int16, RELU and RELU6 in int16, or a copy.
struct RescaleRecord {
  uint16_t input;
  uint16_t output;
  int16_t low;
  int16_t high;
  Multiplier scale;
};
static_assert(sizeof(RescaleRecord) == 16, "as in docs/formats/ticket.md");

// QUANTIZE from float32 and DEQUANTIZE to it, by the scale and zero point of
// the int8 or int16 tensor.
struct FloatRecord {
  uint16_t input;
  uint16_t output;
  uint32_t reserved;
};
static_assert(sizeof(FloatRecord) == 8, "as in docs/formats/ticket.md");

extern const OperatorFunctions kRescaleFunctions;
extern const OperatorFunctions kQuantizeFunctions;
extern const OperatorFunctions kDequantizeFunctions;

}  // namespace tombola
