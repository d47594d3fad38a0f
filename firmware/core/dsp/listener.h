// What comes in at IN, as something that plays the voice.
#pragma once

#include "firmware/core/dsp/loudness.h"
#include "firmware/core/dsp/pitch_tracker.h"

namespace tombola {

// It plays from where it is louder than -50 dB and has a pitch, or has had none
// for 30 ms, which is then noise on the last pitch; until it is below -56 dB.
class Listener {
 public:
  void Init();

  // Takes kBlock samples, full scale 1.
  void Process(const float* samples);

  // It is not listened to: it does not play.
  void Stop() { plays_ = false; }

  bool plays() const { return plays_; }
  float note() const { return note_; }          // MIDI
  float loudness() const { return loudness_; }  // A-weighted dB

 private:
  void FollowPitch();

  Loudness meter_;
  PitchTracker tracker_;
  float loudness_;
  float note_;
  int waits_;  // blocks that it has been loud
  bool plays_;
};

}  // namespace tombola
