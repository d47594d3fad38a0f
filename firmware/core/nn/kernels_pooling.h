// One element made of many: windows of an image, and means along axes.

#pragma once

#include <cstdint>

#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/operators.h"

namespace tombola {

// One of the two directions of an image; the padding lies before it.
struct PoolSide {
  uint16_t input;
  uint16_t output;
  uint16_t filter;
  uint16_t stride;
  uint16_t padding;
};
static_assert(sizeof(PoolSide) == 10, "as in docs/formats/ticket.md");

// Tensors are height x width x channels.
struct PoolRecord {
  uint16_t input;
  uint16_t output;
  PoolSide height;
  PoolSide width;
  uint16_t channels;
  int16_t low;
  int16_t high;
  uint16_t reserved;
};
static_assert(sizeof(PoolRecord) == 32, "as in docs/formats/ticket.md");

// A loop over the input, its places `stride` elements apart.
struct MeanAxis {
  uint16_t count;
  uint16_t stride;
};

// output = zero point + scale * the sum of (input - zero point) along the
// summed axes, for each place of the kept ones.
struct MeanRecord {
  uint16_t input;
  uint16_t output;
  MeanAxis kept[2];
  MeanAxis summed[2];
  uint32_t reserved;
  Multiplier scale;
};
static_assert(sizeof(MeanRecord) == 32, "as in docs/formats/ticket.md");

extern const OperatorFunctions kAveragePoolFunctions;
extern const OperatorFunctions kMaxPoolFunctions;
extern const OperatorFunctions kMeanFunctions;

}  // namespace tombola
