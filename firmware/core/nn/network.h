#pragma once

#include <cstdint>

#include "firmware/core/nn/arena.h"
#include "firmware/core/nn/ticket.h"

namespace tombola {

// A named activation: `count` elements of a type, whose real value is
// scale * (element - zero_point). A port that the ticket does not have has
// data == nullptr.
struct Port {
  void* data;
  int count;
  float scale;
  int zero_point;
  TensorType type;

  // nullptr when it is of another type, or not there.
  int16_t* int16() const {
    return type == kInt16 ? static_cast<int16_t*>(data) : nullptr;
  }
  int8_t* int8() const {
    return type == kInt8 ? static_cast<int8_t*>(data) : nullptr;
  }
};

// Runs a ticket's network one frame at a time. Its states stay in the arena
// between steps.
class Network {
 public:
  // Takes ticket.arena_bytes() of `arena`, zeroed. The ticket has to stay
  // loaded. kNotLoaded, or kArena when the arena has less than that left.
  TicketError Init(const Ticket& ticket, Arena* arena);

  // States to zero, as at power on.
  void Reset();

  // Runs every group of tensors with the first units of its width: as many of
  // them as `share`, 0..1, leaves in whole fours, at least four. What is
  // computed is the network without the others. Units that come back start from
  // states of zero.
  void SetWidth(float share);

  // One frame: reads the inputs, which keep their values, and writes outputs
  // and states.
  void Step();

  // Ports are found once, after Init, and stay where they are.
  Port Input(const char* name) const { return Find(kInput, name); }
  Port Output(const char* name) const { return Find(kOutput, name); }
  Port State(const char* name) const { return Find(kState, name); }

  // The activation with this index of the ticket; for the comparison operator
  // by operator. Only a plan without reuse keeps all of them after a step.
  Port Tensor(int index) const;

 private:
  void Clear(const TensorRecord& tensor, uint32_t from);
  Port Find(PortKind kind, const char* name) const;

  const Ticket* ticket_ = nullptr;
  uint8_t* memory_ = nullptr;
  uint16_t widths_[kMaxGroups] = {};
};

}  // namespace tombola
