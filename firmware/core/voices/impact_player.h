// Tickets of the voice `impact`.
#pragma once

#include "firmware/core/voices/impact.h"
#include "firmware/core/voices/voice_player.h"

namespace tombola {

// Its network runs once a hit. Neither the gate's length nor the envelope nor
// IN do anything.
class ImpactPlayer final : public VoicePlayer {
 public:
  // Why it cannot play the ticket, or nullptr.
  static const char* Check(const Ticket& ticket);

  void Init(NoiseShaper* shaper) { voice_.Init(shaper); }

  bool hears() const override { return false; }
  void Take(const Ticket& ticket, Network* network) override;
  float MakeFrame(const FrameRequest& request, float loudness) override;
  void Reset() override { voice_.Reset(); }
  void StartFrame() override { voice_.Start(frame_); }
  void Render(float frequency, float* out) override {
    voice_.Render(frequency, out);
  }

 private:
  void Hit(const FrameRequest& request);

  VoiceRecord record_;
  Network* network_;
  Port controls_;
  Port hit_;
  float loudness_;  // dB, that the last hit began with
  ImpactFrame frame_;
  ImpactVoice voice_;
};

}  // namespace tombola
