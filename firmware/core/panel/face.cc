#include "firmware/core/panel/face.h"

#include "firmware/core/panel/alarm.h"
#include "firmware/core/storage/flash_map.h"

namespace tombola {
namespace {

constexpr uint8_t kAllLights = 0xFF;
constexpr uint8_t kLoadLight = 0x80;

uint8_t Light(int place) { return static_cast<uint8_t>(1u << place); }

// Lit for the first half of each period, in ms.
bool Blinks(uint32_t now, uint32_t period) { return now % period < period / 2; }
constexpr uint32_t kSlow = 500;
constexpr uint32_t kQuick = 160;

uint8_t SlotLights(uint8_t slot) {
  constexpr uint8_t kBuiltIn = 0x81;
  return slot < kSlots ? Light(slot) : kBuiltIn;
}

}  // namespace

void Face::Enter(State state, uint32_t now) {
  state_ = state;
  since_ = now;
}

Wish Face::Press(uint32_t now) {
  switch (state_) {
    case State::kMenu:
      if (++place_ == kEntries) {
        Enter(State::kRest, now);
      } else {
        since_ = now;
      }
      return Wish::kNone;
    case State::kCalibration:
      return step_ == StepResult::kMeasures ? Wish::kNone : Wish::kMeasure;
    case State::kRest:
    case State::kShown:
    case State::kError:
      return Wish::kNextTicket;
  }
  return Wish::kNone;
}

Wish Face::Hold(uint32_t now) {
  constexpr Wish kWishes[kEntries] = {Wish::kPitchSteps, Wish::kCvOut,
                                      Wish::kAudioIn, Wish::kCalibrate};
  if (state_ == State::kMenu) {
    since_ = now;
    return kWishes[place_];
  }
  if (state_ == State::kCalibration) {
    Enter(State::kRest, now);
    return Wish::kCancel;
  }
  place_ = 0;
  Enter(State::kMenu, now);
  return Wish::kNone;
}

void Face::ShowSlot(uint8_t slot, uint32_t now) {
  lights_ = SlotLights(slot);
  Enter(State::kShown, now);
}

void Face::ShowError(uint8_t number, uint32_t now) {
  lights_ = number;
  Enter(State::kError, now);
}

void Face::ShowStep(int step, StepResult result) {
  state_ = State::kCalibration;
  place_ = step;
  step_ = result;
}

void Face::ShowSaved(uint32_t now) {
  lights_ = kAllLights;
  Enter(State::kShown, now);
}

uint8_t Face::MenuLights(const Settings& settings, uint32_t now) const {
  const bool second[kEntries] = {settings.pitch_steps == PitchSteps::kSmooth,
                                 settings.cv_out == CvOut::kPitch,
                                 settings.audio_in == AudioIn::kOn, false};
  const uint8_t entry = Blinks(now, kSlow) ? Light(place_) : 0;
  if (place_ == kEntries - 1) return entry;
  return entry | Light(second[place_] ? 7 : 6);
}

uint8_t Face::StepLights(uint32_t now) const {
  const uint8_t light = Light(place_);
  const uint8_t done = light - 1;
  const bool lit = step_ == StepResult::kMeasures ||
                   (step_ == StepResult::kWaits && Blinks(now, 2 * kSlow)) ||
                   (step_ == StepResult::kRefused && Blinks(now, kQuick));
  return lit ? done | light : done;
}

Lights Face::Show(const Settings& settings, bool overloaded, uint32_t now) {
  const uint32_t passed = now - since_;
  if ((state_ == State::kShown && passed >= kSlotTime) ||
      (state_ == State::kError && passed >= kErrorTime) ||
      (state_ == State::kMenu && passed >= kMenuTime)) {
    state_ = State::kRest;
  }
  switch (state_) {
    case State::kShown:
      return {kAllLights, lights_};
    case State::kError:
      return {kAllLights, AlarmLights(lights_, passed)};
    case State::kMenu:
      return {kAllLights, MenuLights(settings, now)};
    case State::kCalibration:
      return {kAllLights, StepLights(now)};
    case State::kRest:
      break;
  }
  if (!overloaded) return {0, 0};
  return {kLoadLight, Blinks(now, kQuick) ? kLoadLight : uint8_t{0}};
}

}  // namespace tombola
