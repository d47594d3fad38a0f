#include "firmware/core/dsp/partials.h"

#include <algorithm>

#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

constexpr int kLanes = 4;  // samples that share a load of the amplitudes
constexpr int32_t kNoIncrement = -1;

// sin(n t) for n = 1, 2, .. by Reinsch's form of the Chebyshev recurrence
// (Stoer and Bulirsch, "Introduction to Numerical Analysis", section 2.3.4):
//   d[n] = d[n - 1] - 4 sin^2(t / 2) s[n],   s[n + 1] = s[n] + d[n]
// which keeps its digits where t is near 0. So t is folded into
// -pi/2..pi/2 by sin(n (pi - t)) = (-1)^(n + 1) sin(n t): odd and even
// partials are summed apart, and the fold flips the even ones.
struct Lane {
  explicit Lane(uint32_t phase) {
    flip = ((phase + 0x40000000u) & 0x80000000u) != 0;
    const uint32_t folded = flip ? 0x80000000u - phase : phase;
    const float half = static_cast<float>(static_cast<int32_t>(folded)) *
                       (kPi / 4294967296.0f);
    const float h = SinEighth(half);
    s = d = 2.0f * h * CosEighth(half);
    delta = -4.0f * h * h;
    odd = even = 0.0f;
  }

  void Next() {
    d += delta * s;
    s += d;
  }

  float sum() const { return flip ? odd - even : odd + even; }

  float s, d, delta, odd, even;
  bool flip;
};

}  // namespace

void Partials::Init() {
  for (int n = 0; n < kCount; ++n) {
    partials_[n] = {0.0f, 0.0f};
    target_[n] = 0.0f;
  }
  sounding_ = 0;
  blocks_left_ = 0;
  phase_ = 0;
  increment_ = kNoIncrement;
}

void Partials::SetAmplitudes(const float* amplitudes) {
  sounding_ = 0;
  for (int n = 0; n < kCount; ++n) {
    Partial& partial = partials_[n];
    target_[n] = amplitudes[n];
    partial.step = (target_[n] - partial.amplitude) * (1.0f / kFrame);
    if (target_[n] != 0.0f || partial.amplitude != 0.0f) {
      sounding_ = (n + 2) & ~1;
    }
  }
  blocks_left_ = kFrameBlocks;
}

// Lands exactly on the target: silence is exact zeros.
void Partials::FinishRamp() {
  for (int n = 0; n < kCount; ++n) partials_[n] = {target_[n], 0.0f};
  while (sounding_ > 0 && target_[sounding_ - 1] == 0.0f &&
         target_[sounding_ - 2] == 0.0f) {
    sounding_ -= 2;
  }
}

// The amplitudes know the pitch of the last frame. Where it has leapt up since,
// partials beyond half the sample rate would fold back down; they are left out.
// A whole number of pairs, so one too many at most.
int Partials::Audible(int32_t increment) const {
  const int below = static_cast<int>(0x80000000u / (increment | 1u));
  return std::min(sounding_, (below + 1) & ~1);
}

void Partials::Render(float frequency, float* out) {
  const int32_t target =
      static_cast<int32_t>(frequency * (4294967296.0f / kSampleRate));
  if (increment_ == kNoIncrement) increment_ = target;
  const int32_t glide = (target - increment_) / kBlock;
  const int32_t rest = (target - increment_) % kBlock;
  Partial* const end = partials_ + Audible(std::max(target, increment_));
  for (Partial* partial = end; partial < partials_ + sounding_; ++partial) {
    partial->amplitude += kBlock * partial->step;
  }
  for (int i = 0; i < kBlock; i += kLanes) {
    uint32_t phases[kLanes];
    for (uint32_t& phase : phases) {
      increment_ += glide;
      phase_ += static_cast<uint32_t>(increment_);
      phase = phase_;
    }
    Lane a(phases[0]), b(phases[1]), c(phases[2]), d(phases[3]);
    for (Partial* partial = partials_; partial < end; partial += 2) {
      float amplitude = partial[0].amplitude;
      float step = partial[0].step;
      a.odd += (amplitude += step) * a.s;
      b.odd += (amplitude += step) * b.s;
      c.odd += (amplitude += step) * c.s;
      d.odd += (amplitude += step) * d.s;
      partial[0].amplitude = amplitude;
      a.Next(), b.Next(), c.Next(), d.Next();
      amplitude = partial[1].amplitude;
      step = partial[1].step;
      a.even += (amplitude += step) * a.s;
      b.even += (amplitude += step) * b.s;
      c.even += (amplitude += step) * c.s;
      d.even += (amplitude += step) * d.s;
      partial[1].amplitude = amplitude;
      a.Next(), b.Next(), c.Next(), d.Next();
    }
    *out++ = a.sum();
    *out++ = b.sum();
    *out++ = c.sum();
    *out++ = d.sum();
  }
  increment_ = target;
  // What the ramp lost by its whole steps: rest / kBlock for each step taken.
  phase_ += static_cast<uint32_t>(rest * (kBlock + 1) / 2);
  if (blocks_left_ > 0 && --blocks_left_ == 0) FinishRamp();
}

}  // namespace tombola
