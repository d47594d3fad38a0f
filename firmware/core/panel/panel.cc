#include "firmware/core/panel/panel.h"

#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

constexpr float kFullWord = 65535.0f;

// The knob leaves a step only this far beyond the border to the next one, in
// semitones: noise neither toggles it there nor moves it off its centre.
constexpr float kStepHysteresis = 0.1f;

float NearestStep(float semitones, float last) {
  const float away = semitones - last;
  const float border = 0.5f + kStepHysteresis;
  if (away > -border && away < border) return last;
  return static_cast<float>(Round(semitones));
}

}  // namespace

float Modulate(float knob, float volts) {
  return Clamp(knob + volts * 0.1f, 0.0f, 1.0f);
}

void Panel::Init() {
  for (Follower& knob : knobs_) knob.Init();
  for (Follower& cv : cvs_) cv.Init();
  patch_ = {};
  patch_.ticket = 1.0f;  // the whole network, until its knob was read
  modulations_ = {};
  knob_select_ = 0;
  knobs_known_ = false;
}

float Panel::ReadCv(Cv cv, const PanelInput& input) {
  const CvRange& range = kCvRanges[cv];
  const float part = cvs_[cv].Process(input.cv[cv]) * (1.0f / kFullWord);
  return range.volts_at_zero +
         (range.volts_at_full - range.volts_at_zero) * part;
}

void Panel::ReadKnob(uint16_t word) {
  const float turn = knobs_[knob_select_].Process(word) * (1.0f / kFullWord);
  switch (knob_select_) {
    case kKnobPitch:
      patch_.transpose = NearestStep((turn - 0.5f) * (2.0f * kPitchKnobRange),
                                     patch_.transpose);
      break;
    case kKnobX:
      patch_.x = turn;
      break;
    case kKnobY:
      patch_.y = turn;
      break;
    case kKnobColor:
      patch_.color = turn;
      break;
    case kKnobShape:
      patch_.shape = turn;
      break;
    case kKnobLevel:
      patch_.level = turn;
      break;
    case kKnobTicket:
      patch_.ticket = turn;
      break;
    case kKnobAnswer:
      patch_.answer = turn;
      break;
  }
  if (++knob_select_ == kKnobCount) {
    knob_select_ = 0;
    knobs_known_ = true;
  }
}

void Panel::Process(const PanelInput& input) {
  ReadKnob(input.knob);
  modulations_.note = 12.0f * ReadCv(kCvVOct, input);
  modulations_.x = ReadCv(kCvX, input);
  modulations_.y = ReadCv(kCvY, input);
  modulations_.color = ReadCv(kCvColor, input);
  modulations_.level = ReadCv(kCvLevel, input);
  modulations_.ticket = ReadCv(kCvTicket, input);
  modulations_.gate = knobs_known_ && (input.gates & kGateBit) != 0;
  modulations_.draw = knobs_known_ && (input.gates & kDrawBit) != 0;
}

}  // namespace tombola
