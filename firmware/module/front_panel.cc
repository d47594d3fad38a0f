#include "firmware/module/front_panel.h"

#include "firmware/core/panel/alarm.h"
#include "firmware/daisy/error.h"

namespace tombola {
namespace {

// The jack CV and the ADC's follower are at rest after this many ms.
constexpr uint32_t kSettling = 50;

}  // namespace

void FrontPanel::Process(uint32_t now, bool overloaded, bool silent) {
  now_ = now;
  if (instrument_->button().TakePress()) Do(face_.Press(now));
  if (instrument_->button().TakeHold()) Do(face_.Hold(now));
  if (wants_ticket_ && !slots_->busy()) ChangeTicket();
  FollowMeasurement();
  Lights lights = face_.Show(preferences_->settings(), overloaded, now);
  if (silent && lights.mask != 0xFF) {
    lights = {0xFF, AlarmLights(static_cast<uint8_t>(Error::kTicket), now)};
  }
  instrument_->SetLights(lights);
}

void FrontPanel::Do(Wish wish) {
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
      BeginMeasurement();
      break;
    case Wish::kCancel:
      measuring_ = Measuring::kNothing;
      instrument_->HoldCv(0, 0);
      break;
  }
}

const char* FrontPanel::Play(uint8_t slot) {
  const char* why = slots_->Play(slot);
  if (why != nullptr) {
    face_.ShowError(static_cast<uint8_t>(Error::kTicket), now_);
    return why;
  }
  Settings settings = preferences_->settings();
  settings.slot = slot;
  preferences_->Set(settings);
  face_.ShowSlot(slot, now_);
  return nullptr;
}

void FrontPanel::ChangeTicket() {
  wants_ticket_ = false;
  Play(slots_->Next(preferences_->settings().order));
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

void FrontPanel::BeginMeasurement() {
  face_.ShowStep(calibration_.step(), StepResult::kMeasures);
  instrument_->HoldCv(calibration_.word(),
                      kSettling + 2 * SelfCalibration::kBlocks);
  measuring_ = Measuring::kSettles;
  settles_since_ = now_;
}

void FrontPanel::FollowMeasurement() {
  if (measuring_ == Measuring::kSettles && now_ - settles_since_ >= kSettling) {
    instrument_->measurer().Start(SelfCalibration::kBlocks);
    measuring_ = Measuring::kMeasures;
  } else if (measuring_ == Measuring::kMeasures &&
             instrument_->measurer().done()) {
    TakeMeasurement();
  }
}

void FrontPanel::TakeMeasurement() {
  measuring_ = Measuring::kNothing;
  if (!calibration_.Take(instrument_->measurer().result())) {
    face_.ShowStep(calibration_.step(), StepResult::kRefused);
  } else if (calibration_.goes_on()) {
    BeginMeasurement();
    return;
  } else if (!calibration_.done()) {
    face_.ShowStep(calibration_.step(), StepResult::kWaits);
  } else if (preferences_->Set(calibration_.result())) {
    face_.ShowSaved(now_);
  } else {
    face_.ShowError(static_cast<uint8_t>(Error::kStorage), now_);
  }
  instrument_->HoldCv(0, 0);
}

}  // namespace tombola
