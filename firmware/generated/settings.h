// Generated from firmware/schema/settings.toml (4e629526c93db5ca) by:
//   python firmware/schema/generate.py
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/core/storage/fields.h"

namespace tombola {

enum class PitchSteps : uint8_t { kSemitones, kSmooth };
enum class CvOut : uint8_t { kLoudness, kPitch };
enum class AudioIn : uint8_t { kOff, kOn };

// What the player chose. A new one has the defaults.
struct Settings {
  static constexpr uint8_t kVersion = 1;
  static constexpr uint32_t kBytes = 16;  // as it is packed

  // the ticket that plays after power on
  uint8_t slot = 8;
  // how the PITCH knob moves
  PitchSteps pitch_steps = PitchSteps::kSemitones;
  // added to every pitch (cents)
  float tuning_cents = 0.0f;
  // what the jack CV out follows
  CvOut cv_out = CvOut::kLoudness;
  // whether a signal at IN plays the voice
  AudioIn audio_in = AudioIn::kOn;
  // the order in which the button goes through the slots
  uint8_t order[8] = {0, 1, 2, 3, 4, 5, 6, 7};

  static FieldList Fields();
};

constexpr Limits kSettingsSlotLimits[] = {{0.0f, 8.0f}};
constexpr Limits kSettingsPitchStepsLimits[] = {{0.0f, 1.0f}};
constexpr Limits kSettingsTuningCentsLimits[] = {{-100.0f, 100.0f}};
constexpr Limits kSettingsCvOutLimits[] = {{0.0f, 1.0f}};
constexpr Limits kSettingsAudioInLimits[] = {{0.0f, 1.0f}};
constexpr Limits kSettingsOrderLimits[] = {{0.0f, 7.0f}, {0.0f, 7.0f}, {0.0f, 7.0f}, {0.0f, 7.0f}, {0.0f, 7.0f}, {0.0f, 7.0f}, {0.0f, 7.0f}, {0.0f, 7.0f}};
constexpr RecordField kSettingsFields[] = {
    {"slot", FieldType::kByte, false,
     offsetof(Settings, slot), 1, kSettingsSlotLimits},
    {"pitch_steps", FieldType::kChoice, false,
     offsetof(Settings, pitch_steps), 1, kSettingsPitchStepsLimits},
    {"tuning_cents", FieldType::kFloat, false,
     offsetof(Settings, tuning_cents), 1, kSettingsTuningCentsLimits},
    {"cv_out", FieldType::kChoice, false,
     offsetof(Settings, cv_out), 1, kSettingsCvOutLimits},
    {"audio_in", FieldType::kChoice, false,
     offsetof(Settings, audio_in), 1, kSettingsAudioInLimits},
    {"order", FieldType::kByte, true,
     offsetof(Settings, order), 8, kSettingsOrderLimits},
};
inline FieldList Settings::Fields() {
  return {kSettingsFields, 6};
}

// What was measured on this very module; nothing resets it but another calibration. A new one has the defaults.
struct Calibration {
  static constexpr uint8_t kVersion = 1;
  static constexpr uint32_t kBytes = 100;  // as it is packed

  // at each CV jack in the panel's order, when its ADC word is 0 (V)
  float cv_zero_volts[6] = {7.285f, 5.205f, 5.205f, 5.205f, 5.205f, 5.205f};
  // the same when its ADC word is 65535 (V)
  float cv_full_volts[6] = {-3.158f, -5.238f, -5.238f, -5.238f, -5.238f, -5.238f};
  // added to the pitch at -3, -2, ... +7 V of V/OCT, linear between (cents)
  float pitch_cents[11] = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
  // at the jack CV out when its DAC word is 0 (V)
  float out_zero_volts = -5.0f;
  // the same when its DAC word is 4095 (V)
  float out_full_volts = 5.0f;

  static FieldList Fields();
};

constexpr Limits kCalibrationCvZeroVoltsLimits[] = {{6.785f, 7.785f}, {4.705f, 5.705f}, {4.705f, 5.705f}, {4.705f, 5.705f}, {4.705f, 5.705f}, {4.705f, 5.705f}};
constexpr Limits kCalibrationCvFullVoltsLimits[] = {{-3.658f, -2.658f}, {-5.738f, -4.738f}, {-5.738f, -4.738f}, {-5.738f, -4.738f}, {-5.738f, -4.738f}, {-5.738f, -4.738f}};
constexpr Limits kCalibrationPitchCentsLimits[] = {{-50.0f, 50.0f}, {-50.0f, 50.0f}, {-50.0f, 50.0f}, {-50.0f, 50.0f}, {-50.0f, 50.0f}, {-50.0f, 50.0f}, {-50.0f, 50.0f}, {-50.0f, 50.0f}, {-50.0f, 50.0f}, {-50.0f, 50.0f}, {-50.0f, 50.0f}};
constexpr Limits kCalibrationOutZeroVoltsLimits[] = {{-5.5f, -4.5f}};
constexpr Limits kCalibrationOutFullVoltsLimits[] = {{4.5f, 5.5f}};
constexpr RecordField kCalibrationFields[] = {
    {"cv_zero_volts", FieldType::kFloat, false,
     offsetof(Calibration, cv_zero_volts), 6, kCalibrationCvZeroVoltsLimits},
    {"cv_full_volts", FieldType::kFloat, false,
     offsetof(Calibration, cv_full_volts), 6, kCalibrationCvFullVoltsLimits},
    {"pitch_cents", FieldType::kFloat, false,
     offsetof(Calibration, pitch_cents), 11, kCalibrationPitchCentsLimits},
    {"out_zero_volts", FieldType::kFloat, false,
     offsetof(Calibration, out_zero_volts), 1, kCalibrationOutZeroVoltsLimits},
    {"out_full_volts", FieldType::kFloat, false,
     offsetof(Calibration, out_full_volts), 1, kCalibrationOutFullVoltsLimits},
};
inline FieldList Calibration::Fields() {
  return {kCalibrationFields, 5};
}

}  // namespace tombola
