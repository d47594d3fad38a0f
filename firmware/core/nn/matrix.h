// The product of a matrix of int8 weights and a vector of activations: what
// FULLY_CONNECTED is made of, and every gate of a recurrent cell twice.

#pragma once

#include <cstdint>

#include "firmware/core/nn/ticket_format.h"

namespace tombola {

// How the sums of a matrix become elements.
enum MatrixScaling : uint8_t {
  // By a double, as the reference does it: y = round(sum * scale), ties away
  // from zero.
  kDoubleScaling = 0,
  // By 32 bits where the converter proved that every element is the same; int8
  // only. The sums of even rows stay below 2^23.
  kIntegerScaling = 1,
};

// Behind the record lie blocks of kLanes rows, first their weights and then
// what scales their sums: a DoubleScales, or an IntegerScale for each row. Rows
// and columns are padded to a multiple of kLanes with weights of zero.
//
// A word of weights is two rows (even and odd) of two columns: its bytes are
// odd + 128 and even of one column, then of the other. For each four columns
// there are four words: rows 0 and 1, then 2 and 3 of the first two columns,
// and the same of the last two. The columns of int8 activations stand in the
// order in which Widen leaves those, 0 2 1 3.
struct MatrixRecord {
  uint16_t rows;
  uint16_t columns;
  MatrixScaling scaling;
  int8_t zero_point;  // of the elements that come out
  uint16_t reserved;
};
static_assert(sizeof(MatrixRecord) == 8, "as in docs/formats/ticket.md");

// element = clamp(round((sum + bias) * scale) + zero_point)
struct DoubleScales {
  int32_t bias[kLanes];
  double scale[kLanes];
};
static_assert(sizeof(DoubleScales) == 48, "as in docs/formats/ticket.md");

// element = clamp((sum * multiplier + constant) >> (32 + shift)); the constant
// has the bias, half a step and the zero point.
struct IntegerScale {
  int64_t constant;
  int32_t multiplier;
  uint32_t shift;
};
static_assert(sizeof(IntegerScale) == 16, "as in docs/formats/ticket.md");

// Whether a matrix gives elements of this type.
bool IsValid(const MatrixRecord& record, TensorType type);

// Bytes of a matrix, with its record.
uint32_t MatrixBytes(const MatrixRecord& record);

// What a matrix is multiplied with: activations without their zero point, as
// int16, in whole lanes.
struct Vector {
  const int16_t* elements;
  uint32_t columns;
  int32_t sum;
};

// Makes a vector of int8 activations; `elements` has room for whole lanes, and
// so has x.
Vector Widen(const int8_t* x, uint32_t count, int zero_point,
             int16_t* elements);

// int16 activations are one as they lie, at whole words and with room for whole
// lanes.
Vector Widen(const int16_t* x, uint32_t count, int zero_point,
             int16_t* elements);

// Writes the first `rows` of the product, rounded up to lanes, to y, which lies
// at a multiple of 4 elements. `matrix` is a record with what is behind it, of
// at least as many rows and columns.
void Multiply(const uint8_t* matrix, const Vector& x, uint32_t rows, int8_t* y);
void Multiply(const uint8_t* matrix, const Vector& x, uint32_t rows,
              int16_t* y);

}  // namespace tombola
