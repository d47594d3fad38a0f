#pragma once

#include <cstdint>

namespace tombola {

// CRC-32 as in zlib and PNG (ISO 3309: reflected, polynomial 0xEDB88320).
uint32_t Checksum(const uint8_t* bytes, uint32_t size);

}  // namespace tombola
