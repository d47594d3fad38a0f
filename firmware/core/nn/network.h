#pragma once

#include <cstdint>

#include "firmware/core/nn/arena.h"
#include "firmware/core/nn/ticket.h"

namespace tombola {

// A named activation: `count` elements whose real value is scale * element.
// A port that the ticket does not have has data == nullptr.
struct Port {
  int16_t* data;
  int count;
  float scale;
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
  Port Find(PortKind kind, const char* name) const;

  const Ticket* ticket_ = nullptr;
  uint8_t* memory_ = nullptr;
};

}  // namespace tombola
