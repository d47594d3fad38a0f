// Random numbers: Marsaglia 2003, "Xorshift RNGs", the triple (13, 17, 5).
#pragma once

#include <cstdint>

namespace tombola {

class Xorshift {
 public:
  static constexpr uint32_t kSeed = 0x9E3779B9;

  explicit Xorshift(uint32_t seed = kSeed) : state_(seed) {}

  uint32_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  uint32_t state_;
};

}  // namespace tombola
