// Tickets of the voice `texture`.
#pragma once

#include "firmware/core/dsp/flutter.h"
#include "firmware/core/voices/texture.h"
#include "firmware/core/voices/voice_player.h"

namespace tombola {

class TexturePlayer final : public VoicePlayer {
 public:
  // Why it cannot play the ticket, or nullptr.
  static const char* Check(const Ticket& ticket);

  void Init();

  void Take(const Ticket& ticket, Network* network) override;
  float MakeFrame(const FrameRequest& request, float loudness) override;
  void Reset() override { voice_.Reset(); }
  void StartFrame() override { voice_.Start(frame_); }
  void Render(float, float* out) override { voice_.Render(out); }

 private:
  Network* network_;
  Port controls_;
  Port taps_;
  float middle_;  // of the ticket's brightness, MIDI note
  Flutter flutter_;
  TextureFrame frame_;
  TextureVoice voice_;
};

}  // namespace tombola
