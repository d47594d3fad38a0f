// Where everything lies in the flash chip; docs/formats/flash.md draws it.
#pragma once

#include <cstdint>

#include "firmware/core/storage/flash_device.h"

namespace tombola {

// Journals of two sectors each.
constexpr uint32_t kJournalBytes = 2 * FlashDevice::kSectorBytes;
constexpr uint32_t kSettingsAt = 0;
constexpr uint32_t kCalibrationAt = kSettingsAt + kJournalBytes;
constexpr uint32_t kCatalogueAt = kCalibrationAt + kJournalBytes;

// A ticket has an area of its own. One more than there are slots, so that a
// slot's old ticket stays until the new one is there.
constexpr int kSlots = 8;
constexpr int kAreas = kSlots + 1;
constexpr uint32_t kAreaBytes = 128 * 1024;
constexpr uint32_t kAreasAt = 0x100000;
constexpr uint32_t kAreasEnd = kAreasAt + kAreas * kAreaBytes;

static_assert(kCatalogueAt + kJournalBytes <= kAreasAt);

}  // namespace tombola
