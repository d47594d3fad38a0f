// Follows a noisy ADC word without zipper and without lag.
#pragma once

#include <cstdint>

namespace tombola {

// A one-pole low-pass whose coefficient grows with the distance: 1/16 of it at
// rest, which takes 15 dB off a converter's noise, and all of it from 128 words
// on (24 cents at V/OCT), so that a step arrives at once. Integers, so that it
// settles instead of going on in denormals.
class Follower {
 public:
  void Init() { state_ = kUnset; }

  // One reading. Returns the followed word, 0..65535. The first is taken whole.
  float Process(uint16_t word) {
    const int32_t target = static_cast<int32_t>(word) << kFraction;
    if (state_ == kUnset) state_ = target;
    const int32_t error = target - state_;
    const int32_t distance = error < 0 ? -error : error;
    if (distance >= kFar) {
      state_ = target;
    } else {
      const int32_t gain = 16 + distance / (kFar / 240);  // of 256
      state_ += error * gain / 256;
    }
    return static_cast<float>(state_) * (1.0f / (1 << kFraction));
  }

 private:
  static constexpr int kFraction = 12;
  static constexpr int32_t kFar = 128 << kFraction;
  static constexpr int32_t kUnset = -1;

  int32_t state_;
};

}  // namespace tombola
