// What the instrument asks of a voice, whichever it is.
#pragma once

#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"

namespace tombola {

// What the panel asks of a frame.
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

// Plays the tickets of one voice. The frame's half runs the network and makes a
// frame; the audio's half plays it. Each touches the frame in its own turn, and
// else they share nothing, so that the first may be interrupted by the second.
class VoicePlayer {
 public:
  // Whether a sound at IN plays it.
  virtual bool hears() const { return true; }

  // The frame's half: another ticket plays from the next frame on. Both stay
  // where they are.
  virtual void Take(const Ticket& ticket, Network* network) = 0;

  // The frame's half: makes a frame at the loudness (dB) of gate, envelope,
  // LEVEL and IN. Returns the loudness that it has.
  virtual float MakeFrame(const FrameRequest& request, float loudness) = 0;

  // The audio's half: silence, at once.
  virtual void Reset() = 0;

  // The audio's half: begins the frame that was made at the next sample.
  virtual void StartFrame() = 0;

  // The audio's half: writes kBlock samples at this pitch (Hz, 0 to below
  // 24 kHz).
  virtual void Render(float frequency, float* out) = 0;

 protected:
  ~VoicePlayer() = default;
};

}  // namespace tombola
