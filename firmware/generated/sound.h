// Generated from firmware/schema/sound.toml (6a799f8933d85e20) by:
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
constexpr int kImpactModes = 32;
constexpr float kImpactModeOctaves = 6.0f;
constexpr int kImpactBands = 16;
constexpr float kImpactBandCorner = 1500.0f;
constexpr float kImpactAmplitudeScale = 4.0f;
constexpr float kImpactDecayLow = 0.005f;
constexpr float kImpactDecayHigh = 4.0f;
constexpr float kImpactBendOctaves = 2.0f;
constexpr float kImpactBendLow = 0.005f;
constexpr float kImpactBendHigh = 0.3f;
constexpr float kImpactAttackLow = 0.001f;
constexpr float kImpactAttackHigh = 0.05f;
constexpr float kImpactSilence = 1e-05f;
constexpr int kTextureBands = 16;
constexpr int kTextureFilter = 192;
constexpr float kTextureKaiser = 9.0f;
constexpr float kTextureCutoff = 0.588311f;
constexpr int kTextureTaps = 8;
constexpr float kTextureNoiseGain = 1.7320508f;
constexpr float kTextureBrightnessLow = 48.0f;
constexpr float kTextureBrightnessHigh = 132.0f;
constexpr int kTextureFlutters = 2;
constexpr float kTextureFlutterSpan = 3.0f;
constexpr float kTextureFlutterPole = 0.6f;
constexpr float kTextureFlutterGain = 0.76f;
constexpr int kFrame = kBlock * kFrameBlocks;

}  // namespace tombola
