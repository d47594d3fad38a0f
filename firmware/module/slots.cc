#include "firmware/module/slots.h"

#include <algorithm>
#include <cstring>

#include "firmware/core/nn/ticket_format.h"

namespace tombola {

SlotImage Slots::Get(uint8_t slot) const {
  return slot < kSlots ? store_->Get(slot) : memory_.built_in;
}

// Into the image that does not play.
const char* Slots::Copy(uint8_t slot, SlotImage* copy) {
  const SlotImage from = Get(slot);
  if (from.image == nullptr) return "there is no ticket in the slot";
  if (from.size > kAreaBytes) return "it is larger than a slot";
  std::copy_n(from.image, from.size, memory_.images[spare_]);
  *copy = {memory_.images[spare_], from.size};
  return nullptr;
}

// The ticket in the spare image plays from now on.
void Slots::Take(uint8_t slot, const SlotImage& copy) {
  Ticket ticket;
  ticket.Load(copy.image, copy.size);
  std::copy_n(ticket.voice().name, sizeof(VoiceRecord::name), name_);
  playing_ = slot;
  spare_ = 1 - spare_;
}

const char* Slots::Init(const Memory& memory, const TicketStore* store,
                        Instrument* instrument, uint8_t slot) {
  memory_ = memory;
  store_ = store;
  instrument_ = instrument;
  for (const uint8_t next : {slot, kBuiltIn}) {
    SlotImage copy = {nullptr, 0};
    asked_ = next;
    const char* reason = Copy(next, &copy);
    if (reason == nullptr) {
      reason = instrument_->Init(copy.image, copy.size, memory_.arena,
                                 memory_.arena_bytes);
    }
    if (reason == nullptr) {
      Take(next, copy);
      return nullptr;
    }
    if (next == kBuiltIn) return reason;
  }
  return nullptr;
}

const char* Slots::Play(uint8_t slot) {
  SlotImage copy = {nullptr, 0};
  asked_ = slot;
  const char* reason = Copy(slot, &copy);
  if (reason == nullptr) {
    reason = instrument_->ChangeTicket(copy.image, copy.size);
  }
  if (reason == nullptr) Take(slot, copy);
  return reason;
}

uint8_t Slots::Next(const uint8_t* order) const {
  const uint8_t* const end = order + kSlots;
  const uint8_t* place = std::find(order, end, asked_);
  place = place == end ? order : place + 1;
  while (place != end && Get(*place).image == nullptr) ++place;
  return place == end ? kBuiltIn : *place;
}

}  // namespace tombola
