#pragma once

#include <cstddef>
#include <cstdint>

namespace tombola {

// The CRC-32 of IEEE 802.3 and zlib: polynomial 0x04C11DB7, least significant
// bit first. `crc` is that of the bytes before, so that a long text can be
// taken in pieces.
uint32_t Crc32(const uint8_t* bytes, size_t count, uint32_t crc = 0);

}  // namespace tombola
