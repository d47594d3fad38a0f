// The ticket that plays: its network, and what a frame asks of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/core/dsp/envelope.h"
#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"
#include "firmware/core/voices/voices.h"

namespace tombola {

// Why the instrument cannot play an image, or nullptr. `ticket` is a view of
// the image, and `memory_size` what its network may take.
const char* LoadTicket(const uint8_t* image, uint32_t size, size_t memory_size,
                       Ticket* ticket);

class TicketPlayer {
 public:
  // Closes the envelope.
  void Init();

  // Plays a ticket that LoadTicket found good, with its network in `memory`.
  // The last one's is gone. The envelope goes on where it was.
  void Start(const Ticket& ticket, uint8_t* memory, size_t memory_size);

  // Makes a frame. Returns its loudness, in dB.
  float Step(const FrameRequest& request);

  // The voice of the last ticket, whose audio's half is another's to call.
  VoicePlayer* voice() { return voice_; }

 private:
  void FollowWidth(float share);
  float Loudness(const FrameRequest& request);

  Ticket ticket_;
  Network network_;
  Envelope envelope_;
  float width_;  // that network_ has
  Voices voices_;
  VoicePlayer* voice_;
};

}  // namespace tombola
