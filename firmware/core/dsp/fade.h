// Fades the sound out and in, so that what makes it can be exchanged.
#pragma once

#include "firmware/generated/sound.h"

namespace tombola {

// Straight lines between full level and silence.
class Fade {
 public:
  static constexpr int kBlocks = 16;  // that one takes: 16 ms

  void Init() {
    place_ = kBlocks;
    direction_ = 0;
  }
  void Out() { direction_ = -1; }
  void In() { direction_ = 1; }

  bool silent() const { return place_ == 0; }
  bool full() const { return place_ == kBlocks; }

  // Scales kBlock samples.
  void Process(float* samples) {
    if (silent() && direction_ <= 0) direction_ = 0;
    if (full() && direction_ >= 0) return;
    constexpr float kStep = 1.0f / (kBlocks * kBlock);
    const int begin = place_ * kBlock;
    for (int i = 0; i < kBlock; ++i) {
      samples[i] *= static_cast<float>(begin + direction_ * (i + 1)) * kStep;
    }
    place_ += direction_;
  }

 private:
  int place_;      // 0..kBlocks at a block's end
  int direction_;  // -1, 0 or 1
};

}  // namespace tombola
