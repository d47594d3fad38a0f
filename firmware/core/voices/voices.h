// All voices that the instrument has, of which one plays.
#pragma once

#include "firmware/core/dsp/noise.h"
#include "firmware/core/voices/impact_player.h"
#include "firmware/core/voices/texture_player.h"
#include "firmware/core/voices/tone_player.h"
#include "firmware/core/voices/voice_player.h"

namespace tombola {

// Why no voice can play the ticket, or nullptr.
const char* CheckVoice(const Ticket& ticket);

class Voices {
 public:
  void Init();

  // What plays a ticket that CheckVoice found good.
  VoicePlayer* Find(const Ticket& ticket);

  // What is silent until a ticket plays.
  VoicePlayer* silent() { return &tone_; }

 private:
  NoiseShaper shaper_;  // of the voice that plays
  TonePlayer tone_;
  ImpactPlayer impact_;
  TexturePlayer texture_;
};

}  // namespace tombola
