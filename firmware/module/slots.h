// The tickets that the module can play: the one that is built in, and those in
// the flash chip's slots.
#pragma once

#include <cstdint>

#include "firmware/core/storage/ticket_store.h"
#include "firmware/module/instrument.h"

namespace tombola {

// All of it is the main loop's. The ticket that plays is a copy in memory, so
// that the sound never waits for the flash chip, and its slot can be written.
class Slots {
 public:
  // The slot of the ticket that is built in.
  static constexpr uint8_t kBuiltIn = kSlots;

  struct Memory {
    SlotImage built_in;
    uint8_t* images[2];  // kAreaBytes each, at multiples of 8 bytes
    uint8_t* arena;
    size_t arena_bytes;
  };

  // Has the instrument begin with the slot's ticket, or, if that cannot be
  // played, with the one that is built in. Returns nullptr, or why that can not
  // be played either; then all is silent.
  const char* Init(const Memory& memory, const TicketStore* store,
                   Instrument* instrument, uint8_t slot);

  // Fades over to a slot's ticket. Returns nullptr, or why it cannot be played;
  // then the old one plays on. Not while busy().
  const char* Play(uint8_t slot);
  bool busy() const { return instrument_->changing(); }

  // The slot whose ticket plays.
  uint8_t playing() const { return playing_; }
  // Its name, or "" if none plays.
  const char* name() const { return name_; }

  // The slot after the one that was asked for last, in the order of the
  // settings [kSlots]: the next that is not empty, the built-in one last.
  uint8_t Next(const uint8_t* order) const;

 private:
  SlotImage Get(uint8_t slot) const;
  const char* Copy(uint8_t slot, SlotImage* copy);
  void Take(uint8_t slot, const SlotImage& copy);

  Memory memory_ = {};
  const TicketStore* store_ = nullptr;
  Instrument* instrument_ = nullptr;
  int spare_ = 0;  // of the images, which does not play
  uint8_t playing_ = kBuiltIn;
  uint8_t asked_ = kBuiltIn;
  char name_[33] = "";
};

}  // namespace tombola
