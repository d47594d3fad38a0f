// DEPTHWISE_CONV_2D: each output channel sees one channel of the input.

#pragma once

#include <cstdint>

#include "firmware/core/nn/convolution_window.h"

namespace tombola {

// Output channel i sees input channel i / (output channels / input channels).
// Behind it a FilterRecord for each output channel, then for each tap (kernel
// rows, columns) the weights of all of them, padded to a multiple of kLanes.
// The scratch has 8 bytes a tap.
struct DepthwiseRecord {
  WindowRecord window;
  uint32_t reserved;
};
static_assert(sizeof(DepthwiseRecord) == 56, "as in docs/formats/ticket.md");

// int8; the sum is rounded twice.
extern const OperatorFunctions kDepthwise8Functions;
// int16; the sum is rounded once.
extern const OperatorFunctions kDepthwise16Functions;

}  // namespace tombola
