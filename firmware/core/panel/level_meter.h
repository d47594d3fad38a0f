// The lights as a level meter, 6 dB each.
#pragma once

#include <cstdint>

#include "firmware/generated/panel.h"

namespace tombola {

class LevelMeter {
 public:
  void Init() { peak_ = 0; }

  // One block's largest absolute sample. Returns the lights: the last one is on
  // from -6 dBFS, the first from -48.
  uint8_t Process(int32_t peak) {
    // Falls by 1/128 a block, that is by 6 dB in 88 ms.
    peak_ -= (peak_ + 127) / 128;
    if (peak > peak_) peak_ = peak;
    uint8_t lights = 0;
    for (int i = 0; i < kLightCount; ++i) {
      const int32_t threshold = kHalfScale >> (kLightCount - 1 - i);
      if (peak_ >= threshold) lights |= static_cast<uint8_t>(1 << i);
    }
    return lights;
  }

 private:
  static constexpr int32_t kHalfScale = 1 << 22;

  int32_t peak_;
};

}  // namespace tombola
