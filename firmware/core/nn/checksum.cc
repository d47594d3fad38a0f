#include "firmware/core/nn/checksum.h"

namespace tombola {
namespace {

constexpr uint32_t kPolynomial = 0xEDB88320u;

// The remainders of four bits: 64 bytes of flash instead of a kilobyte.
struct Remainders {
  constexpr Remainders() : entries() {
    for (uint32_t i = 0; i < 16; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 4; ++bit) {
        value = value & 1 ? (value >> 1) ^ kPolynomial : value >> 1;
      }
      entries[i] = value;
    }
  }
  uint32_t entries[16];
};

constexpr Remainders kRemainders;

}  // namespace

uint32_t Checksum(const uint8_t* bytes, uint32_t size) {
  uint32_t value = ~0u;
  for (uint32_t i = 0; i < size; ++i) {
    value ^= bytes[i];
    value = (value >> 4) ^ kRemainders.entries[value & 15];
    value = (value >> 4) ^ kRemainders.entries[value & 15];
  }
  return ~value;
}

}  // namespace tombola
