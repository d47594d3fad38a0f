// What a voice writes into its network, and reads from it.
#pragma once

#include <cstdint>

#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"

namespace tombola {

// Whether the ticket has this port, of this type and count.
bool HasPort(const Ticket& ticket, PortKind kind, const char* name,
             TensorType type, uint32_t count);

// Writes a real value to an int16 or int8 port, rounded and clamped.
void Put(const Port& port, int index, float value);

// The real value of an element of an int16 or int8 port.
float Get(const Port& port, int index);

// 0..1, or a range, to the network's -1..1; clamped.
float ToControl(float value, float low = 0.0f, float high = 1.0f);

}  // namespace tombola
