#include "firmware/core/dsp/loudness.h"

#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

struct Section {
  float b0, b1, b2, a1, a2;
};

// IEC 61672-1, annex E: four zeros at 0 Hz, poles at 20.6 (two), 107.7, 737.9
// and 12194 Hz (two), by the bilinear transform at 48 kHz, 0 dB at 1 kHz. It is
// within 0.1 dB of the standard up to 4 kHz and 0.6 dB below at 8 kHz.
constexpr Section kSections48[] = {
    {0.997309041f, -1.99461808f, 0.997309041f, -1.99461446f, 0.994621707f},
    {0.947257566f, -1.89451513f, 0.947257566f, -1.89387049f, 0.895159769f},
    {0.2478892f, 0.4957784f, 0.2478892f, -0.224558458f, 0.0126066253f},
};

// Below this power a block is silent, and the filters' states are set to zero:
// they would go on in ever smaller numbers.
constexpr float kSilentPower = 1e-12f;

}  // namespace

void Loudness::Init() {
  for (State& state : states_) state = {0.0f, 0.0f};
  for (float& power : powers_) power = 0.0f;
  next_ = 0;
}

float Loudness::Weight(float sample) {
  for (int i = 0; i < kSections; ++i) {
    const Section& section = kSections48[i];
    State& state = states_[i];
    const float out = section.b0 * sample + state.z1;
    state.z1 = section.b1 * sample - section.a1 * out + state.z2;
    state.z2 = section.b2 * sample - section.a2 * out;
    sample = out;
  }
  return sample;
}

float Loudness::Process(const float* samples) {
  float sum = 0.0f;
  for (int i = 0; i < kBlock; ++i) {
    const float weighted = Weight(samples[i]);
    sum += weighted * weighted;
  }
  float power = sum * (1.0f / kBlock);
  if (power < kSilentPower) {
    power = 0.0f;
    for (State& state : states_) state = {0.0f, 0.0f};
  }
  powers_[next_] = power;
  next_ = (next_ + 1) % kBlocks;
  float mean = 0.0f;
  for (const float p : powers_) mean += p;
  mean *= 1.0f / kBlocks;
  constexpr float kDecibelsAnOctave = 3.01029996f;  // of power
  const float decibels =
      mean > kSilentPower ? kDecibelsAnOctave * Log2(mean) : kSilence;
  return decibels > kSilence ? decibels : kSilence;
}

}  // namespace tombola
