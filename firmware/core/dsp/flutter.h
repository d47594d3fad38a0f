// Slow noise that a texture's loudness and brightness flutter by.
#pragma once

#include "firmware/core/dsp/math.h"
#include "firmware/core/dsp/xorshift.h"
#include "firmware/generated/sound.h"

namespace tombola {

class Flutter {
 public:
  static constexpr uint32_t kSeed = 0x7F4A7C15;

  void Init() { *this = Flutter(); }

  // One frame: kTextureFlutters values in -1..1, of an RMS of one in
  // kTextureFlutterSpan. White noise goes through two equal low-passes.
  void Process(float* values) {
    constexpr float kScale =
        kTextureFlutterGain / kTextureFlutterSpan / 32768.0f;
    static_assert(kTextureFlutters == 2, "a half of the random bits each");
    const uint32_t bits = random_.Next();
    const uint16_t halves[2] = {static_cast<uint16_t>(bits >> 16),
                                static_cast<uint16_t>(bits)};
    for (int i = 0; i < kTextureFlutters; ++i) {
      const float drawn = static_cast<float>(static_cast<int16_t>(halves[i]));
      once_[i] = drawn + kTextureFlutterPole * once_[i];
      twice_[i] = once_[i] + kTextureFlutterPole * twice_[i];
      values[i] = Clamp(kScale * twice_[i], -1.0f, 1.0f);
    }
  }

 private:
  Xorshift random_{kSeed};
  float once_[kTextureFlutters] = {};
  float twice_[kTextureFlutters] = {};
};

}  // namespace tombola
