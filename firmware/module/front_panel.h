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

  // Plays a slot's ticket from now on, also after the next power on. Returns
  // nullptr, or why it cannot be played. Not while another one comes in.
  const char* Play(uint8_t slot);

  // Whether it measures for a calibration.
  bool measures() const { return measuring_ != Measuring::kNothing; }

 private:
  // Of a step of the calibration: the word at CV has to arrive before the
  // measurement begins.
  enum class Measuring : uint8_t { kNothing, kSettles, kMeasures };

  void Do(Wish wish);
  void ChangeTicket();
  void ChangeSettings(Wish wish);
  void BeginMeasurement();
  void FollowMeasurement();
  void TakeMeasurement();

  Instrument* instrument_ = nullptr;
  Slots* slots_ = nullptr;
  Preferences* preferences_ = nullptr;
  Face face_;
  SelfCalibration calibration_;
  Measuring measuring_ = Measuring::kNothing;
  uint32_t settles_since_ = 0;  // ms
  bool wants_ticket_ = false;
  uint32_t now_ = 0;
};

}  // namespace tombola
