#include "firmware/core/storage/journal.h"

#include <cstring>

#include "firmware/core/protocol/crc32.h"

namespace tombola {

void Journal::Init(FlashDevice* flash, uint32_t offset, uint32_t magic) {
  *this = Journal();
  const uint32_t end = offset + 2 * FlashDevice::kSectorBytes;
  if (flash->size() < end) return;
  flash_ = flash;
  offset_ = offset;
  magic_ = magic;
  blank_ = true;
  for (int page = 0; page < 2 * kPages; ++page) {
    blank_ = blank_ && IsBlank(page);
    JournalHeader header;
    if (IsSound(page, &header) &&
        (newest_ == kNone || header.sequence > header_.sequence)) {
      newest_ = page;
      header_ = header;
    }
  }
}

const uint8_t* Journal::body() const {
  return newest_ == kNone ? nullptr : Page(newest_) + sizeof(JournalHeader);
}

bool Journal::IsSound(int page, JournalHeader* header) const {
  const uint8_t* bytes = Page(page);
  std::memcpy(header, bytes, sizeof(*header));
  if (header->magic != magic_ || header->size > kMaxBody) return false;
  const uint32_t length = sizeof(*header) + header->size;
  uint32_t crc;
  std::memcpy(&crc, bytes + length, sizeof(crc));
  return crc == Crc32(bytes, length);
}

bool Journal::IsBlank(int page) const {
  const uint8_t* bytes = Page(page);
  for (uint32_t i = 0; i < FlashDevice::kPageBytes; ++i) {
    if (bytes[i] != 0xff) return false;
  }
  return true;
}

bool Journal::Append(uint8_t version, const uint8_t* body, uint32_t size) {
  if (!has_flash() || size > kMaxBody) return false;
  const JournalHeader header = {magic_, header_.sequence + 1, version, 0,
                                static_cast<uint16_t>(size)};
  uint8_t page[FlashDevice::kPageBytes];
  std::memcpy(page, &header, sizeof(header));
  std::memcpy(page + sizeof(header), body, size);
  uint32_t length = sizeof(header) + size;
  const uint32_t crc = Crc32(page, length);
  std::memcpy(page + length, &crc, sizeof(crc));
  length += sizeof(crc);

  // The rest of the newest page's bank, then the other bank, erased.
  const int first = newest_ == kNone ? kPages : newest_ % kPages + 1;
  int bank = newest_ == kNone ? 1 : newest_ / kPages;
  for (int step = first; step < 2 * kPages; ++step) {
    if (step == kPages) {
      bank = 1 - bank;
      if (!flash_->Erase(PageAt(bank * kPages))) return false;
    }
    const int candidate = bank * kPages + step % kPages;
    if (!IsBlank(candidate)) continue;
    blank_ = false;
    if (!flash_->Write(PageAt(candidate), page, length)) return false;
    if (std::memcmp(Page(candidate), page, length) != 0) continue;  // worn out
    newest_ = candidate;
    header_ = header;
    return true;
  }
  return false;
}

}  // namespace tombola
