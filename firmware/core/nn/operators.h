// What the plan is made of. Each family of operators has one file that declares
// its records, checks them when a ticket is loaded and runs them in a step.

#pragma once

#include <cstdint>

#include "firmware/core/nn/ticket.h"

namespace tombola {

// Ten or five numbers to a family.
enum OperatorKind : uint16_t {
  kDense = 1,
  kAdd = 10,
  kAddShifted = 11,
  kMultiply = 12,
  kMaximum = 13,
  kMinimum = 14,
  kLogistic = 20,
  kTanh = 21,
  kTable = 22,
  kInterpolation = 23,
  kLeakyRelu = 24,
  kSoftmaxInt8 = 25,
  kSoftmaxInt16 = 26,
  kRescale = 30,
  kQuantize = 31,
  kDequantize = 32,
  kCopy = 35,
  kFill = 36,
  kConstant = 37,
  kConvolution8 = 40,
  kConvolution16 = 41,
  kConvolution16Twice = 42,
  kDepthwise8 = 43,
  kDepthwise16 = 44,
  kAveragePool = 50,
  kMaxPool = 51,
  kMean = 52,
  kLstm = 60,
};

// One operator of a loaded ticket: the bytes behind its OperatorRecord.
struct Operator {
  const Ticket* ticket;
  const uint8_t* body;
  uint32_t bytes;
  // By group, from 1: how many of their elements its tensors have now. Not
  // there while the operator is checked.
  const uint16_t* widths;
};

struct OperatorFunctions {
  // Whether all the operator reads and writes lies where it may; nothing of it
  // has been looked at before. Adds its multiplications and elements to `work`.
  bool (*check)(const Operator& op, uint32_t* work);
  // `memory` is the start of the arena.
  void (*run)(const Operator& op, uint8_t* memory);
};

// nullptr for a kind that this firmware does not know.
const OperatorFunctions* FindOperator(uint16_t kind);

// The elements of an activation.
template <typename T>
T* Elements(const TensorRecord& tensor, uint8_t* memory) {
  return reinterpret_cast<T*>(memory + tensor.offset);
}

// How many of an activation's elements there are to take now, in a step:
// tensor.count, or the first ones that its group's width leaves.
inline uint32_t Count(const Operator& op, const TensorRecord& tensor) {
  return tensor.group == 0 ? tensor.count : op.widths[tensor.group];
}

// Whether an operator that goes through its elements in order may read `source`
// while it writes `target`: they are of one type, as long and as wide, and the
// same or apart.
bool MayStream(const Ticket& ticket, uint16_t source, uint16_t target);

// Whether two activations share no byte.
bool AreApart(const TensorRecord& a, const TensorRecord& b);

}  // namespace tombola
