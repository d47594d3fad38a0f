// CONV_2D, and TRANSPOSE_CONV one phase at a time.

#pragma once

#include <cstdint>

#include "firmware/core/nn/convolution_window.h"

namespace tombola {

// Behind it a FilterRecord and the weights of each output channel, which sees
// one group of the input's.
struct ConvolutionRecord {
  WindowRecord window;
  uint16_t groups;
  uint16_t patches;  // side by side in the scratch: 1 or 4
};
static_assert(sizeof(ConvolutionRecord) == 56, "as in docs/formats/ticket.md");

// int8; the sum is rounded twice.
extern const OperatorFunctions kConvolution8Functions;
// int16 with a bias of 64 bits; the sum is rounded once.
extern const OperatorFunctions kConvolution16Functions;
// int16 with a bias of 32 bits; the sum is rounded twice.
extern const OperatorFunctions kConvolution16TwiceFunctions;

}  // namespace tombola
