// Generated from firmware/schema/sound.toml (e8835a5cde5e5dbb) by:
//   python firmware/schema/generate.py
#pragma once

namespace tombola {

constexpr int kSampleRate = 48000;
constexpr int kBlock = 48;
constexpr int kFrameBlocks = 4;
constexpr int kFullScale = 8388607;
constexpr float kPitchLow = 24.0f;
constexpr float kPitchHigh = 108.0f;
constexpr float kLoudnessFloor = -80.0f;
constexpr float kFadeFloor = 0.05f;
constexpr int kTonePartials = 64;
constexpr int kToneBands = 65;
constexpr float kToneAmplitudeScale = 4.0f;
constexpr float kTonePartialFadeLow = 20000.0f;
constexpr float kTonePartialFadeHigh = 22000.0f;
constexpr int kToneNoiseFft = 512;
constexpr float kToneNoiseGain = 32.0f;
constexpr int kFrame = kBlock * kFrameBlocks;

}  // namespace tombola
