#include "firmware/core/nn/checksum.h"

#include "firmware/core/nn/dsp_instructions.h"
#include "firmware/core/nn/ticket_format.h"

namespace tombola {
namespace {

constexpr uint32_t kMultiplier = 4294967118u;

}  // namespace

uint64_t Checksum(const uint8_t* bytes, uint32_t size) {
  // The words of the state take turns: each step leaves the low one where its
  // digit was, so that nothing has to be moved.
  uint32_t low = ~0u;
  uint32_t high = ~0u;
  const uint8_t* end = bytes + size / 4 * 4;
  constexpr uint32_t kStride = 32;
  while (static_cast<uint32_t>(end - bytes) >= kStride) {
    MultiplyWithCarry8(bytes, kMultiplier, &low, &high);
    bytes += kStride;
  }
  for (; bytes != end; bytes += 4) {
    low = MultiplyWithCarry(low, kMultiplier, Read<uint32_t>(bytes), &high);
  }
  return static_cast<uint64_t>(high) << 32 | low;
}

}  // namespace tombola
