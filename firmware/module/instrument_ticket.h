// The ticket that plays: its network, and what a frame asks of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/core/dsp/envelope.h"
#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"

namespace tombola {

// What one run of the network is asked for.
struct FrameRequest {
  float note;  // MIDI
  float x;     // this and the next are 0..1
  float y;
  float color;
  float shape;
  float level;
  float ticket;
  bool gate;
  bool rises;    // since the last request
  bool starts;   // another ticket, which comes in with this frame
  bool listens;  // the loudness is not the envelope's but this:
  float heard;   // dB
};

// Why the instrument cannot play an image, or nullptr. `ticket` is a view of
// the image, and `memory_size` what its network may take.
const char* LoadTicket(const uint8_t* image, uint32_t size, size_t memory_size,
                       Ticket* ticket);

class TicketPlayer {
 public:
  // Plays a ticket that LoadTicket found good, with its network in `memory`.
  // The last one's is gone. The envelope goes on where it was.
  void Start(const Ticket& ticket, uint8_t* memory, size_t memory_size);

  // Closes the envelope.
  void Init() { envelope_.Init(); }

  // Runs the network once. Returns the loudness that it was asked for, in dB.
  float Step(const FrameRequest& request);

  // What it put out: the amplitudes are scale * output.
  const int16_t* output() const { return amplitudes_.int16(); }
  float scale() const { return amplitudes_.scale; }

 private:
  void FollowWidth(float share);
  void WriteControls(const FrameRequest& request, float loudness);

  Ticket ticket_;
  Network network_;
  Port controls_;
  Port amplitudes_;
  Envelope envelope_;
  float width_;  // that network_ has
};

}  // namespace tombola
