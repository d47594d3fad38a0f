// The flash chip in memory, with a power supply that fails when it is told to.

#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/storage/flash_map.h"

namespace tombola {

// What is left of the operation at which power goes.
enum class Cut { kNothing, kHalf, kNoise, kAll };
constexpr Cut kCuts[] = {Cut::kNothing, Cut::kHalf, Cut::kNoise, Cut::kAll};

class RamFlash : public FlashDevice {
 public:
  explicit RamFlash(uint32_t size = kAreasEnd) : bytes_(size, 0xff) {}

  // Power goes at the n-th operation from now on, the first being 1. An
  // operation erases a sector or writes within a page.
  void CutAt(int operation, Cut cut) {
    operations_ = 0;
    cut_at_ = operation;
    cut_ = cut;
  }

  void PowerOn() {
    off_ = false;
    cut_at_ = 0;
  }

  bool off() const { return off_; }
  int operations() const { return operations_; }
  std::vector<uint8_t>& bytes() { return bytes_; }

  // Bits of this page that are worn out: they stay 1.
  void WearOut(uint32_t page, uint8_t bits) {
    worn_page_ = page;
    worn_bits_ = bits;
  }

  uint32_t size() const override {
    return static_cast<uint32_t>(bytes_.size());
  }
  const uint8_t* Data() const override { return bytes_.data(); }

  bool Erase(uint32_t offset) override {
    REQUIRE(offset % kSectorBytes == 0);
    REQUIRE(offset < size());
    if (off_) return false;
    const uint32_t count = Begin(kSectorBytes);
    uint8_t* sector = &bytes_[offset];
    std::fill_n(sector, count, uint8_t{0xff});
    if (off_ && cut_ == Cut::kNoise) {
      for (uint32_t i = 0; i < kSectorBytes; ++i) sector[i] = Noise();
    }
    return !off_;
  }

  bool Write(uint32_t offset, const uint8_t* bytes, size_t count) override {
    REQUIRE(offset + count <= size());
    while (count > 0) {
      const uint32_t piece = static_cast<uint32_t>(
          std::min<size_t>(count, kPageBytes - offset % kPageBytes));
      if (!WritePage(offset, bytes, piece)) return false;
      offset += piece;
      bytes += piece;
      count -= piece;
    }
    return true;
  }

 private:
  // Returns how many bytes of the operation come to be.
  uint32_t Begin(uint32_t count) {
    ++operations_;
    if (operations_ != cut_at_) return count;
    off_ = true;
    switch (cut_) {
      case Cut::kNothing:
      case Cut::kNoise:
        return 0;
      case Cut::kHalf:
        return count / 2;
      case Cut::kAll:
        return count;
    }
    return 0;
  }

  bool WritePage(uint32_t offset, const uint8_t* bytes, uint32_t count) {
    if (off_) return false;
    // A byte that was begun is not written again: it may be anything.
    REQUIRE(std::count(&bytes_[offset], &bytes_[offset] + count, 0xff) ==
            count);
    const uint32_t whole = Begin(count);
    const uint8_t stuck = offset / kPageBytes == worn_page_ ? worn_bits_ : 0;
    for (uint32_t i = 0; i < count; ++i) {
      uint8_t bits = 0xff;
      if (i < whole) bits = bytes[i];
      if (off_ && cut_ == Cut::kNoise) bits = bytes[i] | Noise();
      bytes_[offset + i] &= bits | stuck;
    }
    return !off_;
  }

  uint8_t Noise() { return static_cast<uint8_t>(noise_.Next() >> 24); }

  std::vector<uint8_t> bytes_;
  int operations_ = 0;
  int cut_at_ = 0;
  Cut cut_ = Cut::kNothing;
  bool off_ = false;
  uint32_t worn_page_ = ~0u;
  uint8_t worn_bits_ = 0;
  Xorshift noise_;
};

}  // namespace tombola
