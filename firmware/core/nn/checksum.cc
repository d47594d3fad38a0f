#include "firmware/core/nn/checksum.h"

#include "firmware/core/nn/dsp_instructions.h"
#include "firmware/core/nn/ticket_format.h"

namespace tombola {
namespace {

constexpr uint32_t kMultiplier = 4294967118u;
constexpr uint32_t kBlock = 64;

}  // namespace

uint64_t Checksum(const uint8_t* bytes, uint32_t size) {
  uint32_t low = ~0u;
  uint32_t high = ~0u;
  const uint8_t* blocks_end = bytes + size / kBlock * kBlock;
  const uint8_t* end = bytes + size / 4 * 4;
  while (bytes != blocks_end) {
    bytes = MultiplyWithCarry16(bytes, kMultiplier, &low, &high);
  }
  for (; bytes != end; bytes += 4) {
    low = MultiplyWithCarry(low, kMultiplier, Read<uint32_t>(bytes), &high);
  }
  return static_cast<uint64_t>(high) << 32 | low;
}

}  // namespace tombola
