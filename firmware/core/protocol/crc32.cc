#include "firmware/core/protocol/crc32.h"

#include <array>

namespace tombola {
namespace {

// Four bits a step: a sixteenth of the usual table, at half of its speed.
constexpr std::array<uint32_t, 16> MakeTable() {
  constexpr uint32_t kPolynomial = 0xedb88320;  // mirrored
  std::array<uint32_t, 16> table = {};
  for (uint32_t i = 0; i < 16; ++i) {
    uint32_t rest = i;
    for (int bit = 0; bit < 4; ++bit) {
      rest = (rest & 1) != 0 ? rest >> 1 ^ kPolynomial : rest >> 1;
    }
    table[i] = rest;
  }
  return table;
}

constexpr std::array<uint32_t, 16> kTable = MakeTable();

}  // namespace

uint32_t Crc32(const uint8_t* bytes, size_t count, uint32_t crc) {
  crc = ~crc;
  for (size_t i = 0; i < count; ++i) {
    crc ^= bytes[i];
    crc = crc >> 4 ^ kTable[crc & 0xf];
    crc = crc >> 4 ^ kTable[crc & 0xf];
  }
  return ~crc;
}

}  // namespace tombola
