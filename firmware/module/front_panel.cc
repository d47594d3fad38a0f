#include "firmware/module/front_panel.h"

#include "firmware/core/panel/alarm.h"
#include "firmware/daisy/error.h"

namespace tombola {
namespace {

// The jack CV and the ADC's follower are at rest after this many ms.
constexpr uint32_t kSettling = 50;

}  // namespace

void FrontPanel::Process(uint32_t now, bool overloaded, bool silent) {
  if (instrument_->button().TakePress()) Do(face_.Press(now), now);
  if (instrument_->button().TakeHold()) Do(face_.Hold(now), now);
  if (wants_ticket_ && !slots_->busy()) ChangeTicket(now);
  FollowMeasurement(now);
  Lights lights = face_.Show(preferences_->settings(), overloaded, now);
  if (silent && lights.mask != 0xFF) {
    lights = {0xFF, AlarmLights(static_cast<uint8_t>(Error::kTicket), now)};
  }
  instrument_->SetLights(lights);
}

void FrontPanel::Do(Wish wish, uint32_t now) {
  switch (wish) {
    case Wish::kNone:
      break;
    case Wish::kNextTicket:
      wants_ticket_ = true;
      break;
    case Wish::kPitchSteps:
    case Wish::kCvOut:
    case Wish::kAudioIn:
      ChangeSettings(wish);
      break;
    case Wish::kCalibrate:
      calibration_.Begin(preferences_->calibration());
      face_.ShowStep(calibration_.step(), StepResult::kWaits);
      break;
    case Wish::kMeasure:
      BeginMeasurement(now);
      break;
    case Wish::kCancel:
      measuring_ = Measuring::kNothing;
      instrument_->HoldCv(0, 0);
      break;
  }
}

void FrontPanel::ChangeTicket(uint32_t now) {
  wants_ticket_ = false;
  const uint8_t slot = slots_->Next(preferences_->settings().order);
  if (slots_->Play(slot) != nullptr) {
    face_.ShowError(static_cast<uint8_t>(Error::kTicket), now);
    return;
  }
  Settings settings = preferences_->settings();
  settings.slot = slot;
  preferences_->Set(settings);
  ShowSlot(now);
}

void FrontPanel::ChangeSettings(Wish wish) {
  Settings settings = preferences_->settings();
  switch (wish) {
    case Wish::kPitchSteps:
      settings.pitch_steps = settings.pitch_steps == PitchSteps::kSmooth
                                 ? PitchSteps::kSemitones
                                 : PitchSteps::kSmooth;
      break;
    case Wish::kCvOut:
      settings.cv_out =
          settings.cv_out == CvOut::kPitch ? CvOut::kLoudness : CvOut::kPitch;
      break;
    default:
      settings.audio_in =
          settings.audio_in == AudioIn::kOn ? AudioIn::kOff : AudioIn::kOn;
      break;
  }
  preferences_->Set(settings);
}

void FrontPanel::BeginMeasurement(uint32_t now) {
  face_.ShowStep(calibration_.step(), StepResult::kMeasures);
  instrument_->HoldCv(calibration_.word(),
                      kSettling + 2 * SelfCalibration::kBlocks);
  measuring_ = Measuring::kSettles;
  settles_since_ = now;
}

void FrontPanel::FollowMeasurement(uint32_t now) {
  if (measuring_ == Measuring::kSettles && now - settles_since_ >= kSettling) {
    instrument_->measurer().Start(SelfCalibration::kBlocks);
    measuring_ = Measuring::kMeasures;
  } else if (measuring_ == Measuring::kMeasures &&
             instrument_->measurer().done()) {
    TakeMeasurement(now);
  }
}

void FrontPanel::TakeMeasurement(uint32_t now) {
  measuring_ = Measuring::kNothing;
  if (!calibration_.Take(instrument_->measurer().result())) {
    face_.ShowStep(calibration_.step(), StepResult::kRefused);
  } else if (calibration_.goes_on()) {
    BeginMeasurement(now);
    return;
  } else if (!calibration_.done()) {
    face_.ShowStep(calibration_.step(), StepResult::kWaits);
  } else if (preferences_->Set(calibration_.result())) {
    face_.ShowSaved(now);
  } else {
    face_.ShowError(static_cast<uint8_t>(Error::kStorage), now);
  }
  instrument_->HoldCv(0, 0);
}

}  // namespace tombola
