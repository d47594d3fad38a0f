// From one scale to another.

#pragma once

#include <cstdint>

#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// output = scale * input: QUANTIZE from int16 to int16, or a copy.
struct RescaleRecord {
  uint16_t input;
  uint16_t output;
  uint32_t reserved;
  Multiplier scale;
};
static_assert(sizeof(RescaleRecord) == 16, "as in docs/formats/ticket.md");

extern const OperatorFunctions kRescaleFunctions;

}  // namespace tombola
