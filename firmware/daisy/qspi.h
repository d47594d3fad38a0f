// The flash chip beside the processor, an IS25LP064A of 8 MB on QUADSPI bank 1.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/daisy/error.h"

namespace tombola {

constexpr uint32_t kQspiBytes = 8 * 1024 * 1024;
constexpr uint32_t kQspiSectorBytes = 4096;
constexpr uint32_t kQspiPageBytes = 256;

// Finds the chip, lets it use four lines, and maps it into memory.
Error InitQspi();

// The chip's content. Reading it while EraseQspi or WriteQspi runs is a fault.
inline const uint8_t* QspiData() {
  return reinterpret_cast<const uint8_t*>(0x90000000);
}

// For the main loop: they wait, 0.3 s at most for a sector and 0.8 ms for a
// page (data sheet, AC characteristics: 45 ms and 0.2 ms as a rule). False when
// the chip does not get done. Interrupts go on meanwhile.
bool EraseQspi(uint32_t sector);
bool WriteQspi(uint32_t offset, const uint8_t* bytes, size_t count);

}  // namespace tombola
