// Does what the player asks for with the button, and says so with the lights.
#pragma once

#include <cstdint>

#include "firmware/core/panel/face.h"
#include "firmware/core/panel/self_calibration.h"
#include "firmware/module/instrument.h"
#include "firmware/module/preferences.h"
#include "firmware/module/slots.h"

namespace tombola {

// All of it is the main loop's.
class FrontPanel {
 public:
  void Init(Instrument* instrument, Slots* slots, Preferences* preferences) {
    instrument_ = instrument;
    slots_ = slots;
    preferences_ = preferences;
  }

  // One turn of the main loop. `now` is in ms and may wrap around. silent: no
  // ticket plays, which the lights say while they have nothing else to say.
  void Process(uint32_t now, bool overloaded, bool silent);

  // Shows the slot that plays now.
  void ShowSlot(uint32_t now) { face_.ShowSlot(slots_->playing(), now); }

 private:
  // Of a step of the calibration: the word at CV has to arrive before the
  // measurement begins.
  enum class Measuring : uint8_t { kNothing, kSettles, kMeasures };

  void Do(Wish wish, uint32_t now);
  void ChangeTicket(uint32_t now);
  void ChangeSettings(Wish wish);
  void BeginMeasurement(uint32_t now);
  void FollowMeasurement(uint32_t now);
  void TakeMeasurement(uint32_t now);

  Instrument* instrument_ = nullptr;
  Slots* slots_ = nullptr;
  Preferences* preferences_ = nullptr;
  Face face_;
  SelfCalibration calibration_;
  Measuring measuring_ = Measuring::kNothing;
  uint32_t settles_since_ = 0;
  bool wants_ticket_ = false;
};

}  // namespace tombola
