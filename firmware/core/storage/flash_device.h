// The flash chip as the storage sees it: the QSPI chip on the module, memory in
// tests.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tombola {

// NOR flash. Erasing makes every bit of a sector 1; writing can only make bits
// 0. Power may go at any point of either: what is left in that sector, or in
// the bytes that were being written, is then anything.
class FlashDevice {
 public:
  static constexpr uint32_t kSectorBytes = 4096;
  static constexpr uint32_t kPageBytes = 256;

  // Bytes that there are; 0 when the chip does not answer.
  virtual uint32_t size() const = 0;

  // The content. Not to be read while Erase or Write runs.
  virtual const uint8_t* Data() const = 0;

  // Erases the sector that begins at `offset`. False when the chip does not
  // get done. Takes up to 0.3 s: for the main loop alone, as Write.
  virtual bool Erase(uint32_t offset) = 0;

  // Writes bytes, wherever pages begin and end. False when the chip does not
  // get done. What was written is to be compared with Data().
  virtual bool Write(uint32_t offset, const uint8_t* bytes, size_t count) = 0;

 protected:
  ~FlashDevice() = default;
};

}  // namespace tombola
