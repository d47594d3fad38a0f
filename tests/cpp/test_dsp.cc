// The sound's building blocks against libm, in double.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "firmware/core/dsp/envelope.h"
#include "firmware/core/dsp/fft.h"
#include "firmware/core/dsp/limiter.h"
#include "firmware/core/dsp/math.h"
#include "firmware/core/dsp/noise.h"
#include "firmware/core/dsp/partials.h"
#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/voices/tone.h"

namespace tombola {
namespace {

const double kTau = 2.0 * std::acos(-1.0);

// The largest |got(x) - want(x)| over evenly spaced x.
template <typename Got, typename Want>
double LargestError(double low, double high, Got got, Want want) {
  constexpr int kPoints = 100000;
  double largest = 0.0;
  for (int i = 0; i <= kPoints; ++i) {
    const float x = static_cast<float>(low + (high - low) * i / kPoints);
    largest = std::max(largest, std::fabs(got(x) - want(double{x})));
  }
  return largest;
}

TEST_CASE("sine and cosine of an eighth turn are within 1e-7") {
  const double eighth = kTau / 8;
  CHECK(LargestError(-eighth, eighth, SinEighth,
                     [](double x) { return std::sin(x); }) < 1e-7);
  CHECK(LargestError(-eighth, eighth, CosEighth,
                     [](double x) { return std::cos(x); }) < 1e-7);
}

TEST_CASE("the sine of turns is within 1.5e-7") {
  CHECK(LargestError(-3.0, 3.0, SinTurns,
                     [](double x) { return std::sin(kTau * x); }) < 1.5e-7);
  CHECK(SinTurns(0.0f) == 0.0f);
  CHECK(SinTurns(0.25f) == 1.0f);
  CHECK(SinTurns(0.75f) == -1.0f);
}

TEST_CASE("the sine of a phase is within 2e-7") {
  double largest = 0.0;
  for (uint32_t i = 0; i < 100000; ++i) {
    const uint32_t phase = i * 42949u + (i & 7);
    const double want = std::sin(kTau * phase / 4294967296.0);
    largest = std::max(largest, std::fabs(SinPhase(phase) - want));
  }
  CHECK(largest < 2e-7);
  CHECK(SinPhase(0) == 0.0f);
}

TEST_CASE("2^x is within 1.2e-7 of the value") {
  CHECK(LargestError(
            -125.0, 127.0,
            [](float x) { return Exp2(x) / std::exp2(double{x}); },
            [](double) { return 1.0; }) < 1.2e-7);
  CHECK(Exp2(0.0f) == 1.0f);
  CHECK(Exp2(10.0f) == 1024.0f);
}

TEST_CASE("log2 is within 3e-7, or 2e-7 of the value") {
  double largest = 0.0;
  for (float x = 1e-30f; x < 1e30f; x *= 1.0037f) {
    const double want = std::log2(double{x});
    largest = std::max(largest, std::fabs(Log2(x) - want) /
                                    std::max(3e-7, 2e-7 * std::fabs(want)));
  }
  CHECK(largest < 1.0);
  CHECK(Log2(1.0f) == 0.0f);
  CHECK(Log2(64.0f) == 6.0f);
}

TEST_CASE("MIDI notes 0 to 140 are within 0.0004 cent") {
  const double cents = LargestError(
      0.0, 140.0,
      [](float note) {
        const double want = 440.0 * std::exp2((double{note} - 69.0) / 12.0);
        return 1200.0 * std::log2(NoteToHz(note) / want);
      },
      [](double) { return 0.0; });
  CHECK(cents < 0.0004);
}

TEST_CASE("xorshift draws Marsaglia's sequence") {
  Xorshift random;
  uint32_t state = 0x9E3779B9;
  for (int i = 0; i < 1000; ++i) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    REQUIRE(random.Next() == state);
  }
}

TEST_CASE("the inverse FFT is the inverse DFT") {
  constexpr int kSize = InverseFft::kSize;
  Complex bins[InverseFft::kBins];
  Xorshift random;
  for (Complex& bin : bins) {
    bin.re = static_cast<int16_t>(random.Next()) / 32768.0f;
    bin.im = static_cast<int16_t>(random.Next()) / 32768.0f;
  }
  bins[0].im = bins[kSize / 2].im = 0.0f;

  InverseFft fft;
  fft.Init();
  Complex samples[kSize / 2];
  fft.Transform(bins, samples);

  double largest = 0.0;
  for (int i = 0; i < kSize; ++i) {
    double want = bins[0].re + (i % 2 ? -1.0 : 1.0) * bins[kSize / 2].re;
    for (int k = 1; k < kSize / 2; ++k) {
      const double turn = kTau * k * i / kSize;
      want += 2.0 * (bins[k].re * std::cos(turn) - bins[k].im * std::sin(turn));
    }
    const float got = i % 2 ? samples[i / 2].im : samples[i / 2].re;
    largest = std::max(largest, std::fabs(got - want));
  }
  CHECK(largest < 5e-5);  // of an RMS of 18
}

// Every partial at 1 / 64, and one block after another.
std::vector<float> Bank(float frequency, int blocks, const float* amplitudes) {
  Partials partials;
  partials.Init();
  partials.SetAmplitudes(amplitudes);
  std::vector<float> sound(static_cast<size_t>(blocks) * kBlock);
  for (int b = 0; b < blocks; ++b) {
    partials.Render(frequency, &sound[static_cast<size_t>(b) * kBlock]);
  }
  return sound;
}

double PartialsError(float frequency) {
  float amplitudes[kTonePartials];
  std::fill_n(amplitudes, kTonePartials, 1.0f / kTonePartials);
  const std::vector<float> sound = Bank(frequency, 40, amplitudes);
  const uint32_t increment =
      static_cast<uint32_t>(frequency * (4294967296.0f / kSampleRate));
  // Below half the sample rate, in pairs.
  const int below = static_cast<int>(kSampleRate / 2.0f / frequency);
  const int audible = std::min(kTonePartials, (below + 1) & ~1);
  uint32_t phase = 0;
  double largest = 0.0;
  for (size_t i = 0; i < sound.size(); ++i) {
    phase += increment;
    double want = 0.0;
    for (int n = 1; n <= audible; ++n) {
      want += std::sin(kTau * n * phase / 4294967296.0) / kTonePartials;
    }
    want *= std::min(1.0, (static_cast<double>(i) + 1.0) / kFrame);
    largest = std::max(largest, std::fabs(sound[i] - want));
  }
  return largest;
}

TEST_CASE("partials are the sum of as many sines within -100 dB") {
  for (const float frequency : {1.0f, 8.2f, 55.0f, 440.0f, 3000.0f, 11999.0f,
                                12000.0f, 15000.0f, 23999.0f}) {
    CAPTURE(frequency);
    CHECK(PartialsError(frequency) < 1e-5);
  }
}

TEST_CASE("a leap of the pitch folds no partials back") {
  Partials partials;
  partials.Init();
  std::vector<float> amplitudes(kTonePartials, 1.0f / kTonePartials);
  partials.SetAmplitudes(amplitudes.data());
  float out[kBlock];
  for (int block = 0; block < kFrameBlocks; ++block) {
    partials.Render(100.0f, out);
  }
  partials.Render(11000.0f, out);
  partials.Render(11000.0f, out);
  for (float sample : out) CHECK(std::abs(sample) < 2.01f / kTonePartials);
}

TEST_CASE("partials that fade out end in exact zeros") {
  float amplitudes[kTonePartials];
  std::fill_n(amplitudes, kTonePartials, 0.01f);
  Partials partials;
  partials.Init();
  partials.SetAmplitudes(amplitudes);
  float out[kBlock];
  // Restarted in mid-ramp, as by a gate.
  for (int b = 0; b < 3; ++b) partials.Render(440.0f, out);
  std::fill_n(amplitudes, kTonePartials, 0.0f);
  partials.SetAmplitudes(amplitudes);
  for (int b = 0; b < kFrameBlocks; ++b) partials.Render(440.0f, out);
  CHECK(out[0] != 0.0f);
  partials.Render(440.0f, out);
  for (const float sample : out) CHECK(sample == 0.0f);
}

TEST_CASE("a band of noise at 1 has an RMS near 1") {
  NoiseShaper shaper;
  shaper.Init();
  OverlapAdd noise;
  noise.Init();
  float bands[kToneBands];
  std::fill_n(bands, kToneBands, 1.0f);
  float frame[kNoiseFrame];
  double power = 0.0;
  constexpr int kBlocks = 400;
  for (int b = 0; b < kBlocks; ++b) {
    if (b % kFrameBlocks == 0) {
      shaper.MakeFrame(bands, frame);
      noise.Add(frame);
    }
    float out[kBlock] = {};
    noise.Render(out);
    for (const float sample : out) power += double{sample} * sample;
  }
  const double rms = std::sqrt(power / (kBlocks * kBlock));
  CHECK(rms > 0.7);
  CHECK(rms < 1.4);
}

TEST_CASE("a frame of noise may begin at any block") {
  float ones[kNoiseFrame];
  for (int i = 0; i < kNoiseFrame; ++i) ones[i] = static_cast<float>(i);
  for (int offset = 0; offset <= 10; ++offset) {
    OverlapAdd noise;
    noise.Init();
    noise.Add(ones);
    std::vector<float> sound;
    for (int b = 0; b < 20; ++b) {
      if (b == offset) noise.Add(ones);
      float out[kBlock] = {};
      noise.Render(out);
      sound.insert(sound.end(), out, out + kBlock);
    }
    const int begin = offset * kBlock;
    for (int i = 0; i < static_cast<int>(sound.size()); ++i) {
      float want = i < kNoiseFrame ? ones[i] : 0.0f;
      if (i >= begin && i < begin + kNoiseFrame) want += ones[i - begin];
      REQUIRE(sound[static_cast<size_t>(i)] == want);
    }
  }
}

TEST_CASE("a network that says no amplitudes makes no more than full sound") {
  NoiseShaper shaper;
  shaper.Init();
  ToneVoice voice;
  voice.Init(&shaper);
  ToneFrame frame;
  Xorshift random;
  for (const float scale : {1.0f / 32768.0f, 1.0f, 1e38f}) {
    for (int round = 0; round < 100; ++round) {
      int16_t output[ToneVoice::kOutputs];
      for (int16_t& value : output) value = static_cast<int16_t>(random.Next());
      // A share whose cube takes the floor of the shares' sum to zero.
      if (round % 2 == 0) std::fill_n(output + 1, kTonePartials, int16_t{0});
      output[1] = -328;
      voice.MakeFrame({60.0f, 0.0f, 0.5f}, output, scale, &frame);
      float sum = 0.0f;
      for (const float partial : frame.partials) {
        REQUIRE(partial >= 0.0f);
        sum += partial;
      }
      REQUIRE(sum <= 1.001f * kToneAmplitudeScale);
      for (const float sample : frame.noise) {
        REQUIRE(std::fabs(sample) < 10.0f);
      }
    }
  }
}

// Frames until the envelope that was opened for `held` frames is at zero again
// after it closed.
int FramesToSilence(float shape, int held) {
  Envelope envelope;
  envelope.Init();
  for (int i = 0; i < held; ++i) envelope.Process(i == 0, true, shape);
  int frames = 0;
  while (envelope.Process(false, false, shape) > 0.0f && frames < 10000) {
    ++frames;
  }
  return frames;
}

TEST_CASE("a closed gate is silent within a second") {
  for (const float shape : {0.0f, 0.019f, 0.021f, 0.3f, 0.7f, 1.0f}) {
    for (const int held : {1, 10, 100, 1000}) {
      CAPTURE(shape);
      CAPTURE(held);
      CHECK(FramesToSilence(shape, held) < 250);
    }
  }
}

TEST_CASE("SHAPE fully left is the gate's level") {
  Envelope envelope;
  envelope.Init();
  CHECK(envelope.Process(false, false, 0.0f) == 0.0f);
  CHECK(envelope.Process(true, true, 0.0f) == doctest::Approx(0.8));
  for (int i = 0; i < 1000; ++i) {
    CHECK(envelope.Process(false, true, 0.0f) == 1.0f);
  }
}

TEST_CASE("a trigger completes the attack, and a held gate decays") {
  Envelope envelope;
  envelope.Init();
  float level = envelope.Process(true, true, 0.5f);
  float top = level;
  for (int i = 0; i < 100; ++i) {
    level = envelope.Process(false, false, 0.5f);
    top = std::max(top, level);
  }
  CHECK(top == 1.0f);
  envelope.Process(true, true, 0.5f);
  for (int i = 0; i < 500; ++i) level = envelope.Process(false, true, 0.5f);
  CHECK(level == 0.0f);
}

TEST_CASE("the way out is linear to -3 dBFS, and never beyond full scale") {
  CHECK(SoftLimit(0.5f) == 0.5f);
  CHECK(SoftLimit(-0.7f) == -0.7f);
  float last = 0.0f;
  for (float x = 0.0f; x < 1000.0f; x += 0.001f + x * 0.01f) {
    const float y = SoftLimit(x);
    REQUIRE(y >= last);
    REQUIRE(y <= 1.0f);
    REQUIRE(SoftLimit(-x) == -y);
    last = y;
  }
  CHECK(ToSample(1.0f) == kFullScale);
  CHECK(ToSample(-1e30f) == -kFullScale);
  CHECK(ToSample(0.0f) == 0);
}

}  // namespace
}  // namespace tombola
