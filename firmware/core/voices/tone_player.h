// Tickets of the voice `tone`.
#pragma once

#include "firmware/core/voices/tone.h"
#include "firmware/core/voices/voice_player.h"

namespace tombola {

class TonePlayer final : public VoicePlayer {
 public:
  // Why it cannot play the ticket, or nullptr.
  static const char* Check(const Ticket& ticket);

  void Init(NoiseShaper* shaper) { voice_.Init(shaper); }

  void Take(const Ticket& ticket, Network* network) override;
  float MakeFrame(const FrameRequest& request, float loudness) override;
  void Reset() override { voice_.Reset(); }
  void StartFrame() override { voice_.Start(frame_); }
  void Render(float frequency, float* out) override {
    voice_.Render(frequency, out);
  }

 private:
  Network* network_;
  Port controls_;
  Port amplitudes_;
  ToneFrame frame_;
  ToneVoice voice_;
};

}  // namespace tombola
