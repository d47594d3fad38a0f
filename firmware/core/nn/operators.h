// What the plan is made of. Each family of operators has one file that declares
// its records, checks them when a ticket is loaded and runs them in a step.

#pragma once

#include <cstdint>

#include "firmware/core/nn/ticket.h"

namespace tombola {

enum OperatorKind : uint16_t {
  kDense = 1,
  kAdd = 2,
  kAddShifted = 3,
  kMultiply = 4,
  kRescale = 5,
  kLogistic = 6,
  kTanh = 7,
};

// One operator of a loaded ticket: the bytes behind its OperatorRecord.
struct Operator {
  const Ticket* ticket;
  const uint8_t* body;
  uint32_t bytes;
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
inline int16_t* Elements(const TensorRecord& tensor, uint8_t* memory) {
  return reinterpret_cast<int16_t*>(memory + tensor.offset);
}

// Whether an operator that goes through its elements in order may read `source`
// while it writes `target`: they are as long, and the same or apart.
bool MayStream(const Ticket& ticket, uint16_t source, uint16_t target);

// Whether two activations share no byte.
bool AreApart(const TensorRecord& a, const TensorRecord& b);

}  // namespace tombola
