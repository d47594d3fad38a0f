#include "firmware/core/voices/voices.h"

namespace tombola {

const char* CheckVoice(const Ticket& ticket) {
  switch (ticket.voice().voice) {
    case kVoiceTone:
      return TonePlayer::Check(ticket);
    case kVoiceImpact:
      return ImpactPlayer::Check(ticket);
    default:
      return "this firmware does not have its voice; update the firmware";
  }
}

void Voices::Init() {
  shaper_.Init();
  tone_.Init(&shaper_);
  impact_.Init(&shaper_);
}

VoicePlayer* Voices::Find(const Ticket& ticket) {
  if (ticket.voice().voice == kVoiceImpact) return &impact_;
  return &tone_;
}

}  // namespace tombola
