#include "firmware/core/storage/ticket_store.h"

#include <algorithm>
#include <cstring>

#include "firmware/core/nn/ticket_format.h"

namespace tombola {
namespace {

constexpr uint32_t kCatalogueMagic = 0x54414354;  // "TCAT"
constexpr uint8_t kCatalogueVersion = 1;

bool IsSlot(int slot) { return slot >= 0 && slot < kSlots; }

}  // namespace

const char* Describe(StoreError error) {
  switch (error) {
    case StoreError::kNone:
      return "done";
    case StoreError::kSlot:
      return "there is no such slot; the module has 0 to 7";
    case StoreError::kEmpty:
      return "the slot is empty; put a ticket there first";
    case StoreError::kSize:
      return "the ticket is empty or larger than a slot's 131,072 bytes; trim "
             "it further";
    case StoreError::kNotBegun:
      return "no transfer was begun; begin one first";
    case StoreError::kOffset:
      return "the bytes do not follow what is there; ask how much is there and "
             "go on behind it";
    case StoreError::kIncomplete:
      return "the ticket is not all there; send the rest first";
    case StoreError::kTicket:
      return "what was sent is no ticket that this firmware can play; the slot "
             "keeps what it had";
    case StoreError::kFlash:
      return "the flash chip does not answer or is worn out; switch the module "
             "off and on and try again";
  }
  return "unknown error";
}

void TicketStore::Init(FlashDevice* flash) {
  *this = TicketStore();
  journal_.Init(flash, kCatalogueAt, kCatalogueMagic);
  if (flash->size() < kAreasEnd) return;
  flash_ = flash;
  if (journal_.body() != nullptr && journal_.version() == kCatalogueVersion &&
      journal_.size() == sizeof(Catalogue)) {
    std::memcpy(&catalogue_, journal_.body(), sizeof(Catalogue));
    Sanitise();
  }
}

bool TicketStore::IsUsed(uint8_t area) const {
  return std::find(catalogue_.area, catalogue_.area + kSlots, area) !=
         catalogue_.area + kSlots;
}

// A catalogue that another firmware wrote is not to lead outside the areas, or
// two slots to one.
void TicketStore::Sanitise() {
  for (int slot = 0; slot < kSlots; ++slot) {
    uint8_t* area = &catalogue_.area[slot];
    const bool taken = std::find(catalogue_.area, area, *area) != area;
    if (*area >= kAreas || taken) *area = kNowhere;
  }
  const bool sound =
      IsSlot(catalogue_.slot) && catalogue_.transfer_area < kAreas &&
      !IsUsed(catalogue_.transfer_area) && catalogue_.size <= kAreaBytes &&
      catalogue_.there <= catalogue_.size &&
      catalogue_.there % kProgressBytes == 0;
  if (!sound) catalogue_.size = catalogue_.there = 0;
}

uint8_t TicketStore::FreeArea() const {
  uint8_t area = 0;
  while (IsUsed(area)) ++area;  // there is one more than slots
  return area;
}

SlotImage TicketStore::Get(int slot) const {
  if (flash_ == nullptr || !IsSlot(slot) || catalogue_.area[slot] == kNowhere) {
    return {nullptr, 0};
  }
  const uint8_t* image = flash_->Data() + AreaAt(catalogue_.area[slot]);
  const uint32_t size = tombola::Read<HeaderRecord>(image).size;
  return {image, std::min(size, kAreaBytes)};
}

StoreError TicketStore::Record(const Catalogue& next) {
  Catalogue kept = next;
  kept.there -= kept.there % kProgressBytes;
  if (!journal_.Append(kCatalogueVersion,
                       reinterpret_cast<const uint8_t*>(&kept), sizeof(kept))) {
    return StoreError::kFlash;
  }
  catalogue_ = next;
  return StoreError::kNone;
}

StoreError TicketStore::Begin(int slot, uint32_t size, uint64_t checksum) {
  if (!IsSlot(slot)) return StoreError::kSlot;
  if (size == 0 || size > kAreaBytes) return StoreError::kSize;
  if (flash_ == nullptr) return StoreError::kFlash;
  if (catalogue_.size == size && catalogue_.checksum == checksum &&
      catalogue_.slot == slot) {
    return StoreError::kNone;
  }
  Catalogue next = catalogue_;
  next.slot = static_cast<uint8_t>(slot);
  next.size = size;
  next.checksum = checksum;
  next.there = 0;
  next.transfer_area = FreeArea();
  return Record(next);
}

StoreError TicketStore::Write(uint32_t offset, const uint8_t* bytes,
                              uint32_t count) {
  if (catalogue_.size == 0) return StoreError::kNotBegun;
  if (offset != there() || count > catalogue_.size - there()) {
    return StoreError::kOffset;
  }
  while (count > 0) {
    const uint32_t sector_left =
        FlashDevice::kSectorBytes - there() % FlashDevice::kSectorBytes;
    const uint32_t piece = std::min(count, sector_left);
    if (!WriteWithinSector(bytes, piece)) {
      // The sector is begun anew by the next attempt.
      catalogue_.there -= there() % FlashDevice::kSectorBytes;
      return StoreError::kFlash;
    }
    catalogue_.there += piece;
    bytes += piece;
    count -= piece;
    if (there() % kProgressBytes == 0) {
      const StoreError error = Record(catalogue_);
      if (error != StoreError::kNone) return error;
    }
  }
  return StoreError::kNone;
}

bool TicketStore::WriteWithinSector(const uint8_t* bytes, uint32_t count) {
  const uint32_t at = AreaAt(catalogue_.transfer_area) + there();
  if (at % FlashDevice::kSectorBytes == 0 && !flash_->Erase(at)) return false;
  return flash_->Write(at, bytes, count) &&
         std::memcmp(flash_->Data() + at, bytes, count) == 0;
}

StoreError TicketStore::Commit() {
  if (catalogue_.size == 0) return StoreError::kNotBegun;
  if (there() != catalogue_.size) return StoreError::kIncomplete;
  const uint8_t* image = flash_->Data() + AreaAt(catalogue_.transfer_area);
  Ticket ticket;
  ticket_error_ = ticket.Load(image, catalogue_.size);
  if (ticket_error_ == TicketError::kNone &&
      tombola::Read<HeaderRecord>(image).checksum != catalogue_.checksum) {
    ticket_error_ = TicketError::kChecksum;
  }
  Catalogue next = catalogue_;
  next.size = next.there = 0;
  if (ticket_error_ == TicketError::kNone) {
    next.area[next.slot] = next.transfer_area;
  }
  const StoreError error = Record(next);
  if (error != StoreError::kNone) return error;
  return ticket_error_ == TicketError::kNone ? StoreError::kNone
                                             : StoreError::kTicket;
}

StoreError TicketStore::Remove(int slot) {
  if (!IsSlot(slot)) return StoreError::kSlot;
  if (flash_ == nullptr) return StoreError::kFlash;
  if (catalogue_.area[slot] == kNowhere) return StoreError::kEmpty;
  Catalogue next = catalogue_;
  next.area[slot] = kNowhere;
  return Record(next);
}

}  // namespace tombola
