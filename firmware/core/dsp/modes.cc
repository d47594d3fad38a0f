#include "firmware/core/dsp/modes.h"

#include <algorithm>

#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

constexpr float kTurn = 4294967296.0f;  // 2^32
constexpr float kHalfTurn = 2147483648.0f;

constexpr int32_t kNone = -1;  // no increment: the mode did not sound

}  // namespace

void Modes::Init() {
  for (Mode& mode : modes_) mode = {};
  std::fill_n(ending_, kBlock, 0.0f);
  ends_ = false;
  bend_ = bend_target_ = 1.0f;
  bend_step_ = 0.0f;
  blocks_left_ = 0;
}

// Adds kBlock samples. Ramps arrive: their last sample has the new value.
void Modes::Add(Mode* mode, int32_t glide, float* out) {
  float amplitude = mode->amplitude;
  const float step = mode->step;
  uint32_t phase = mode->phase;
  int32_t increment = mode->increment;
  for (int i = 0; i < kBlock; ++i) {
    increment += glide;
    phase += static_cast<uint32_t>(increment);
    amplitude += step;
    out[i] += amplitude * SinPhase(phase);
  }
  mode->amplitude = amplitude;
  mode->phase = phase;
}

void Modes::Strike(const float* ratios, const float* amplitudes, float bend) {
  std::fill_n(ending_, kBlock, 0.0f);
  for (int k = 0; k < kCount; ++k) {
    Mode& mode = modes_[k];
    if (mode.amplitude != 0.0f && mode.increment != kNone) {
      mode.step = mode.amplitude * (-1.0f / kBlock);
      Add(&mode, 0, ending_);
      ends_ = true;
    }
    mode = {};
    mode.increment = kNone;
    mode.ratio = ratios[k];
    mode.amplitude = mode.target = amplitudes[k];
  }
  bend_ = bend_target_ = bend;
}

void Modes::RampTo(const float* amplitudes, float bend) {
  for (int k = 0; k < kCount; ++k) {
    Mode& mode = modes_[k];
    mode.target = amplitudes[k];
    mode.step = (mode.target - mode.amplitude) * (1.0f / kFrame);
  }
  bend_target_ = bend;
  bend_step_ = (bend - bend_) * (1.0f / kFrameBlocks);
  blocks_left_ = kFrameBlocks;
}

// Lands exactly on the targets: silence is exact zeros.
void Modes::FinishRamp() {
  for (Mode& mode : modes_) {
    mode.amplitude = mode.target;
    mode.step = 0.0f;
  }
  bend_ = bend_target_;
  bend_step_ = 0.0f;
}

// Beyond half the sample rate a mode would fold back down: it is left out.
void Modes::Render(float frequency, float* out) {
  std::copy(ending_, ending_ + kBlock, out);
  if (ends_) std::fill_n(ending_, kBlock, 0.0f);
  const float scale = frequency * (kTurn / kSampleRate);
  const float begin = scale * bend_;
  bend_ += bend_step_;
  const float end = scale * bend_;
  for (Mode& mode : modes_) {
    const float first = mode.ratio * begin;
    const float target = mode.ratio * end;
    const bool silent = mode.amplitude == 0.0f && mode.step == 0.0f;
    if (silent || first >= kHalfTurn || target >= kHalfTurn) {
      mode.amplitude += kBlock * mode.step;
      mode.increment = kNone;
      continue;
    }
    if (mode.increment == kNone) mode.increment = static_cast<int32_t>(first);
    const int32_t increment = static_cast<int32_t>(target);
    Add(&mode, (increment - mode.increment) / kBlock, out);
    mode.increment = increment;
  }
  ends_ = false;
  if (blocks_left_ > 0 && --blocks_left_ == 0) FinishRamp();
}

}  // namespace tombola
