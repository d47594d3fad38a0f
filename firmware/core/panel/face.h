// What the button SLOT and the eight lights mean.
//
// At rest the lights are a level meter. While the module is busy for more than
// 80 % of its time, light 8 blinks quickly on top of it.
//
// A press asks for the next ticket. The light of its slot is lit for a second;
// lights 1 and 8 are the ticket that is built in. When the ticket is refused,
// the lights show an error for two seconds instead: light 8 is lit, the first
// seven blink the error's number in binary, and the old ticket plays on.
//
// Holding the button for a second opens the menu. One of the first four lights
// blinks for the entry that is looked at, and light 7 or 8 is lit for what is
// chosen there:
//
//   light 1   the PITCH knob   7: goes in semitones   8: is smooth
//   light 2   the jack CV      7: is the loudness     8: is the pitch
//   light 3   the jack IN      7: is not listened to  8: plays the voice
//   light 4   calibration
//
// A press goes to the next entry, and from the last one back to rest. Holding
// changes the choice or begins the calibration. Ten seconds without a touch
// lead back to rest. What was changed holds at once.
//
// In the calibration the light of a step blinks slowly while the module waits
// for what is to be patched, and those of the steps that are done are lit. A
// press measures: the light stays lit meanwhile. Then the next one blinks. It
// blinks quickly when what was measured cannot be right; patch it again and
// press again. Holding the button leaves: the old calibration stays. When the
// last step is done all eight lights are lit for a second, and the new
// calibration is saved. docs/play says what each step wants.
#pragma once

#include <cstdint>

#include "firmware/generated/settings.h"

namespace tombola {

// What the player has asked for.
enum class Wish : uint8_t {
  kNone,
  kNextTicket,
  kPitchSteps,  // this and the next two: the other choice
  kCvOut,
  kAudioIn,
  kCalibrate,
  kMeasure,  // of the calibration: what is patched now
  kCancel,   // the calibration
};

// What a wish led to.
enum class StepResult : uint8_t { kWaits, kMeasures, kRefused };

// Lights that are lit or not whatever the meter says; bit i is light i + 1.
struct Lights {
  uint8_t mask;
  uint8_t lit;
};

class Face {
 public:
  static constexpr uint32_t kSlotTime = 1000;  // ms
  static constexpr uint32_t kErrorTime = 2000;
  static constexpr uint32_t kMenuTime = 10000;

  // The button. `now` is in ms and may wrap around.
  Wish Press(uint32_t now);
  Wish Hold(uint32_t now);

  // What there is to show: the slot that is played now, 0 to 7, or 8 for the
  // ticket that is built in; an error's number, 1 to 127; where the
  // calibration is; that it was saved.
  void ShowSlot(uint8_t slot, uint32_t now);
  void ShowError(uint8_t number, uint32_t now);
  void ShowStep(int step, StepResult result);
  void ShowSaved(uint32_t now);

  // The lights at this moment. overloaded: the module is too busy.
  Lights Show(const Settings& settings, bool overloaded, uint32_t now);

 private:
  enum class State : uint8_t { kRest, kShown, kError, kMenu, kCalibration };

  static constexpr int kEntries = 4;

  uint8_t MenuLights(const Settings& settings, uint32_t now) const;
  uint8_t StepLights(uint32_t now) const;
  void Enter(State state, uint32_t now);

  State state_ = State::kRest;
  uint32_t since_ = 0;  // when it was entered or last touched
  uint8_t lights_ = 0;  // of kShown, and the number of kError
  int place_ = 0;       // the menu's entry, or the calibration's step
  StepResult step_ = StepResult::kWaits;
};

}  // namespace tombola
