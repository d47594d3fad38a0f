#include "firmware/core/panel/self_calibration.h"

#include "firmware/core/dsp/math.h"
#include "firmware/core/panel/pitch_curve.h"
#include "firmware/core/storage/fields.h"

namespace tombola {
namespace {

// What V/OCT gets in the steps that measure it, from step 0 on.
constexpr float kOctaveVolts[] = {0.0f, 1.0f, 3.0f, 5.0f};
constexpr float kCheckVolts = 2.0f;

// How far a jack may be off before it is calibrated, in volts: five times the
// spread of its zero (hardware/frontend.toml), and far from the next octave.
constexpr float kFarthest = 0.15f;
// Between the lowest and the highest word: 32 mV. The converter's noise is a
// fourth of it; a cable that is not quite in, or a slow LFO, is beyond.
constexpr int kNoisiest = 200;
// What is off after the calibration, in volts: 5 cents.
constexpr float kLeft = 5.0f / 1200.0f;

// Where CV is measured: within what V/OCT can read.
constexpr uint16_t kLowWord = 1024;   // near -2.5 V
constexpr uint16_t kHighWord = 3686;  // near +4 V
constexpr uint16_t kMiddleWord = 2048;

float Volts(const Calibration& calibration, int cv, float word) {
  const float zero = calibration.cv_zero_volts[cv];
  return zero + (calibration.cv_full_volts[cv] - zero) * word / 65535.0f;
}

// At V/OCT, by the scale and the curve.
float PitchVolts(const Calibration& calibration, float word) {
  const float volts = Volts(calibration, kCvVOct, word);
  return volts + PitchCents(calibration.pitch_cents, volts) / 1200.0f;
}

// On the lines between values at kOctaveVolts; beyond the ends, the end's.
float OnLines(const float* values, float volts) {
  constexpr int kLast = sizeof(kOctaveVolts) / sizeof(*kOctaveVolts) - 1;
  if (volts <= kOctaveVolts[0]) return values[0];
  for (int i = 0; i < kLast; ++i) {
    const float part =
        (volts - kOctaveVolts[i]) / (kOctaveVolts[i + 1] - kOctaveVolts[i]);
    if (part <= 1.0f) return values[i] + (values[i + 1] - values[i]) * part;
  }
  return values[kLast];
}

bool IsNear(float volts, float wanted, float limit) {
  return volts > wanted - limit && volts < wanted + limit;
}

bool IsSteady(const Measurement& measured, int cv) {
  return measured.highest[cv] - measured.lowest[cv] <= kNoisiest;
}

}  // namespace

void SelfCalibration::Begin(const Calibration& old) {
  old_ = result_ = old;
  step_ = 0;
  has_low_ = false;
}

uint16_t SelfCalibration::word() const {
  if (step_ != kOutput) return kMiddleWord;
  return has_low_ ? kHighWord : kLowWord;
}

bool SelfCalibration::Take(const Measurement& measured) {
  const float word = measured.mean[kCvVOct];
  bool good = IsSteady(measured, kCvVOct);
  if (step_ == 0) {
    good = TakeZeros(measured);
  } else if (step_ < kOutput) {
    good = good && TakeOctave(Volts(old_, kCvVOct, word));
  } else if (step_ == kOutput) {
    good = good && TakeOutput(PitchVolts(result_, word));
    if (good && has_low_) return true;  // the high one comes next
  } else {
    good = good && IsNear(PitchVolts(result_, word), kCheckVolts, kLeft);
  }
  if (good) ++step_;
  return good;
}

bool SelfCalibration::TakeZeros(const Measurement& measured) {
  for (int cv = 0; cv < kCvCount; ++cv) {
    const float zero = Volts(old_, cv, measured.mean[cv]);
    if (!IsSteady(measured, cv) || !IsNear(zero, 0.0f, kFarthest)) return false;
    result_.cv_zero_volts[cv] = old_.cv_zero_volts[cv] - zero;
    result_.cv_full_volts[cv] = old_.cv_full_volts[cv] - zero;
  }
  measured_[0] = Volts(old_, kCvVOct, measured.mean[kCvVOct]);
  return true;
}

bool SelfCalibration::TakeOctave(float volts) {
  if (!IsNear(volts, kOctaveVolts[step_], kFarthest)) return false;
  measured_[step_] = volts;
  return step_ < kOctaves - 1 || Fit();
}

// A straight line through the octaves by least squares, as the jack's scale;
// what is left at each of them goes into the curve in cents.
bool SelfCalibration::Fit() {
  float mean_x = 0.0f, mean_y = 0.0f;
  for (int i = 0; i < kOctaves; ++i) {
    mean_x += measured_[i] / kOctaves;
    mean_y += kOctaveVolts[i] / kOctaves;
  }
  float xx = 0.0f, xy = 0.0f;
  for (int i = 0; i < kOctaves; ++i) {
    const float x = measured_[i] - mean_x;
    xx += x * x;
    xy += x * (kOctaveVolts[i] - mean_y);
  }
  const float gain = xy / xx;
  const auto corrected = [=](float volts) {
    return mean_y + gain * (volts - mean_x);
  };
  result_.cv_zero_volts[kCvVOct] = corrected(old_.cv_zero_volts[kCvVOct]);
  result_.cv_full_volts[kCvVOct] = corrected(old_.cv_full_volts[kCvVOct]);
  float left[kOctaves];
  for (int i = 0; i < kOctaves; ++i) {
    left[i] = kOctaveVolts[i] - corrected(measured_[i]);
  }
  for (int i = 0; i < kPitchPoints; ++i) {
    const float volts = kFirstPitchVolts + static_cast<float>(i);
    result_.pitch_cents[i] = 1200.0f * OnLines(left, volts);
  }
  return Validate(&result_) == nullptr;
}

bool SelfCalibration::TakeOutput(float volts) {
  const float word = static_cast<float>(has_low_ ? kHighWord : kLowWord);
  const float zero = old_.out_zero_volts;
  const float wanted =
      zero + (old_.out_full_volts - zero) * word * (1.0f / 4095.0f);
  if (!IsNear(volts, wanted, 2.0f * kFarthest)) {
    has_low_ = false;
    return false;
  }
  has_low_ = !has_low_;
  if (has_low_) {
    low_volts_ = volts;
    return true;
  }
  const float scale = (volts - low_volts_) / (kHighWord - kLowWord);
  result_.out_zero_volts = low_volts_ - scale * kLowWord;
  result_.out_full_volts = result_.out_zero_volts + scale * 4095.0f;
  return Validate(&result_) == nullptr;
}

}  // namespace tombola
