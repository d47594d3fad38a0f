#include "firmware/core/voices/texture_player.h"

#include "firmware/core/voices/ports.h"
#include "firmware/generated/panel.h"

namespace tombola {
namespace {

// Loudness, brightness, x, y, and the flutter of the first two.
constexpr int kControls = 4 + kTextureFlutters;

}  // namespace

const char* TexturePlayer::Check(const Ticket& ticket) {
  if (ticket.voice().bands != kTextureBands) {
    return "it was made for another number of bands";
  }
  if (!HasPort(ticket, kInput, "controls", kInt16, kControls)) {
    return "its network has no input `controls` of 6 int16 values";
  }
  if (!HasPort(ticket, kOutput, "taps", kInt16, TextureVoice::kOutputs)) {
    return "its network has no output `taps` of 324 int16 values";
  }
  return nullptr;
}

void TexturePlayer::Init() {
  flutter_.Init();
  voice_.Init();
}

void TexturePlayer::Take(const Ticket& ticket, Network* network) {
  network_ = network;
  controls_ = network->Input("controls");
  taps_ = network->Output("taps");
  const VoiceRecord& voice = ticket.voice();
  middle_ = 0.5f * (voice.pitch_low + voice.pitch_high);
}

float TexturePlayer::MakeFrame(const FrameRequest& request, float loudness) {
  const float brightness = middle_ + request.note - kPitchAtZeroVolts;
  float values[kControls] = {
      ToControl(loudness, kLoudnessFloor, 0.0f),
      ToControl(brightness, kTextureBrightnessLow, kTextureBrightnessHigh),
      ToControl(request.x),
      ToControl(request.y),
  };
  flutter_.Process(values + 4);
  for (int i = 0; i < kControls; ++i) Put(controls_, i, values[i]);
  network_->Step();
  voice_.MakeFrame({loudness, request.color}, taps_.int16(), taps_.scale,
                   &frame_);
  return loudness;
}

}  // namespace tombola
