#include "firmware/core/panel/panel.h"

#include "firmware/core/dsp/math.h"
#include "firmware/core/panel/pitch_curve.h"

namespace tombola {
namespace {

constexpr float kFullWord = 65535.0f;

// The knob leaves a step only this far beyond the border to the next one, in
// semitones: noise neither toggles it there nor moves it off its centre.
constexpr float kStepHysteresis = 0.1f;

// A smooth PITCH knob this near to noon, in semitones, is at noon: without
// steps nobody would find it.
constexpr float kPitchRest = 0.2f;

float NearestStep(float semitones, float last) {
  const float step = static_cast<float>(Round(last));
  const float away = semitones - step;
  const float border = 0.5f + kStepHysteresis;
  if (away > -border && away < border) return step;
  return static_cast<float>(Round(semitones));
}

float SmoothPitch(float semitones) {
  const float size = (semitones < 0.0f ? -semitones : semitones) - kPitchRest;
  if (size <= 0.0f) return 0.0f;
  const float pitch = size * (kPitchKnobRange / (kPitchKnobRange - kPitchRest));
  return semitones < 0.0f ? -pitch : pitch;
}

float Semitones(float turn) { return (turn - 0.5f) * (2.0f * kPitchKnobRange); }

}  // namespace

float Modulate(float knob, float volts) {
  return Clamp(knob + volts * 0.1f, 0.0f, 1.0f);
}

void Panel::Init() {
  Apply(Settings(), Calibration());
  for (KnobReader& knob : knobs_) knob.Init(0.0f);
  knobs_[kKnobPitch].Init(0.5f);
  knobs_[kKnobTicket].Init(1.0f);  // the whole network
  for (Follower& cv : cvs_) cv.Init();
  for (float& volts : volts_) volts = 0.0f;
  patch_ = {};
  modulations_ = {};
  knob_select_ = 0;
  knobs_known_ = false;
}

void Panel::Apply(const Settings& settings, const Calibration& calibration) {
  calibration_ = calibration;
  smooth_ = settings.pitch_steps == PitchSteps::kSmooth;
}

void Panel::ReadVolts(const uint16_t* words) {
  for (int i = 0; i < kCvCount; ++i) {
    const float part = cvs_[i].Process(words[i]) * (1.0f / kFullWord);
    const float zero = calibration_.cv_zero_volts[i];
    volts_[i] = zero + (calibration_.cv_full_volts[i] - zero) * part;
  }
}

void Panel::ReadKnob(uint16_t word) {
  knobs_[knob_select_].Read(word);
  if (++knob_select_ == kKnobCount) {
    knob_select_ = 0;
    knobs_known_ = true;
  }
}

void Panel::TurnPitch() {
  const KnobReader& knob = knobs_[kKnobPitch];
  patch_.transpose =
      smooth_ ? SmoothPitch(Semitones(knob.position()))
              : NearestStep(Semitones(knob.reading()), patch_.transpose);
}

void Panel::Process(const PanelInput& input) {
  ReadKnob(input.knob);
  for (KnobReader& knob : knobs_) knob.Advance();
  TurnPitch();
  patch_.x = knobs_[kKnobX].position();
  patch_.y = knobs_[kKnobY].position();
  patch_.color = knobs_[kKnobColor].position();
  patch_.shape = knobs_[kKnobShape].position();
  patch_.level = knobs_[kKnobLevel].position();
  patch_.ticket = knobs_[kKnobTicket].position();
  patch_.answer = knobs_[kKnobAnswer].position();

  ReadVolts(input.cv);
  const float volts = volts_[kCvVOct];
  modulations_.note =
      12.0f * volts + 0.01f * PitchCents(calibration_.pitch_cents, volts);
  modulations_.x = volts_[kCvX];
  modulations_.y = volts_[kCvY];
  modulations_.color = volts_[kCvColor];
  modulations_.level = volts_[kCvLevel];
  modulations_.ticket = volts_[kCvTicket];
  modulations_.gate = knobs_known_ && (input.gates & kGateBit) != 0;
  modulations_.draw = knobs_known_ && (input.gates & kDrawBit) != 0;
}

}  // namespace tombola
