#include "firmware/core/voices/tone_player.h"

#include "firmware/core/voices/ports.h"

namespace tombola {
namespace {

constexpr int kControls = 4;  // pitch, loudness, x, y

}  // namespace

const char* TonePlayer::Check(const Ticket& ticket) {
  const VoiceRecord& voice = ticket.voice();
  if (voice.partials != kTonePartials || voice.bands != kToneBands) {
    return "it was made for another number of partials or noise bands";
  }
  if (!HasPort(ticket, kInput, "controls", kInt16, kControls)) {
    return "its network has no input `controls` of 4 int16 values";
  }
  if (!HasPort(ticket, kOutput, "amplitudes", kInt16, ToneVoice::kOutputs)) {
    return "its network has no output `amplitudes` of 130 int16 values";
  }
  return nullptr;
}

void TonePlayer::Take(const Ticket&, Network* network) {
  network_ = network;
  controls_ = network->Input("controls");
  amplitudes_ = network->Output("amplitudes");
}

float TonePlayer::MakeFrame(const FrameRequest& request, float loudness) {
  const float values[kControls] = {
      ToControl(request.note, kPitchLow, kPitchHigh),
      ToControl(loudness, kLoudnessFloor, 0.0f),
      ToControl(request.x),
      ToControl(request.y),
  };
  for (int i = 0; i < kControls; ++i) Put(controls_, i, values[i]);
  network_->Step();
  voice_.MakeFrame({request.note, loudness, request.color}, amplitudes_.int16(),
                   amplitudes_.scale, &frame_);
  return loudness;
}

}  // namespace tombola
