#include "firmware/core/nn/network.h"

#include <cstring>

#include "firmware/core/nn/operators.h"

namespace tombola {
namespace {

constexpr Port kNoPort = {nullptr, 0, 0.0f, 0, kInt16};

// The whole lanes that are nearest to a share of those that `count` takes. The
// last one may not be full.
uint16_t WidthAt(float share, uint32_t count) {
  if (!(share < 1.0f)) return static_cast<uint16_t>(count);
  const uint32_t lanes = RoundUpToLanes(count) / kLanes;
  const float nearest =
      (share > 0.0f ? share : 0.0f) * static_cast<float>(lanes) + 0.5f;
  const uint32_t width = static_cast<uint32_t>(nearest) * kLanes;
  if (width >= count) return static_cast<uint16_t>(count);
  return static_cast<uint16_t>(width > kLanes ? width : kLanes);
}

}  // namespace

TicketError Network::Init(const Ticket& ticket, Arena* arena) {
  ticket_ = nullptr;
  if (!ticket.loaded()) return TicketError::kNotLoaded;
  memory_ = arena->Allocate<uint8_t>(ticket.arena_bytes());
  if (memory_ == nullptr) return TicketError::kArena;
  ticket_ = &ticket;
  for (uint16_t& width : widths_) width = 0;  // another ticket had others
  Reset();
  SetWidth(1.0f);
  return TicketError::kNone;
}

void Network::Reset() {
  if (ticket_ == nullptr) return;
  for (int i = 0; i < ticket_->ports(); ++i) {
    const PortRecord port = ticket_->port(i);
    if (port.kind != kState) continue;
    Clear(ticket_->tensor(port.tensor), 0);
  }
}

// From an element on: to what stands for a real zero.
void Network::Clear(const TensorRecord& tensor, uint32_t from) {
  const uint32_t size = ElementBytes(tensor.type);
  std::memset(memory_ + tensor.offset + from * size, tensor.zero_point,
              (RoundUpToLanes(tensor.count) - from) * size);
}

void Network::SetWidth(float share) {
  if (ticket_ == nullptr) return;
  for (int i = 0; i < ticket_->ports(); ++i) {
    const PortRecord port = ticket_->port(i);
    if (port.kind != kState) continue;
    const TensorRecord tensor = ticket_->tensor(port.tensor);
    if (tensor.group != 0) Clear(tensor, widths_[tensor.group]);
  }
  for (int i = 0; i < ticket_->tensors(); ++i) {
    const TensorRecord tensor = ticket_->tensor(i);
    widths_[tensor.group] = WidthAt(share, tensor.count);
  }
}

void Network::Step() {
  if (ticket_ == nullptr) return;
  const uint8_t* end = ticket_->plan_end();
  for (const uint8_t* at = ticket_->plan(); at != end;) {
    const OperatorRecord record = Read<OperatorRecord>(at);
    const Operator op = {ticket_, at + sizeof(record),
                         static_cast<uint32_t>(record.bytes - sizeof(record)),
                         widths_};
    FindOperator(record.kind)->run(op, memory_);
    at += record.bytes;
  }
}

Port Network::Tensor(int index) const {
  if (ticket_ == nullptr || index < 0 || index >= ticket_->tensors()) {
    return kNoPort;
  }
  const TensorRecord tensor = ticket_->tensor(index);
  return {memory_ + tensor.offset, static_cast<int>(tensor.count), tensor.scale,
          tensor.zero_point, tensor.type};
}

Port Network::Find(PortKind kind, const char* name) const {
  if (ticket_ == nullptr) return kNoPort;
  for (int i = 0; i < ticket_->ports(); ++i) {
    const PortRecord port = ticket_->port(i);
    if (port.kind == kind && std::strcmp(port.name, name) == 0) {
      return Tensor(port.tensor);
    }
  }
  return kNoPort;
}

}  // namespace tombola
