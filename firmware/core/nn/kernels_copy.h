// Elements moved as they are, and elements that the ticket has.

#pragma once

#include <cstdint>

#include "firmware/core/nn/operators.h"

namespace tombola {

constexpr uint32_t kMaxCopyDimensions = 5;

// Runs of bytes, one for each step of the loops that follow, the outermost
// first. Offsets are the first run's, in bytes.
struct CopyRecord {
  uint16_t input;
  uint16_t output;
  uint32_t run;
  uint32_t input_offset;
  uint32_t output_offset;
};
static_assert(sizeof(CopyRecord) == 16, "as in docs/formats/ticket.md");

// Strides are in bytes, and may be negative or zero.
struct CopyDimension {
  uint32_t count;
  int32_t input_stride;
  int32_t output_stride;
  uint32_t reserved;
};
static_assert(sizeof(CopyDimension) == 16, "as in docs/formats/ticket.md");

// Every four bytes of the output become `word`.
struct FillRecord {
  uint16_t output;
  uint16_t reserved;
  uint32_t word;
};
static_assert(sizeof(FillRecord) == 8, "as in docs/formats/ticket.md");

// The output's elements follow, padded with zeros to a multiple of 8 bytes.
struct ConstantRecord {
  uint16_t output;
  uint16_t reserved;
  uint32_t reserved2;
};
static_assert(sizeof(ConstantRecord) == 8, "as in docs/formats/ticket.md");

extern const OperatorFunctions kCopyFunctions;
extern const OperatorFunctions kFillFunctions;
extern const OperatorFunctions kConstantFunctions;

}  // namespace tombola
