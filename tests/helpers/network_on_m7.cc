// The engine alone, for tests that run it on an emulated Cortex-M7.
// cortex_m7.py calls these functions.

#include "firmware/core/nn/arena.h"
#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"

namespace {
tombola::Ticket ticket;
tombola::Network network;
}  // namespace

extern "C" {

// Returns the TicketError.
int Load(const uint8_t* image, uint32_t size) {
  return static_cast<int>(ticket.Load(image, size));
}

int Init(void* memory, uint32_t size) {
  tombola::Arena arena(memory, size);
  return static_cast<int>(network.Init(ticket, &arena));
}

void SetWidth(float share) { network.SetWidth(share); }

void Step() { network.Step(); }

// The address of a tensor's elements.
void* Tensor(int index) { return network.Tensor(index).data; }
}
