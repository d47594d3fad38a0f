// The modal bank against libm, in double, and the impact voice's limits.
#include <doctest/doctest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <vector>

#include "firmware/core/dsp/modes.h"
#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/voices/impact.h"
#include "tests/cpp/player.h"

namespace tombola {
namespace {

const double kTau = 2.0 * std::acos(-1.0);

// A frame of modes in double: amplitudes and bend ramp, pitch stands.
struct Reference {
  double amplitude[kImpactModes];
  double ratio[kImpactModes];
  double bend;
  double turns = 0.0;

  void Frame(const float* amplitudes, double bend_end, double frequency,
             double* out) {
    const double bend_step = (bend_end - bend) / kFrame;
    double steps[kImpactModes];
    for (int k = 0; k < kImpactModes; ++k) {
      steps[k] = (amplitudes[k] - amplitude[k]) / kFrame;
    }
    for (int i = 0; i < kFrame; ++i) {
      bend += bend_step;
      turns += frequency * bend / kSampleRate;
      out[i] = 0.0;
      for (int k = 0; k < kImpactModes; ++k) {
        amplitude[k] += steps[k];
        out[i] += amplitude[k] * std::sin(kTau * ratio[k] * turns);
      }
    }
  }
};

TEST_CASE("modes are sines of the ratios, whose amplitudes and bend ramp") {
  Xorshift random;
  const auto unit = [&random] {
    return static_cast<float>(random.Next() >> 8) * (1.0f / 16777216.0f);
  };
  Modes modes;
  modes.Init();
  for (const float frequency : {33.0f, 220.0f, 300.0f}) {
    float ratios[kImpactModes], amplitudes[kImpactModes];
    for (int k = 0; k < kImpactModes; ++k) {
      ratios[k] = k == 0 ? 1.0f : 1.0f + 30.0f * unit();
      amplitudes[k] = unit() / kImpactModes;
    }
    float bend = 1.5f;
    modes.Init();
    modes.Strike(ratios, amplitudes, bend);
    Reference reference;
    std::copy(ratios, ratios + kImpactModes, reference.ratio);
    std::copy(amplitudes, amplitudes + kImpactModes, reference.amplitude);
    reference.bend = bend;
    double largest = 0.0;
    for (int frame = 0; frame < 50; ++frame) {
      for (float& amplitude : amplitudes) amplitude *= 0.95f;
      bend = 1.0f + 0.9f * (bend - 1.0f);
      modes.RampTo(amplitudes, bend);
      double want[kFrame];
      reference.Frame(amplitudes, bend, frequency, want);
      float got[kFrame];
      for (int b = 0; b < kFrameBlocks; ++b) {
        modes.Render(frequency, got + b * kBlock);
      }
      for (int i = 0; i < kFrame; ++i) {
        largest = std::max(largest, std::fabs(got[i] - want[i]));
      }
    }
    CAPTURE(frequency);
    CHECK(largest < 1e-3);
  }
}

TEST_CASE("modes beyond half the sample rate are left out") {
  float ratios[kImpactModes], amplitudes[kImpactModes];
  std::fill_n(ratios, kImpactModes, 64.0f);
  std::fill_n(amplitudes, kImpactModes, 1.0f);
  Modes modes;
  modes.Init();
  modes.Strike(ratios, amplitudes, 4.0f);
  modes.RampTo(amplitudes, 4.0f);
  float out[kBlock];
  for (const float frequency : {94.0f, 375.0f, 20000.0f, 23999.0f}) {
    modes.Render(frequency, out);
    for (const float sample : out) CHECK(sample == 0.0f);
  }
}

TEST_CASE("a hit dies away without denormal numbers") {
  Player player(kImpactTicket);
  std::feclearexcept(FE_ALL_EXCEPT);
  for (int block = 0; block < 8000; ++block) player.Play(block < 20);
  CHECK(player.peak() == 0);
  CHECK_FALSE(std::fetestexcept(FE_UNDERFLOW));
  CHECK_FALSE(std::fetestexcept(FE_INVALID));
}

TEST_CASE("a hit whose frame is late comes when it does") {
  Player player(kImpactTicket);
  for (int block = 0; block < 50; ++block) player.Play(false);
  int due = 0;
  for (int block = 0; block < 12; ++block) due += player.Block(true);
  CHECK(due == 1);
  CHECK(player.peak() == 0);
  player.RunFrame();
  player.Play(true);
  CHECK(player.peak() > 0);
}

TEST_CASE("tickets of either voice come in one after another") {
  const std::vector<uint8_t> tone = ReadTicket(kSmallTicket);
  const std::vector<uint8_t> impact = ReadTicket(kImpactTicket);
  Player player;
  for (int turn = 0; turn < 6; ++turn) {
    const std::vector<uint8_t>& next = turn % 2 == 0 ? impact : tone;
    REQUIRE(player.instrument().ChangeTicket(
                next.data(), static_cast<uint32_t>(next.size())) == nullptr);
    for (int block = 0; block < 60; ++block) player.Play(false);
    REQUIRE_FALSE(player.instrument().changing());
    CHECK(player.peak() == 0);
    for (int block = 0; block < 20; ++block) player.Play(true);
    CHECK(player.peak() > 0);
  }
}

}  // namespace
}  // namespace tombola
