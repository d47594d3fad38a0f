#include "firmware/core/nn/network.h"

#include <cstring>

#include "firmware/core/nn/operators.h"

namespace tombola {

TicketError Network::Init(const Ticket& ticket, Arena* arena) {
  ticket_ = nullptr;
  if (!ticket.loaded()) return TicketError::kNotLoaded;
  memory_ = arena->Allocate<uint8_t>(ticket.arena_bytes());
  if (memory_ == nullptr) return TicketError::kArena;
  ticket_ = &ticket;
  return TicketError::kNone;
}

void Network::Reset() {
  if (ticket_ == nullptr) return;
  for (int i = 0; i < ticket_->ports(); ++i) {
    const PortRecord port = ticket_->port(i);
    if (port.kind != kState) continue;
    const TensorRecord tensor = ticket_->tensor(port.tensor);
    std::memset(memory_ + tensor.offset, 0, TensorBytes(tensor));
  }
}

void Network::Step() {
  if (ticket_ == nullptr) return;
  const uint8_t* end = ticket_->plan_end();
  for (const uint8_t* at = ticket_->plan(); at != end;) {
    const OperatorRecord record = Read<OperatorRecord>(at);
    const Operator op = {ticket_, at + sizeof(record),
                         static_cast<uint32_t>(record.bytes - sizeof(record))};
    FindOperator(record.kind)->run(op, memory_);
    at += record.bytes;
  }
}

Port Network::Tensor(int index) const {
  if (ticket_ == nullptr || index < 0 || index >= ticket_->tensors()) {
    return {nullptr, 0, 0.0f};
  }
  const TensorRecord tensor = ticket_->tensor(index);
  return {Elements(tensor, memory_), static_cast<int>(tensor.count),
          tensor.scale};
}

Port Network::Find(PortKind kind, const char* name) const {
  if (ticket_ == nullptr) return {nullptr, 0, 0.0f};
  for (int i = 0; i < ticket_->ports(); ++i) {
    const PortRecord port = ticket_->port(i);
    if (port.kind == kind && std::strcmp(port.name, name) == 0) {
      return Tensor(port.tensor);
    }
  }
  return {nullptr, 0, 0.0f};
}

}  // namespace tombola
