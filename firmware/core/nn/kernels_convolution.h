// Convolutions: CONV_2D with groups, and what the converter makes one of:
// DEPTHWISE_CONV_2D with a multiplier, and TRANSPOSE_CONV a phase at a time.

#pragma once

#include <cstdint>

#include "firmware/core/nn/operators.h"

namespace tombola {

// One axis of the image. Position i of the window covers the inputs
// i * stride - before + k * dilation, k = 0..kernel - 1 (what lies outside is
// zero) and gives the output first + i * step.
struct AxisRecord {
  uint16_t input;
  uint16_t output;
  uint16_t kernel;
  uint16_t stride;
  uint16_t dilation;
  int16_t before;
  uint16_t positions;
  uint16_t first;
  uint16_t step;
};
static_assert(sizeof(AxisRecord) == 18, "as in docs/formats/ticket.md");

// Behind it a FilterRecord and the weights of each output channel. Images are
// [batch, rows, columns, channels]; a group of output channels sees a group of
// input channels.
struct ConvolutionRecord {
  uint16_t input;
  uint16_t output;
  uint16_t scratch;
  uint16_t patches;  // side by side in the scratch: 1 or 4
  uint16_t batch;
  uint16_t input_channels;
  uint16_t output_channels;
  uint16_t groups;
  int16_t low;
  int16_t high;
  AxisRecord rows;
  AxisRecord columns;
};
static_assert(sizeof(ConvolutionRecord) == 56, "as in docs/formats/ticket.md");

// Before the weights of one output channel. The sum starts at `bias`; how it is
// scaled is the kind's.
struct FilterRecord {
  int32_t bias;
  int32_t multiplier;
  int32_t rounding;
  uint8_t left;
  uint8_t right;
  int16_t negative;  // added to a negative product
};
static_assert(sizeof(FilterRecord) == 16, "as in docs/formats/ticket.md");

// int8; the sum is rounded twice.
extern const OperatorFunctions kConvolution8Functions;
// int16 with a bias of 64 bits; the sum is rounded once.
extern const OperatorFunctions kConvolution16Functions;
// int16 with a bias of 32 bits; the sum is rounded twice.
extern const OperatorFunctions kConvolution16TwiceFunctions;

}  // namespace tombola
