// Tickets in the flash chip: eight slots, and the area in which a new one
// grows.
//
// The catalogue, a journal, says in which area each slot's ticket lies. A
// transfer goes into a free area and becomes a slot's by one record of the
// catalogue, once the whole ticket was checked in place; until then the slot
// has what it had. The order of the slots is a setting.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/core/nn/ticket.h"
#include "firmware/core/storage/flash_map.h"
#include "firmware/core/storage/journal.h"

namespace tombola {

enum class StoreError : uint8_t {
  kNone,
  kSlot,
  kEmpty,
  kSize,
  kNotBegun,
  kOffset,
  kIncomplete,
  kTicket,
  kFlash,
};

// One sentence for a person.
const char* Describe(StoreError error);

// A slot's content, in flash; no image when it is empty. The size is what the
// image says of itself, a ticket's or not: Ticket::Load tells.
struct SlotImage {
  const uint8_t* image;
  uint32_t size;
};

// All of it is the main loop's. An image may be read until the slot's next
// Commit or Remove, and not while Write runs.
class TicketStore {
 public:
  void Init(FlashDevice* flash);

  SlotImage Get(int slot) const;

  // Begins the transfer of a ticket, `size` and `checksum` being those of its
  // header, or goes on with the one that was interrupted if they are the same.
  // there() says how much of it the module has.
  StoreError Begin(int slot, uint32_t size, uint64_t checksum);
  uint32_t there() const { return catalogue_.there; }

  // What is under way; nothing if its size is 0.
  struct Transfer {
    int slot;
    uint32_t size;
    uint32_t there;
    uint64_t checksum;
  };
  Transfer transfer() const {
    return {catalogue_.slot, catalogue_.size, catalogue_.there,
            catalogue_.checksum};
  }

  // Adds bytes at there(); `offset` has to agree. May erase a sector.
  StoreError Write(uint32_t offset, const uint8_t* bytes, uint32_t count);

  // Checks the ticket that was sent and makes it the slot's. After kTicket,
  // ticket_error() says what is wrong, and the transfer is over.
  StoreError Commit();
  TicketError ticket_error() const { return ticket_error_; }

  StoreError Remove(int slot);

 private:
  static constexpr uint8_t kNowhere = 0xff;
  // The transfer's progress is recorded this often, for when power goes.
  static constexpr uint32_t kProgressBytes = 16 * 1024;
  static_assert(kProgressBytes % FlashDevice::kSectorBytes == 0);

  // As it lies in the journal.
  struct Catalogue {
    uint8_t area[kSlots] = {kNowhere, kNowhere, kNowhere, kNowhere,
                            kNowhere, kNowhere, kNowhere, kNowhere};
    // The transfer; none if its size is 0.
    uint64_t checksum = 0;
    uint32_t size = 0;
    uint32_t there = 0;
    uint8_t slot = 0;
    uint8_t transfer_area = 0;
    uint8_t reserved[6] = {};
  };
  static_assert(sizeof(Catalogue) == 32, "as in docs/formats/flash.md");

  static uint32_t AreaAt(uint8_t area) { return kAreasAt + area * kAreaBytes; }
  bool IsUsed(uint8_t area) const;
  void Sanitise();
  uint8_t FreeArea() const;
  bool WriteWithinSector(const uint8_t* bytes, uint32_t count);
  StoreError Record(const Catalogue& next);

  FlashDevice* flash_ = nullptr;
  Journal journal_;
  Catalogue catalogue_;
  TicketError ticket_error_ = TicketError::kNone;
};

}  // namespace tombola
