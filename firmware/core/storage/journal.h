// One record in flash that is always whole, whenever power goes.
//
// A journal has two banks of one sector. Each save appends a page with the next
// sequence number; the newest sound page counts. When a bank is full, the other
// one is erased and gets the next page, so that the newest sound page is never
// in what is being erased or written. A page that a cut left half-written does
// not match its checksum and is passed over, by reading and by writing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/core/storage/flash_device.h"

namespace tombola {

// A page: this, the body, and the CRC-32 of both. Little-endian.
struct JournalHeader {
  uint32_t magic;  // whose journal it is
  uint32_t sequence;
  uint8_t version;  // of the body
  uint8_t reserved;
  uint16_t size;  // of the body
};
static_assert(sizeof(JournalHeader) == 12, "as in docs/formats/flash.md");

class Journal {
 public:
  static constexpr uint32_t kMaxBody =
      FlashDevice::kPageBytes - sizeof(JournalHeader) - sizeof(uint32_t);

  // Looks for the newest sound page in the two sectors at `offset`.
  void Init(FlashDevice* flash, uint32_t offset, uint32_t magic);

  // Whether there is a chip to write to.
  bool has_flash() const { return flash_ != nullptr; }

  // Whether both banks are as a new chip is: nothing was ever saved.
  bool blank() const { return blank_; }

  // The newest record, or nullptr when there is none. It lies in flash.
  const uint8_t* body() const;
  uint32_t size() const { return header_.size; }
  uint8_t version() const { return header_.version; }

  // Makes a record of at most kMaxBody bytes the newest. False when the chip
  // refuses; then the one before still is.
  bool Append(uint8_t version, const uint8_t* body, uint32_t size);

 private:
  static constexpr int kPages =
      FlashDevice::kSectorBytes / FlashDevice::kPageBytes;
  static constexpr int kNone = -1;

  uint32_t PageAt(int page) const {
    return offset_ + static_cast<uint32_t>(page) * FlashDevice::kPageBytes;
  }
  const uint8_t* Page(int page) const { return flash_->Data() + PageAt(page); }
  bool IsSound(int page, JournalHeader* header) const;
  bool IsBlank(int page) const;

  FlashDevice* flash_ = nullptr;
  uint32_t offset_ = 0;
  uint32_t magic_ = 0;
  bool blank_ = false;
  int newest_ = kNone;         // page, 0 to 2 * kPages - 1
  JournalHeader header_ = {};  // of the newest
};

}  // namespace tombola
