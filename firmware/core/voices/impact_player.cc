#include "firmware/core/voices/impact_player.h"

#include "firmware/core/dsp/math.h"
#include "firmware/core/voices/ports.h"

namespace tombola {
namespace {

// pitch, loudness, decay, centroid, flatness, x, y
constexpr int kControls = 7;

constexpr float kOctaveDb = 6.0206f;  // of amplitude

}  // namespace

const char* ImpactPlayer::Check(const Ticket& ticket) {
  const VoiceRecord& voice = ticket.voice();
  if (voice.partials != kImpactModes || voice.bands != kImpactBands) {
    return "it was made for another number of modes or noise bands";
  }
  if (!HasPort(ticket, kInput, "controls", kInt8, kControls)) {
    return "its network has no input `controls` of 7 int8 values";
  }
  if (!HasPort(ticket, kOutput, "hit", kInt8, ImpactVoice::kOutputs)) {
    return "its network has no output `hit` of 133 int8 values";
  }
  return nullptr;
}

void ImpactPlayer::Take(const Ticket& ticket, Network* network) {
  record_ = ticket.voice();
  network_ = network;
  controls_ = network->Input("controls");
  hit_ = network->Output("hit");
  loudness_ = kLoudnessFloor;
  voice_.Stop();
}

void ImpactPlayer::Hit(const FrameRequest& request) {
  const float range = record_.loudness_high - record_.loudness_low;
  loudness_ = record_.loudness_low + range * request.level;
  const float values[kControls] = {
      ToControl(request.note, kPitchLow, kPitchHigh),
      ToControl(loudness_, kLoudnessFloor, 0.0f),
      ToControl(request.shape),
      ToControl(request.color),
      ToControl(request.color),
      ToControl(request.x),
      ToControl(request.y),
  };
  for (int i = 0; i < kControls; ++i) Put(controls_, i, values[i]);
  network_->Step();
  float output[ImpactVoice::kOutputs];
  for (int i = 0; i < ImpactVoice::kOutputs; ++i) {
    output[i] = Clamp(Get(hit_, i), 0.0f, 1.0f);
  }
  voice_.Hit(output);
}

float ImpactPlayer::MakeFrame(const FrameRequest& request, float) {
  if (request.rises) Hit(request);
  voice_.MakeFrame(request.note, &frame_);
  if (voice_.left() == 0.0f) return kLoudnessFloor;
  return loudness_ + kOctaveDb * Log2(voice_.left());
}

}  // namespace tombola
