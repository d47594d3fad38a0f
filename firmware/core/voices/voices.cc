#include "firmware/core/voices/voices.h"

namespace tombola {

const char* CheckVoice(const Ticket& ticket) {
  switch (ticket.voice().voice) {
    case kVoiceTone:
      return TonePlayer::Check(ticket);
    case kVoiceImpact:
      return ImpactPlayer::Check(ticket);
    case kVoiceTexture:
      return TexturePlayer::Check(ticket);
    default:
      return "this firmware does not have its voice; update the firmware";
  }
}

void Voices::Init() {
  shaper_.Init();
  tone_.Init(&shaper_);
  impact_.Init(&shaper_);
  texture_.Init();
}

VoicePlayer* Voices::Find(const Ticket& ticket) {
  switch (ticket.voice().voice) {
    case kVoiceImpact:
      return &impact_;
    case kVoiceTexture:
      return &texture_;
    default:
      return &tone_;
  }
}

}  // namespace tombola
